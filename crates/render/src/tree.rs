//! A read-only view of a tree of files.

use std::fmt;

/// What names a content: equal ids mean equal content. Git's names of objects are such ids.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 32]);

impl Id {
    /// Takes up to 32 bytes; shorter ones are filled with zeros.
    pub fn new(bytes: &[u8]) -> Self {
        let mut id = [0; 32];
        let length = bytes.len().min(32);
        id[..length].copy_from_slice(&bytes[..length]);
        Self(id)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What something in a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// Something that is neither: a submodule.
    Other,
}

/// Something in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in its directory; empty for the root.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Names its content; of a directory, everything below it.
    pub id: Id,
}

/// The tree itself could not be read, which is no property of what lies in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} cannot be read: {reason}")]
pub struct Unreadable {
    /// The path.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// A read-only view of a tree of files. Paths have no leading or trailing `/`, and no `.` or `..`;
/// the root is the empty path. No symbolic link is followed: a path through one is absent.
pub trait FileTree: Send + Sync {
    /// What lies at a path, if anything does.
    fn entry(&self, path: &str) -> Result<Option<Entry>, Unreadable>;

    /// What lies in a directory, each name once; `None` where there is no directory.
    fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, Unreadable>;

    /// The size of a file in bytes, known without reading it.
    fn size(&self, path: &str) -> Result<u64, Unreadable>;

    /// The content of a file, or of a link its target. The caller has asked for its size, also of a
    /// link.
    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable>;
}
