//! The first thing that a server says: what it can do and, before version 2, all its refs.

use std::collections::{BTreeMap, BTreeSet};

use trimtab_ports::git::{Head, Id, RefRow, Refs};

use super::{Dialect, Fault, said};
use crate::pktline::{Packet, packets, text};

/// The first thing that a server says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Advertisement {
    /// What it can do.
    pub(crate) dialect: Dialect,
    /// All its refs, before version 2.
    pub(crate) refs: Option<Refs>,
}

/// How a server's answer over HTTP begins.
const SERVICE: &[u8] = b"# service=";

impl Advertisement {
    fn of_nothing() -> Self {
        Self { dialect: Dialect::V0(BTreeSet::new()), refs: Some(Refs::new(None, Vec::new())) }
    }
}

/// Reads the answer to `GET info/refs?service=git-upload-pack`.
pub(crate) fn advertisement(body: &[u8]) -> Result<Advertisement, Fault> {
    let not_git = |_| Fault::NotGit("its answer is not in Git's packets");
    let packets = packets(body).map_err(not_git)?;
    let is_smart = matches!(packets.first(), Some(Packet::Data(data)) if data.starts_with(SERVICE));
    // A list that ends early would make refs look deleted. The service's line has an end of its own.
    let ends = packets.iter().filter(|packet| **packet == Packet::Flush).count();
    if packets.last() != Some(&Packet::Flush) || ends < 1 + usize::from(is_smart) {
        return Err(Fault::NotGit("its answer is cut short"));
    }
    let lines = packets.iter().filter_map(|packet| match packet {
        Packet::Data(data) => Some(text(data)),
        Packet::Flush | Packet::Delimiter | Packet::ResponseEnd => None,
    });
    let mut lines = lines.skip_while(|line| line.starts_with(SERVICE)).peekable();
    let first = match lines.peek() {
        Some(first) => *first,
        // A repository without refs has nothing to say, not even what the server can do.
        None if is_smart => return Ok(Advertisement::of_nothing()),
        None => return Err(Fault::NotGit("its answer is empty")),
    };
    if let Some(error) = first.strip_prefix(b"ERR ") {
        return Err(said(error));
    }
    match first {
        b"version 2" => version_2(lines.skip(1)),
        b"version 1" => version_0(lines.skip(1)),
        _ => version_0(lines),
    }
}

fn version_2<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Result<Advertisement, Fault> {
    let capabilities: BTreeMap<String, String> = lines
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .map(|line| match line.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (line, String::new()),
        })
        .collect();
    if capabilities.get("object-format").is_some_and(|format| format != "sha1") {
        return Err(Fault::Unsupported(crate::local::SHA256));
    }
    let has = |name, word| {
        capabilities.get(name).is_some_and(|value| value.split(' ').any(|one| one == word))
    };
    if !capabilities.contains_key("ls-refs") || !capabilities.contains_key("fetch") {
        return Err(Fault::Broken("it offers neither refs nor commits"));
    }
    let dialect = Dialect::V2 {
        unborn: has("ls-refs", "unborn"),
        shallow: has("fetch", "shallow"),
        object_format: capabilities.contains_key("object-format"),
    };
    Ok(Advertisement { dialect, refs: None })
}

fn version_0<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Result<Advertisement, Fault> {
    let mut can = None;
    let (mut rows, mut peeled, mut head) = (Vec::new(), BTreeMap::new(), None);
    for line in lines {
        let mut halves = line.splitn(2, |&byte| byte == 0);
        let line = halves.next().unwrap_or_default();
        if let Some(capabilities) = halves.next().filter(|_| can.is_none()) {
            let text = String::from_utf8_lossy(capabilities);
            can = Some(text.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>());
        }
        let line = std::str::from_utf8(line).map_err(|_| Fault::Broken("a ref is not UTF-8"))?;
        if line.starts_with("shallow ") {
            continue;
        }
        let (id, name) = line.split_once(' ').ok_or(Fault::NotGit("it lists no refs"))?;
        if id.len() == 64 {
            return Err(Fault::Unsupported(crate::local::SHA256));
        }
        let id = Id::parse(id).ok_or(Fault::NotGit("it lists no refs"))?;
        match name.strip_suffix("^{}") {
            Some("capabilities") => {}
            Some(tag) => drop(peeled.insert(tag.to_owned(), id)),
            None if name == "HEAD" => head = Some(id),
            None => rows.push(RefRow { name: name.into(), object: id, peeled: id }),
        }
    }
    for row in &mut rows {
        row.peeled = peeled.get(&*row.name).copied().unwrap_or(row.object);
    }
    let can = can.ok_or(Fault::NotGit("it lists no capabilities"))?;
    let target = can.iter().find_map(|word| word.strip_prefix("symref=HEAD:")).map(Into::into);
    let head = (head.is_some() || target.is_some()).then_some(Head { target, commit: head });
    Ok(Advertisement { dialect: Dialect::V0(can), refs: Some(Refs::new(head, rows)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pktline::{flush, line};

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
            &format!("{b} refs/tags/v1"),
            &format!("{c} refs/tags/v1^{{}}"),
        ];
        for body in [message(&lines), message(&[&["version 1"], &lines[..]].concat())] {
            let found = advertisement(&body).unwrap();
            let refs = found.refs.unwrap();
            let head = refs.head().unwrap();
            assert_eq!(head.target.as_deref(), Some("refs/heads/main"));
            assert_eq!(head.commit, Id::parse(&a));
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
