//! A tree in memory.

use crate::{Entry, FileTree, Id, Kind, Unreadable};
use std::collections::BTreeMap;
use trimtab_model::Digest;

/// Files and links by path, for tests and for trees that were read from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    files: BTreeMap<String, (Kind, Vec<u8>)>,
}

impl MemoryTree {
    /// The same tree with a file more.
    #[must_use]
    pub fn with(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), (Kind::File, content.into()));
        self
    }

    /// The same tree with a symbolic link more.
    #[must_use]
    pub fn with_link(mut self, path: &str, target: &str) -> Self {
        self.files.insert(path.to_owned(), (Kind::Link, target.into()));
        self
    }

    fn below(&self, path: &str) -> impl Iterator<Item = (&str, &(Kind, Vec<u8>))> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let length = prefix.len();
        self.files
            .range(prefix.clone()..)
            .take_while(move |(name, _)| name.starts_with(&prefix))
            .map(move |(name, file)| (&name[length..], file))
    }

    fn directory(&self, path: &str, name: &str) -> Option<Entry> {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        for (rest, (kind, content)) in self.below(path) {
            parts.push(rest.as_bytes().to_vec());
            parts.push(vec![u8::from(*kind == Kind::Link)]);
            parts.push(content.clone());
        }
        let id = Id::new(Digest::of_parts(parts.iter().map(Vec::as_slice)).as_bytes());
        let there = path.is_empty() || !parts.is_empty();
        there.then(|| Entry { name: name.to_owned(), kind: Kind::Directory, id })
    }

    fn file(&self, path: &str) -> Result<&Vec<u8>, Unreadable> {
        let missing = || Unreadable { path: path.to_owned(), reason: "no such file".to_owned() };
        self.files.get(path).map(|(_, content)| content).ok_or_else(missing)
    }
}

impl FileTree for MemoryTree {
    fn entry(&self, path: &str) -> Result<Option<Entry>, Unreadable> {
        let name = path.rsplit('/').next().unwrap_or_default();
        Ok(match self.files.get(path) {
            Some((kind, content)) => Some(Entry {
                name: name.to_owned(),
                kind: *kind,
                id: Id::new(Digest::of(content).as_bytes()),
            }),
            None => self.directory(path, name),
        })
    }

    fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, Unreadable> {
        if self.directory(path, "").is_none() {
            return Ok(None);
        }
        let mut names: Vec<&str> =
            self.below(path).filter_map(|(rest, _)| rest.split('/').next()).collect();
        names.sort_unstable();
        names.dedup();
        let child = |name: &&str| {
            if path.is_empty() { (*name).to_owned() } else { format!("{path}/{name}") }
        };
        let mut entries = Vec::new();
        for name in names.iter().map(child) {
            entries.extend(self.entry(&name)?);
        }
        Ok(Some(entries))
    }

    fn size(&self, path: &str) -> Result<u64, Unreadable> {
        Ok(self.file(path)?.len() as u64)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        Ok(self.file(path)?.clone())
    }
}
