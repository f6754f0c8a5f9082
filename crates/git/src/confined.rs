//! Whether a repository on disk stays where repositories may be read, and holds nothing that could keep
//! a reader waiting. Git's own ways out are a `.git` file, `commondir`, alternates and symbolic links.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use trimtab_model::{Remote, limit};
use trimtab_ports::git::Error;

use crate::local::{self, Local};

/// Whether a path, links resolved, is below a root. What is not there is not.
fn is_within(path: &Path, root: Option<&Path>) -> bool {
    let Some(root) = root else { return true };
    let real = |path: &Path| fs::canonicalize(path).ok();
    real(path).is_some_and(|path| real(root).is_some_and(|root| path.starts_with(root)))
}

/// Whether a repository may be read at its path. Links are resolved at each look: one that leads out is
/// no way out. Nothing is said of what lies elsewhere, nor of what is not there.
pub(crate) fn admitted(remote: &Remote, path: &Path, root: Option<&Path>) -> Result<(), Error> {
    let reason = "no repository is read there: see --allow-file-repositories=DIR";
    let refused = || Error::UnsupportedUrl { remote: remote.clone(), reason };
    is_within(path, root).then_some(()).ok_or_else(refused)
}

/// Whether a part of an admitted repository is where repositories may be read, in the same way.
pub(crate) fn within(remote: &Remote, path: &Path, root: Option<&Path>) -> Result<(), Error> {
    is_within(path, root).then_some(()).ok_or_else(|| leads_out(remote))
}

fn leads_out(remote: &Remote) -> Error {
    let reason = "a part of it leads out of the directory of --allow-file-repositories=DIR";
    Error::UnsupportedUrl { remote: remote.clone(), reason }
}

/// Looks at everything that a reader would open. With a root all of it must be below, links resolved.
/// Who can exchange files between this look and the reading is trusted with the directory.
pub(crate) fn check(local: &Local, root: Option<&Path>) -> Result<(), Error> {
    let root = match root.map(fs::canonicalize) {
        None => None,
        Some(Ok(root)) => Some(root),
        Some(Err(_)) => return Err(Error::NotFound { remote: local.remote.clone() }),
    };
    let mut walk = Walk { local, root, entries: 0, stores: BTreeSet::new() };
    for directory in [&local.git_dir, &local.common_dir] {
        walk.stays(directory)?;
        for name in ["HEAD", "config", "packed-refs", "commondir"] {
            walk.named(&directory.join(name))?;
        }
        walk.named(&directory.join("refs"))?;
    }
    walk.store(&local.common_dir.join("objects"))
}

struct Walk<'a> {
    local: &'a Local,
    root: Option<PathBuf>,
    entries: u64,
    /// Stores of objects that were looked at.
    stores: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    /// Whether a path, links resolved, is below the root. What leads nowhere cannot be read.
    fn stays(&self, path: &Path) -> Result<(), Error> {
        let (Some(root), Ok(real)) = (&self.root, fs::canonicalize(path)) else { return Ok(()) };
        if real.starts_with(root) {
            return Ok(());
        }
        Err(leads_out(&self.local.remote))
    }

    fn named(&mut self, path: &Path) -> Result<(), Error> {
        match fs::symlink_metadata(path) {
            Ok(found) => self.entry(path, found.file_type(), 0),
            Err(_) => Ok(()),
        }
    }

    fn entry(&mut self, path: &Path, found: FileType, depth: u64) -> Result<(), Error> {
        self.entries += 1;
        let bounds = [
            (self.entries, limit::GIT_DISK_ENTRIES_MAX, "files and directories"),
            (depth, limit::GIT_DISK_DEPTH_MAX, "levels of directories"),
        ];
        if let Some((_, limit, what)) = bounds.into_iter().find(|(seen, limit, _)| seen > limit) {
            return Err(Error::TooMany { remote: self.local.remote.clone(), what, limit });
        }
        if found.is_symlink() {
            self.stays(path)?;
            return match fs::metadata(path) {
                Ok(target) => self.kind(path, target.file_type(), depth),
                Err(_) => Ok(()),
            };
        }
        self.kind(path, found, depth)
    }

    fn kind(&mut self, path: &Path, found: FileType, depth: u64) -> Result<(), Error> {
        if found.is_file() {
            return Ok(());
        }
        if found.is_dir() {
            return self.directory(path, depth);
        }
        // A pipe would keep its reader waiting for ever.
        let reason = format!("{} is neither a file nor a directory", path.display());
        Err(Error::Corrupt { remote: self.local.remote.clone(), reason })
    }

    fn directory(&mut self, path: &Path, depth: u64) -> Result<(), Error> {
        // What cannot be listed cannot be read either, and the reader says so.
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            if let Ok(found) = entry.file_type() {
                self.entry(&entry.path(), found, depth + 1)?;
            }
        }
        Ok(())
    }

    /// A store of objects, with those that it borrows from.
    fn store(&mut self, objects: &Path) -> Result<(), Error> {
        let mut open = vec![objects.to_owned()];
        while let Some(objects) = open.pop() {
            self.stays(&objects)?;
            let Ok(real) = fs::canonicalize(&objects) else { continue };
            if !self.stores.insert(real) {
                continue;
            }
            self.named(&objects)?;
            if self.root.is_some() {
                open.extend(self.alternates(&objects)?);
            }
        }
        Ok(())
    }

    fn alternates(&self, objects: &Path) -> Result<Vec<PathBuf>, Error> {
        let path = objects.join("info/alternates");
        let unreadable = || {
            let reason = "its list of alternates cannot be read".to_owned();
            Error::Corrupt { remote: self.local.remote.clone(), reason }
        };
        let list = match local::read(&path, limit::GIT_ALTERNATES_BYTES_MAX) {
            Ok(Some(list)) => list,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Ok(None) | Err(_) => return Err(unreadable()),
        };
        // To the byte as the reader takes lines: what is left out here is nobody's way out. Names in
        // quotes have rules of their own, and nobody writes them by hand.
        let lines = list.split(|byte| *byte == b'\n');
        let paths = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
        paths
            .map(|line| match line.first() {
                Some(b'"') => Err(unreadable()),
                _ => Ok(objects.join(OsStr::from_bytes(line))),
            })
            .collect()
    }
}
