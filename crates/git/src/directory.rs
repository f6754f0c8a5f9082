//! One directory of a tree, decoded.

use trimtab_ports::git::Id;

/// One directory of a tree, decoded.
#[derive(Debug, PartialEq, Eq)]
pub struct Directory {
    /// Sorted by name, each name once.
    entries: Box<[Entry]>,
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name, one component of a path. Bytes that are not UTF-8 read as `\xff`.
    pub name: Box<str>,
    /// What it is.
    pub kind: EntryKind,
    /// The blob, tree or commit. Equal ids mean equal content, all the way down.
    pub id: Id,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A file.
    File,
    /// A file that may be executed.
    Executable,
    /// A symbolic link; its target is its content.
    Link,
    /// A directory.
    Directory,
    /// A commit of another repository; nothing of it is here.
    Submodule,
}

impl Directory {
    /// Decodes a tree object. A tree that no tool of Git's writes (a name with `/`, `..`, one name
    /// twice) is an error, so that nothing downstream has to expect it.
    pub(crate) fn decode(mut bytes: &[u8]) -> Result<Self, &'static str> {
        let mut entries = Vec::with_capacity(bytes.len() / 40);
        while !bytes.is_empty() {
            let (entry, rest) = split_entry(bytes).ok_or("a directory object is cut short")?;
            entries.push(entry?);
            bytes = rest;
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        if entries.windows(2).any(|pair| pair[0].name == pair[1].name) {
            return Err("a directory object has one name twice");
        }
        Ok(Self { entries: entries.into() })
    }

    /// Every entry, sorted by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// One entry by its name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        let found = self.entries.binary_search_by(|entry| (*entry.name).cmp(name));
        found.ok().map(|index| &self.entries[index])
    }

    /// About how much memory it takes. Unit: bytes.
    pub(crate) fn weight(&self) -> u64 {
        let names: usize = self.entries.iter().map(|entry| entry.name.len() + 16).sum();
        (names + self.entries.len() * size_of::<Entry>() + 64) as u64
    }
}

/// Splits `mode SP name NUL id` off. `None` where it is cut short.
fn split_entry(bytes: &[u8]) -> Option<(Result<Entry, &'static str>, &[u8])> {
    let space = bytes.iter().position(|&byte| byte == b' ')?;
    let end = space + bytes[space..].iter().position(|&byte| byte == 0)?;
    let (id, rest) = bytes[end + 1..].split_first_chunk::<20>()?;
    let kind = kind(&bytes[..space]);
    let name = name(&bytes[space + 1..end]);
    let entry = kind.and_then(|kind| Ok(Entry { name: name?, kind, id: Id::from_bytes(*id) }));
    Some((entry, rest))
}

/// Reads a mode as Git does: the type counts, and of the permissions only the owner's execution.
fn kind(mode: &[u8]) -> Result<EntryKind, &'static str> {
    let text = std::str::from_utf8(mode).unwrap_or_default();
    let mode = u32::from_str_radix(text, 8).map_err(|_| "a directory object has an odd mode")?;
    Ok(match mode & 0o170_000 {
        0o100_000 if mode & 0o100 != 0 => EntryKind::Executable,
        0o100_000 => EntryKind::File,
        0o120_000 => EntryKind::Link,
        0o040_000 => EntryKind::Directory,
        0o160_000 => EntryKind::Submodule,
        _ => return Err("a directory object has an odd mode"),
    })
}

fn name(bytes: &[u8]) -> Result<Box<str>, &'static str> {
    if matches!(bytes, b"" | b"." | b"..") || bytes.contains(&b'/') {
        return Err("a directory object has a name that leads out of it");
    }
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => escaped(bytes).into(),
    })
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (mode, name) in entries {
            bytes.extend_from_slice(mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(name);
            bytes.push(0);
            bytes.extend_from_slice(&[7; 20]);
        }
        bytes
    }

    #[test]
    fn entries_are_found_by_name() {
        let bytes =
            tree(&[("100644", b"a.b"), ("40000", b"a"), ("120000", b"l"), ("100755", b"x")]);
        let directory = Directory::decode(&bytes).unwrap();
        let kind = |name| directory.get(name).map(|entry| entry.kind);
        assert_eq!(kind("a"), Some(EntryKind::Directory));
        assert_eq!(kind("a.b"), Some(EntryKind::File));
        assert_eq!(kind("l"), Some(EntryKind::Link));
        assert_eq!(kind("x"), Some(EntryKind::Executable));
        assert_eq!(kind("y"), None);
    }

    #[test]
    fn names_that_lead_elsewhere_and_torn_objects_are_errors() {
        for name in [&b".."[..], b".", b"", b"a/b", b"../../etc/passwd"] {
            assert!(Directory::decode(&tree(&[("100644", name)])).is_err(), "{name:?}");
        }
        assert!(Directory::decode(&tree(&[("100644", b"a"), ("40000", b"a")])).is_err());
        assert!(Directory::decode(&tree(&[("9", b"a")])).is_err());
        let whole = tree(&[("100644", b"a")]);
        for end in 1..whole.len() {
            assert!(Directory::decode(&whole[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn names_that_are_not_utf8_stay_distinct() {
        let bytes = tree(&[("100644", b"a\xff"), ("100644", b"a\xfe")]);
        let directory = Directory::decode(&bytes).unwrap();
        assert_eq!(&*directory.entries()[0].name, "a\\xfe");
        assert_eq!(&*directory.entries()[1].name, "a\\xff");
    }
}
