//! A directory on disk as a tree of files.

use anyhow::{Context, bail};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use trimtab_render::{Entry, FileTree, Id, Kind, Unreadable};

/// A directory on disk. No path leads out of it, and no link is followed.
///
/// Files change without a word, so no content is known to be equal to another: each id is given once,
/// and a render of such a tree is never taken for a later one.
pub struct DiskTree {
    root: PathBuf,
    given: AtomicU64,
}

impl DiskTree {
    /// Takes a directory as a root. A link to the directory itself is followed.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let root = fs::canonicalize(path)
            .with_context(|| format!("the directory {} cannot be read", path.display()))?;
        if !root.is_dir() {
            bail!("{} is no directory: name {}", path.display(), with_include(path));
        }
        Ok(Self { root, given: AtomicU64::new(0) })
    }

    /// What lies at a path, with its place on disk; nothing where the path leads through a link.
    fn at(&self, path: &str) -> Result<Option<(PathBuf, Metadata)>, Unreadable> {
        let mut place = self.root.clone();
        let Some(mut metadata) = seen(path, fs::symlink_metadata(&place))? else { return Ok(None) };
        for part in path.split('/').filter(|_| !path.is_empty()) {
            if !metadata.is_dir() || matches!(part, "" | "." | "..") {
                return Ok(None);
            }
            place.push(part);
            match seen(path, fs::symlink_metadata(&place))? {
                Some(next) => metadata = next,
                None => return Ok(None),
            }
        }
        Ok(Some((place, metadata)))
    }

    fn there(&self, path: &str) -> Result<(PathBuf, Metadata), Unreadable> {
        self.at(path)?.ok_or_else(|| unreadable(path, &"no such file"))
    }

    fn named(&self, name: &str, metadata: &Metadata) -> Entry {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        Entry { name: name.to_owned(), kind: kind(metadata), id: Id::new(&number.to_le_bytes()) }
    }
}

impl FileTree for DiskTree {
    fn entry(&self, path: &str) -> Result<Option<Entry>, Unreadable> {
        let name = path.rsplit('/').next().unwrap_or_default();
        Ok(self.at(path)?.map(|(_, metadata)| self.named(name, &metadata)))
    }

    fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, Unreadable> {
        let Some((place, _)) = self.at(path)?.filter(|(_, metadata)| metadata.is_dir()) else {
            return Ok(None);
        };
        let mut entries = Vec::new();
        for entry in fs::read_dir(place).map_err(|error| unreadable(path, &error))? {
            let entry = entry.map_err(|error| unreadable(path, &error))?;
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| {
                unreadable(
                    path,
                    &format!("the name {} is not UTF-8: rename the file", name.display()),
                )
            })?;
            // What went away meanwhile is not there.
            if let Some(metadata) = seen(path, fs::symlink_metadata(entry.path()))? {
                entries.push(self.named(name, &metadata));
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Some(entries))
    }

    fn size(&self, path: &str) -> Result<u64, Unreadable> {
        Ok(self.there(path)?.1.len())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        let (place, metadata) = self.there(path)?;
        if !metadata.is_symlink() {
            return fs::read(place).map_err(|error| unreadable(path, &error));
        }
        let target = fs::read_link(place).map_err(|error| unreadable(path, &error))?;
        Ok(target.into_os_string().into_encoded_bytes())
    }
}

/// The directory of a file, and the flag that chooses the file.
fn with_include(file: &Path) -> String {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let name = file.file_name().unwrap_or_default();
    format!("the directory {}, with --include {}", directory.display(), name.display())
}

/// Neither an absent file nor a path through a file is an error.
fn seen(path: &str, found: io::Result<Metadata>) -> Result<Option<Metadata>, Unreadable> {
    match found {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn kind(metadata: &Metadata) -> Kind {
    if metadata.is_symlink() {
        Kind::Link
    } else if metadata.is_dir() {
        Kind::Directory
    } else if metadata.is_file() {
        Kind::File
    } else {
        Kind::Other
    }
}

fn unreadable(path: &str, reason: &dyn std::fmt::Display) -> Unreadable {
    Unreadable { path: path.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::DiskTree;
    use std::fs;
    use trimtab_render::{FileTree, Kind};

    #[test]
    fn nothing_outside_the_root_is_seen() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().join("root");
        fs::create_dir_all(root.join("sub")).expect("made");
        fs::write(directory.path().join("secret"), "s").expect("written");
        fs::write(root.join("sub/a.yaml"), "a: 1").expect("written");
        std::os::unix::fs::symlink("../..", root.join("sub/out")).expect("linked");
        let tree = DiskTree::open(&root).expect("a tree");
        for path in
            ["../secret", "sub/out/secret", "sub/../../secret", "/etc/passwd", "sub/a.yaml/b"]
        {
            assert_eq!(tree.entry(path), Ok(None), "{path}");
            assert!(tree.read(path).is_err(), "{path}");
        }
        assert_eq!(tree.read("sub/a.yaml"), Ok(b"a: 1".to_vec()));
        assert_eq!(tree.read("sub/out"), Ok(b"../..".to_vec()));
        let names: Vec<_> = tree
            .list("sub")
            .expect("read")
            .expect("there")
            .into_iter()
            .map(|e| (e.name, e.kind))
            .collect();
        assert_eq!(names, [("a.yaml".to_owned(), Kind::File), ("out".to_owned(), Kind::Link)]);
    }
}
