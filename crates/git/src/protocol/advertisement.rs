//! The first thing that a server says: what it can do and, before version 2, all its refs.

use std::collections::{BTreeMap, BTreeSet};

use trimtab_ports::git::{Head, Id, RefRow, Refs, Sieve, WantedRefs};

use super::{Dialect, Fault, said};
use crate::pktline::{Decoder, Packet, text};

/// The first thing that a server says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Advertisement {
    /// What it can do.
    pub(crate) dialect: Dialect,
    /// Those of its refs that are wanted, before version 2.
    pub(crate) refs: Option<Refs>,
}

/// How a server's answer over HTTP begins.
const SERVICE: &[u8] = b"# service=";

/// The answer to `GET info/refs?service=git-upload-pack`, read as it comes: of what is of no use nothing
/// is kept.
pub(crate) struct Advertising {
    packets: Decoder,
    is_smart: bool,
    /// How many sections have ended, and whether anything has come since.
    ends: usize,
    ended: bool,
    said: Said,
    wanted: WantedRefs,
}

/// What the server says after the service's line.
enum Said {
    Nothing,
    Version1,
    Version2(Capabilities),
    Version0(Box<Listed>),
}

/// What a server of version 2 can do, as far as it matters.
#[derive(Default)]
struct Capabilities(BTreeMap<&'static str, String>);

/// The refs of a server before version 2.
struct Listed {
    can: Option<BTreeSet<String>>,
    head: Option<Id>,
    /// The last ref: the next line may say what it stands for.
    last: Option<RefRow>,
    sieve: Sieve,
}

impl Advertising {
    /// Nothing has come yet.
    pub(crate) fn new(wanted: &WantedRefs) -> Self {
        Self {
            packets: Decoder::default(),
            is_smart: false,
            ends: 0,
            ended: false,
            said: Said::Nothing,
            wanted: wanted.clone(),
        }
    }

    /// Takes more of it.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.packets.feed(bytes);
        let not_git = |_| Fault::NotGit("its answer is not in Git's packets");
        while let Some(packet) = self.packets.next().map_err(not_git)? {
            match packet {
                Packet::Flush => (self.ends, self.ended) = (self.ends + 1, true),
                Packet::Delimiter | Packet::ResponseEnd => self.ended = false,
                Packet::Data(data) => {
                    self.ended = false;
                    let line = text(data);
                    if line.starts_with(SERVICE) && matches!(self.said, Said::Nothing) {
                        self.is_smart = true;
                    } else {
                        self.said.take(line, &self.wanted)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// It has come. A list that ends early would make refs look deleted, and the service's line has an
    /// end of its own.
    pub(crate) fn finish(self) -> Result<Advertisement, Fault> {
        if !self.packets.is_empty() || !self.ended || self.ends < 1 + usize::from(self.is_smart) {
            return Err(Fault::NotGit("its answer is cut short"));
        }
        match self.said {
            // A repository without refs has nothing to say, not even what the server can do.
            Said::Nothing if self.is_smart => Ok(Advertisement::of_nothing()),
            Said::Nothing => Err(Fault::NotGit("its answer is empty")),
            Said::Version1 => Err(Fault::NotGit("it lists no capabilities")),
            Said::Version2(capabilities) => capabilities.finish(),
            Said::Version0(listed) => listed.finish(),
        }
    }
}

impl Advertisement {
    fn of_nothing() -> Self {
        Self { dialect: Dialect::V0(BTreeSet::new()), refs: Some(Refs::new(None, Vec::new())) }
    }
}

impl Said {
    fn take(&mut self, line: &[u8], wanted: &WantedRefs) -> Result<(), Fault> {
        match self {
            Self::Version2(capabilities) => capabilities.take(line),
            Self::Version0(listed) => listed.take(line)?,
            Self::Nothing | Self::Version1 => {
                if let Some(error) = line.strip_prefix(b"ERR ") {
                    return Err(said(error));
                }
                *self = match (&*self, line) {
                    (Self::Nothing, b"version 2") => Self::Version2(Capabilities::default()),
                    (Self::Nothing, b"version 1") => Self::Version1,
                    _ => {
                        let mut listed = Box::new(Listed::new(wanted));
                        listed.take(line)?;
                        Self::Version0(listed)
                    }
                };
            }
        }
        Ok(())
    }
}

impl Capabilities {
    fn take(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let (name, value) = line.split_once('=').unwrap_or((&line, ""));
        let known = ["ls-refs", "fetch", "object-format"].into_iter().find(|known| *known == name);
        if let Some(name) = known {
            self.0.insert(name, value.to_owned());
        }
    }

    fn finish(self) -> Result<Advertisement, Fault> {
        if self.0.get("object-format").is_some_and(|format| format != "sha1") {
            return Err(Fault::Unsupported(crate::local::SHA256));
        }
        let has = |name, word| {
            self.0.get(name).is_some_and(|value| value.split(' ').any(|one| one == word))
        };
        if !self.0.contains_key("ls-refs") || !self.0.contains_key("fetch") {
            return Err(Fault::Broken("it offers neither refs nor commits"));
        }
        let dialect = Dialect::V2 {
            unborn: has("ls-refs", "unborn"),
            shallow: has("fetch", "shallow"),
            object_format: self.0.contains_key("object-format"),
        };
        Ok(Advertisement { dialect, refs: None })
    }
}

impl Listed {
    fn new(wanted: &WantedRefs) -> Self {
        Self { can: None, head: None, last: None, sieve: Sieve::new(wanted) }
    }

    fn take(&mut self, line: &[u8]) -> Result<(), Fault> {
        let mut halves = line.splitn(2, |&byte| byte == 0);
        let line = halves.next().unwrap_or_default();
        if let Some(capabilities) = halves.next().filter(|_| self.can.is_none()) {
            let text = String::from_utf8_lossy(capabilities);
            self.can = Some(text.split_whitespace().map(str::to_owned).collect());
        }
        let line = std::str::from_utf8(line).map_err(|_| Fault::Broken("a ref is not UTF-8"))?;
        if line.starts_with("shallow ") {
            return Ok(());
        }
        let (id, name) = line.split_once(' ').ok_or(Fault::NotGit("it lists no refs"))?;
        if id.len() == 64 {
            return Err(Fault::Unsupported(crate::local::SHA256));
        }
        let id = Id::parse(id).ok_or(Fault::NotGit("it lists no refs"))?;
        match name.strip_suffix("^{}") {
            Some("capabilities") => {}
            Some(tag) => {
                if let Some(last) = self.last.as_mut().filter(|last| *last.name == *tag) {
                    last.peeled = id;
                }
            }
            None if name == "HEAD" => self.head = Some(id),
            None => {
                let row = RefRow { name: name.into(), object: id, peeled: id };
                self.last.replace(row).into_iter().for_each(|row| self.sieve.take(row));
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Advertisement, Fault> {
        self.last.take().into_iter().for_each(|row| self.sieve.take(row));
        let can = self.can.ok_or(Fault::NotGit("it lists no capabilities"))?;
        let target = can.iter().find_map(|word| word.strip_prefix("symref=HEAD:")).map(Into::into);
        let is_head = self.head.is_some() || target.is_some();
        let head = is_head.then_some(Head { target, commit: self.head });
        let refs = Refs::new(head, self.sieve.rows());
        Ok(Advertisement { dialect: Dialect::V0(can), refs: Some(refs) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pktline::{flush, line};
    use trimtab_model::RevisionSpec;

    fn advertisement(body: &[u8]) -> Result<Advertisement, Fault> {
        let wanted =
            WantedRefs::of(&[RevisionSpec::Branch("main".into()), RevisionSpec::Tag("v1".into())]);
        // Chunks end anywhere.
        let mut advertising = Advertising::new(&wanted);
        for chunk in body.chunks(7) {
            advertising.feed(chunk)?;
        }
        advertising.finish()
    }

    fn message(lines: &[&str]) -> Vec<u8> {
        let mut message = Vec::new();
        line(&mut message, "# service=git-upload-pack");
        flush(&mut message);
        for text in lines {
            line(&mut message, text);
        }
        flush(&mut message);
        message
    }

    #[test]
    fn version_2_says_what_it_can_do() {
        let body = message(&["version 2", "agent=x", "ls-refs=unborn", "fetch=shallow filter"]);
        let dialect = Dialect::V2 { unborn: true, shallow: true, object_format: false };
        assert_eq!(advertisement(&body), Ok(Advertisement { dialect, refs: None }));
        let body = message(&["version 2", "ls-refs", "fetch", "object-format=sha256"]);
        assert!(matches!(advertisement(&body), Err(Fault::Unsupported(_))));
    }

    #[test]
    fn version_0_lists_the_refs_with_what_tags_stand_for() {
        let (a, b, c) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
        let first = format!("{a} HEAD\0shallow symref=HEAD:refs/heads/main agent=x");
        let lines = [
            &*first,
            &format!("{a} refs/heads/main"),
            &format!("{a} refs/heads/other"),
            &format!("{b} refs/tags/v1"),
            &format!("{c} refs/tags/v1^{{}}"),
        ];
        for body in [message(&lines), message(&[&["version 1"], &lines[..]].concat())] {
            let found = advertisement(&body).unwrap();
            let refs = found.refs.unwrap();
            let head = refs.head().unwrap();
            assert_eq!(head.target.as_deref(), Some("refs/heads/main"));
            assert_eq!(head.commit, Id::parse(&a));
            assert!(refs.get("refs/heads/other").is_none(), "nobody wants it");
            let tag = refs.get("refs/tags/v1").unwrap();
            assert_eq!((Some(tag.object), Some(tag.peeled)), (Id::parse(&b), Id::parse(&c)));
            assert!(found.dialect.can_cut_by_depth() && !found.dialect.can_cut_by_time());
        }
    }

    #[test]
    fn an_empty_repository_has_no_refs() {
        let body = message(&[&format!("{} capabilities^{{}}\0shallow", "0".repeat(40))]);
        for body in [body, message(&[])] {
            let refs = advertisement(&body).unwrap().refs.unwrap();
            assert!(refs.rows().is_empty() && refs.head().is_none());
        }
    }

    #[test]
    fn a_list_that_is_cut_short_is_no_list() {
        let a = "a".repeat(40);
        let body = message(&[&format!("{a} HEAD\0shallow"), &format!("{a} refs/heads/main")]);
        for end in 0..body.len() {
            assert!(advertisement(&body[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn what_is_not_git_is_said_to_be_so() {
        for body in [&b"<!DOCTYPE html>"[..], b"", b"0000", b"000ahello\n"] {
            assert!(matches!(advertisement(body), Err(Fault::NotGit(_))), "{body:?}");
        }
        assert_eq!(advertisement(&message(&["ERR gone"])), Err(Fault::Said("gone".into())));
    }
}
