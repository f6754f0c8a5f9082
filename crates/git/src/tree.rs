//! A commit's files, read out of the object store.

use std::sync::Arc;

use trimtab_model::{Remote, limit};
use trimtab_ports::git::{Error, Id};

use crate::cache::DirectoryCache;
use crate::directory::{Directory, Entry, EntryKind};
use crate::objects::{Objects, Unreadable};

/// A read-only view of a commit's files. It needs no checkout and takes no lock, and it stays
/// readable when its store is replaced. Paths have no leading or trailing `/`; the root is the empty
/// path. No symbolic link is followed: a path that goes through one is absent here.
#[derive(Clone)]
pub struct Tree {
    objects: Arc<Objects>,
    cache: Arc<DirectoryCache>,
    remote: Remote,
    root: Id,
}

impl Tree {
    pub(crate) fn new(
        remote: &Remote,
        objects: Arc<Objects>,
        cache: Arc<DirectoryCache>,
        root: Id,
    ) -> Self {
        Self { objects, cache, remote: remote.clone(), root }
    }

    /// The root directory's id.
    pub fn root(&self) -> Id {
        self.root
    }

    /// What lies at a path, if anything does. The root is a directory without a name.
    pub fn entry(&self, path: &str) -> Result<Option<Entry>, Error> {
        let mut entry = Entry { name: "".into(), kind: EntryKind::Directory, id: self.root };
        if path.is_empty() {
            return Ok(Some(entry));
        }
        for name in path.split('/') {
            if entry.kind != EntryKind::Directory {
                return Ok(None);
            }
            match self.directory(&entry.id)?.get(name) {
                Some(found) => entry = found.clone(),
                None => return Ok(None),
            }
        }
        Ok(Some(entry))
    }

    /// The directory at a path, if there is one.
    pub fn list(&self, path: &str) -> Result<Option<Arc<Directory>>, Error> {
        match self.entry(path)? {
            Some(Entry { kind: EntryKind::Directory, id, .. }) => self.directory(&id).map(Some),
            _ => Ok(None),
        }
    }

    /// The size of a file or link, known without reading it. Unit: bytes.
    pub fn size(&self, blob: &Id) -> Result<u64, Error> {
        self.objects.blob_size(blob).map_err(|cause| self.error(cause, "a file"))
    }

    /// The content of a file, by the id that its entry has.
    pub fn read(&self, blob: &Id, bytes_max: u64) -> Result<Vec<u8>, Error> {
        self.objects.blob(blob, bytes_max).map_err(|cause| self.error(cause, "a file"))
    }

    /// The target of a symbolic link, by the id that its entry has.
    pub fn link(&self, blob: &Id) -> Result<String, Error> {
        let bytes = self.objects.blob(blob, limit::GIT_LINK_BYTES_MAX);
        let bytes = bytes.map_err(|cause| self.error(cause, "a symbolic link"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn directory(&self, id: &Id) -> Result<Arc<Directory>, Error> {
        self.cache.get(&self.objects, id).map_err(|cause| self.error(cause, "a directory"))
    }

    fn error(&self, cause: Unreadable, what: &'static str) -> Error {
        // A tree is complete when its commit is, so here an absent object is damage.
        if let Unreadable::Missing(id) = cause {
            let damage = self.objects.damage(format!("object {id} is missing"));
            return unreadable(&self.remote, damage, what);
        }
        unreadable(&self.remote, cause, what)
    }
}

/// The error that a person sees for an object that could not be read.
pub(crate) fn unreadable(remote: &Remote, cause: Unreadable, what: &'static str) -> Error {
    let remote = remote.clone();
    match cause {
        Unreadable::Missing(id) => Error::Corrupt { remote, reason: format!("{id} is missing") },
        Unreadable::TooLarge(limit) => Error::TooLarge { remote, what, limit },
        Unreadable::LongChain(limit) => Error::LongChain { remote, limit },
        Unreadable::Damaged(reason) => Error::Corrupt { remote, reason },
        Unreadable::Odd(reason) => Error::Odd { remote, reason },
    }
}
