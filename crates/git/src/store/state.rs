//! What a store remembers besides its objects.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use trimtab_ports::git::Id;

/// The first line of the file. Another one means that the store is begun anew.
const FORMAT: &str = "trimtab git store 1";

/// What a store remembers besides its objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Commits whose parents are not in the store.
    pub(super) shallow: BTreeSet<Id>,
    /// Commits that are in use, the one that was wanted last at the end.
    pub(super) tips: Vec<Id>,
    /// How large the first pack was. Unit: bytes.
    pub(super) first_bytes: u64,
}

impl State {
    /// Reads it. A file that is not whole is an error.
    pub(super) fn read(directory: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(directory.join("state"))?;
        parse(&text).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }

    /// Writes it, whole or not at all.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        let new = directory.join("state.new");
        fs::write(&new, self.print())?;
        fs::rename(new, directory.join("state"))
    }

    fn print(&self) -> String {
        let mut text = format!("{FORMAT}\nfirst-bytes {}\n", self.first_bytes);
        text.extend(self.shallow.iter().map(|id| format!("shallow {id}\n")));
        text.extend(self.tips.iter().map(|id| format!("tip {id}\n")));
        text.push_str("end\n");
        text
    }
}

fn parse(text: &str) -> Option<State> {
    let mut lines = text.strip_suffix("end\n")?.lines();
    if lines.next()? != FORMAT {
        return None;
    }
    let mut state = State::default();
    for line in lines {
        match line.split_once(' ')? {
            ("first-bytes", number) => state.first_bytes = number.parse().ok()?,
            ("shallow", id) => drop(state.shallow.insert(Id::parse(id)?)),
            ("tip", id) => state.tips.push(Id::parse(id)?),
            _ => return None,
        }
    }
    Some(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_torn_is() {
        let id = |digit: &str| Id::parse(&digit.repeat(40)).unwrap();
        let state = State {
            shallow: [id("a"), id("b")].into(),
            tips: vec![id("c"), id("a")],
            first_bytes: 7,
        };
        let text = state.print();
        assert_eq!(parse(&text), Some(state));
        for end in 0..text.len() {
            assert_eq!(parse(&text[..end]), None, "{end}");
        }
        assert_eq!(parse(&text.replace("store 1", "store 2")), None);
    }
}
