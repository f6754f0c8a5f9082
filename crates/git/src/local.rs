//! A repository on this machine's disk, read where it lies.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix_ref::{FullName, Target};
use trimtab_model::{Remote, limit};
use trimtab_ports::git::{Error, Head, Id, RefRow, Refs, Sieve, WantedRefs};

use crate::confined;
use crate::objects::{Objects, Unreadable};
use crate::tree::unreadable;

/// A repository on disk: a bare one, or the `.git` of a work tree.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    /// The remote that it is.
    pub(crate) remote: Remote,
    /// Where `HEAD` is.
    pub(crate) git_dir: PathBuf,
    /// Where the refs and objects are; another place only for a linked work tree.
    pub(crate) common_dir: PathBuf,
}

impl Local {
    /// Finds the repository at a path. With a root nothing elsewhere is looked at, wherever files of Git's
    /// lead: whether it is there would be told.
    pub(crate) fn find(remote: &Remote, path: &Path, root: Option<&Path>) -> Result<Self, Error> {
        let inside = path.join(".git");
        let git_dir = match fs::symlink_metadata(&inside) {
            Ok(found) if found.is_dir() => inside,
            Ok(found) if found.is_file() => link(remote, path, &inside, "gitdir:")?,
            _ => path.to_owned(),
        };
        confined::within(remote, &git_dir, root)?;
        let common = git_dir.join("commondir");
        let common_dir = if fs::symlink_metadata(&common).is_ok() {
            confined::within(remote, &common, root)?;
            link(remote, &git_dir, &common, "")?
        } else {
            git_dir.clone()
        };
        confined::within(remote, &common_dir, root)?;
        let local = Self { remote: remote.clone(), git_dir, common_dir };
        confined::check(&local, root)?;
        if !local.git_dir.join("HEAD").is_file() || !local.common_dir.join("objects").is_dir() {
            return Err(Error::NotFound { remote: remote.clone() });
        }
        local.check_format()?;
        Ok(local)
    }

    fn check_format(&self) -> Result<(), Error> {
        let config = self.common_dir.join("config");
        let config = if config.is_file() {
            let (remote, limit) = (self.remote.clone(), limit::GIT_CONFIG_BYTES_MAX);
            match read(&config, limit) {
                Ok(Some(config)) => config,
                Ok(None) => {
                    return Err(Error::TooLarge { remote, what: "its configuration", limit });
                }
                Err(_) => Vec::new(),
            }
        } else {
            Vec::new()
        };
        let config = String::from_utf8_lossy(&config).to_ascii_lowercase();
        let says = |key: &str, value: &str| {
            config
                .lines()
                .filter_map(|line| line.split_once('='))
                .any(|(k, v)| k.trim() == key && v.trim() == value)
        };
        let reason = if says("objectformat", "sha256") {
            SHA256
        } else if says("refstorage", "reftable") {
            "keeps its refs as a reftable"
        } else {
            return Ok(());
        };
        Err(Error::UnsupportedRepository { remote: self.remote.clone(), reason })
    }

    /// Opens its objects, but for those that are stored as longer chains of deltas.
    pub(crate) fn objects(&self, chain_deltas_max: u32) -> Result<Objects, Error> {
        let opened = Objects::open(&self.common_dir.join("objects"), chain_deltas_max);
        opened.map_err(|source| Error::Unreachable {
            remote: self.remote.clone(),
            source: Arc::new(source),
        })
    }

