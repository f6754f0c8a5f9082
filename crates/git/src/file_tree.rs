//! A commit's files, as a render sees them.

use trimtab_model::limit;
use trimtab_render::{Entry, FileTree, Id, Kind, Unreadable};

use crate::{EntryKind, Tree, directory};

impl FileTree for Tree {
    fn entry(&self, path: &str) -> Result<Option<Entry>, Unreadable> {
        let entry = Tree::entry(self, path).map_err(|error| unreadable(path, &error))?;
        Ok(entry.as_ref().map(seen))
    }

    fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, Unreadable> {
        let directory = Tree::list(self, path).map_err(|error| unreadable(path, &error))?;
        Ok(directory.map(|directory| directory.entries().iter().map(seen).collect()))
    }

    fn size(&self, path: &str) -> Result<u64, Unreadable> {
        let id = self.blob(path)?;
        Tree::size(self, &id).map_err(|error| unreadable(path, &error))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        let id = self.blob(path)?;
        Tree::read(self, &id, limit::YAML_FILE_BYTES_MAX).map_err(|error| unreadable(path, &error))
    }
}

impl Tree {
    fn blob(&self, path: &str) -> Result<trimtab_ports::git::Id, Unreadable> {
        let entry = Tree::entry(self, path).map_err(|error| unreadable(path, &error))?;
        let missing = || Unreadable { path: path.to_owned(), reason: "no such file".to_owned() };
        entry.map(|entry| entry.id).ok_or_else(missing)
    }
}

fn seen(entry: &directory::Entry) -> Entry {
    let kind = match entry.kind {
        EntryKind::Directory => Kind::Directory,
        EntryKind::File | EntryKind::Executable => Kind::File,
        EntryKind::Link => Kind::Link,
        EntryKind::Submodule => Kind::Other,
    };
    Entry { name: entry.name.to_string(), kind, id: Id::new(entry.id.as_bytes()) }
}

fn unreadable(path: &str, error: &trimtab_ports::git::Error) -> Unreadable {
    Unreadable { path: path.to_owned(), reason: error.to_string() }
}
