//! Decoded directories, as many as a bound in bytes allows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use trimtab_ports::git::Id;

use crate::directory::Directory;
use crate::objects::{Objects, Unreadable};

/// Decoded directories of all stores, the longest unused forgotten first. A commit that changes one
/// file makes every application look again at its path; with the directories above decoded, that is a
/// search by name in each.
pub(crate) struct DirectoryCache {
    bytes_max: u64,
    held: Mutex<Held>,
}

/// A directory belongs to its store: what one credential may read is not served to another (P8).
type Key = (u64, Id);

#[derive(Default)]
struct Held {
    directories: BTreeMap<Key, (Arc<Directory>, u64)>,
    /// When each was used last, by a count of uses.
    uses: BTreeMap<u64, Key>,
    count: u64,
    bytes: u64,
}

impl DirectoryCache {
    /// An empty cache.
    pub(crate) fn new(bytes_max: u64) -> Self {
        Self { bytes_max, held: Mutex::default() }
    }

    /// A directory of a store, decoded now or before.
    pub(crate) fn get(&self, objects: &Objects, id: &Id) -> Result<Arc<Directory>, Unreadable> {
        let key = (objects.number(), *id);
        if let Some(directory) = self.held().touch(key) {
            return Ok(directory);
        }
        let directory = Arc::new(objects.directory(id)?);
        self.held().insert(key, &directory, self.bytes_max);
        Ok(directory)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn touch(&mut self, key: Key) -> Option<Arc<Directory>> {
        self.count += 1;
        let (directory, used) = self.directories.get_mut(&key)?;
        self.uses.remove(used);
        self.uses.insert(self.count, key);
        *used = self.count;
        Some(Arc::clone(directory))
    }

    fn insert(&mut self, key: Key, directory: &Arc<Directory>, bytes_max: u64) {
        if self.touch(key).is_some() {
            return;
        }
        self.directories.insert(key, (Arc::clone(directory), self.count));
        self.uses.insert(self.count, key);
        self.bytes += directory.weight();
        while self.bytes > bytes_max
            && let Some((_, longest_unused)) = self.uses.pop_first()
            && let Some((directory, _)) = self.directories.remove(&longest_unused)
        {
            self.bytes -= directory.weight();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> Key {
        (0, Id::from_bytes([number; 20]))
    }

    #[test]
    fn the_longest_unused_is_forgotten_first_and_the_bytes_add_up() {
        let directory = Arc::new(Directory::decode(b"100644 a\0aaaaaaaaaaaaaaaaaaaa").unwrap());
        let room = directory.weight() * 2;
        let mut held = Held::default();
        held.insert(key(1), &directory, room);
        held.insert(key(2), &directory, room);
        assert!(held.touch(key(1)).is_some());
        held.insert(key(3), &directory, room);
        assert!(held.touch(key(2)).is_none());
        assert!(held.touch(key(1)).is_some() && held.touch(key(3)).is_some());
        assert_eq!((held.bytes, held.uses.len(), held.directories.len()), (room, 2, 2));
    }
}