    /// Reads its refs as they are now: `HEAD`, and those that are wanted.
    pub(crate) fn refs(
        &self,
        objects: &Objects,
        wanted: &WantedRefs,
        bytes_max: u64,
    ) -> Result<Refs, Error> {
        // A store of its own each time: one that lives on trusts a file's time of change, and two
        // pushes can fall into one tick of it.
        let store = gix_ref::file::Store::for_linked_worktree(
            self.git_dir.clone(),
            self.common_dir.clone(),
            gix_hash::Kind::Sha1,
        );
        let (mut sieve, mut bytes) = (Sieve::new(wanted), 0);
        let platform = store.iter().map_err(|error| self.damaged(&error))?;
        for found in platform.all().map_err(|error| self.damaged(&error))? {
            // A ref that was deleted while we read, or that is broken, is no ref.
            let Ok(found) = found else { continue };
            let name = String::from_utf8_lossy(found.name.as_bstr()).into_owned();
            let may_lead = || name.starts_with("refs/heads/") || name.starts_with("refs/tags/");
            if !(wanted.has(&name) || wanted.needs_all() && may_lead()) {
                continue;
            }
            bytes += name.len() as u64 + 100;
            if bytes > bytes_max {
                let (remote, limit) = (self.remote.clone(), bytes_max);
                return Err(Error::TooLarge { remote, what: "the list of refs", limit });
            }
            if let Some(row) = self.row(&store, objects, name, &found)? {
                sieve.take(row);
            }
        }
        Ok(Refs::new(self.head(&store)?, sieve.rows()))
    }

    fn row(
        &self,
        store: &gix_ref::file::Store,
        objects: &Objects,
        name: String,
        found: &gix_ref::Reference,
    ) -> Result<Option<RefRow>, Error> {
        let object = match &found.target {
            Target::Object(id) => Some(ours(id)),
            Target::Symbolic(target) => follow(store, target),
        };
        let Some(object) = object else { return Ok(None) };
        let peeled = match found.peeled {
            Some(id) => ours(&id),
            None => match objects.peel(object) {
                Ok(id) => id,
                // A ref to an object that is not there, or that makes no sense, is broken: it is no
                // ref, as for Git's server.
                Err(Unreadable::Missing(_) | Unreadable::Odd(_)) => return Ok(None),
                Err(cause) => return Err(unreadable(&self.remote, cause, "a tag")),
            },
        };
        Ok(Some(RefRow { name: name.into(), object, peeled }))
    }

    fn head(&self, store: &gix_ref::file::Store) -> Result<Option<Head>, Error> {
        let head = store.try_find("HEAD").map_err(|error| self.damaged(&error))?;
        Ok(head.map(|head| match head.target {
            Target::Object(id) => Head { target: None, commit: Some(ours(&id)) },
            Target::Symbolic(target) => {
                let name = String::from_utf8_lossy(target.as_bstr());
                Head { target: Some(name.into()), commit: follow(store, &target) }
            }
        }))
    }

    fn damaged(&self, error: &dyn std::fmt::Display) -> Error {
        let reason = format!("the refs: {error}");
        Error::Corrupt { remote: self.remote.clone(), reason }
    }
}

/// Why a repository of SHA-256 objects is refused.
pub(crate) const SHA256: &str = "names its objects by SHA-256";

/// Reads a file that names a directory, relative to `base`.
fn link(remote: &Remote, base: &Path, file: &Path, prefix: &str) -> Result<PathBuf, Error> {
    let found = fs::metadata(file).ok().filter(fs::Metadata::is_file);
    let bytes = found.and_then(|_| read(file, limit::GIT_LINK_BYTES_MAX).ok().flatten());
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let target = text.as_deref().and_then(|text| text.trim_end().strip_prefix(prefix));
    match target.map(str::trim_start) {
        Some(target) => Ok(base.join(target)),
        None => Err(Error::NotFound { remote: remote.clone() }),
    }
}

/// Reads a file; nothing where it is larger than that, and no more of it than shows so.
pub(crate) fn read(file: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= bytes_max).then_some(bytes))
}

/// Follows a symbolic ref to an object, over at most five hops as Git does.
fn follow(store: &gix_ref::file::Store, name: &FullName) -> Option<Id> {
    let mut name = name.clone();
    for _ in 0..5 {
        match store.try_find(name.as_ref()).ok()??.target {
            Target::Object(id) => return Some(ours(&id)),
            Target::Symbolic(target) => name = target,
        }
    }
    None
}

fn ours(id: &gix_hash::ObjectId) -> Id {
    let mut bytes = [0; 20];
    bytes.copy_from_slice(&id.as_slice()[..20]);
    Id::from_bytes(bytes)
}
