//! `ls-refs`: one look at the refs in version 2.

use std::sync::Arc;

use trimtab_ports::git::{Head, Id, RefRow, Refs, Sieve, WantedRefs};

use super::{Fault, said};
use crate::pktline::{Decoder, Packet, delimiter, flush, line, text};

/// Asks for `HEAD` and what is wanted, by name where that is enough.
pub(crate) fn ls_refs_request(unborn: bool, object_format: bool, wanted: &WantedRefs) -> Vec<u8> {
    let mut message = Vec::new();
    line(&mut message, "command=ls-refs");
    if object_format {
        line(&mut message, "object-format=sha1");
    }
    delimiter(&mut message);
    line(&mut message, "peel");
    line(&mut message, "symrefs");
    if unborn {
        line(&mut message, "unborn");
    }
    line(&mut message, "ref-prefix HEAD");
    if wanted.needs_all() {
        line(&mut message, "ref-prefix refs/heads/");
        line(&mut message, "ref-prefix refs/tags/");
    }
    for name in wanted.names() {
        line(&mut message, &format!("ref-prefix {name}"));
    }
    flush(&mut message);
    message
}

/// The answer, read as it comes: of what is not wanted nothing is kept.
pub(crate) struct Listing {
    packets: Decoder,
    head: Option<Head>,
    sieve: Sieve,
    ended: bool,
}

impl Listing {
    /// Nothing has come yet.
    pub(crate) fn new(wanted: &WantedRefs) -> Self {
        Self { packets: Decoder::default(), head: None, sieve: Sieve::new(wanted), ended: false }
    }

    /// Takes more of it.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.packets.feed(bytes);
        while let Some(packet) = self.packets.next()? {
            match packet {
                Packet::Data(data) => read(text(data), &mut self.head, &mut self.sieve)?,
                Packet::Flush => self.ended = true,
                Packet::Delimiter | Packet::ResponseEnd => {}
            }
        }
        Ok(())
    }

    /// It has come. A list that ends early would make refs look deleted.
    pub(crate) fn finish(self) -> Result<Refs, Fault> {
        if !self.ended || !self.packets.is_empty() {
            return Err(Fault::Broken("its list of refs is cut short"));
        }
        Ok(Refs::new(self.head, self.sieve.rows()))
    }
}

fn read(line: &[u8], head: &mut Option<Head>, sieve: &mut Sieve) -> Result<(), Fault> {
    if let Some(error) = line.strip_prefix(b"ERR ") {
        return Err(said(error));
    }
    // A ref whose name is not UTF-8 cannot be named in a source.
    let Ok(line) = std::str::from_utf8(line) else { return Ok(()) };
    let broken = Fault::Broken("a line of its list of refs is none");
    let mut words = line.split(' ');
    let (Some(id), Some(name)) = (words.next(), words.next()) else { return Err(broken) };
    let (mut target, mut peeled) = (None, None);
    for attribute in words {
        if let Some(name) = attribute.strip_prefix("symref-target:") {
            target = Some(Arc::from(name));
        } else if let Some(id) = attribute.strip_prefix("peeled:") {
            peeled = Some(Id::parse(id).ok_or(broken.clone())?);
        }
    }
    let object = match id {
        "unborn" => None,
        id => Some(Id::parse(id).ok_or(broken)?),
    };
    match object {
        commit if name == "HEAD" => *head = Some(Head { target, commit }),
        Some(object) => {
            sieve.take(RefRow { name: name.into(), object, peeled: peeled.unwrap_or(object) });
        }
        None => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimtab_model::RevisionSpec;

    fn wanted() -> WantedRefs {
        WantedRefs::of(&[RevisionSpec::Branch("main".into()), RevisionSpec::Tag("v1".into())])
    }

    fn ls_refs(body: &[u8]) -> Result<Refs, Fault> {
        let mut listing = Listing::new(&wanted());
        listing.feed(body)?;
        listing.finish()
    }

    #[test]
    fn head_branches_and_tags_are_read() {
        let (a, b, c) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
        let mut body = Vec::new();
        line(&mut body, &format!("{a} HEAD symref-target:refs/heads/main"));
        line(&mut body, &format!("{a} refs/heads/main"));
        line(&mut body, &format!("{b} refs/tags/v1 peeled:{c}"));
        flush(&mut body);
        let refs = ls_refs(&body).unwrap();
        assert_eq!(refs.head().unwrap().target.as_deref(), Some("refs/heads/main"));
        assert_eq!(refs.get("refs/heads/main").unwrap().object, Id::parse(&a).unwrap());
        assert_eq!(refs.get("refs/tags/v1").unwrap().peeled, Id::parse(&c).unwrap());
    }

    #[test]
    fn a_list_that_is_cut_short_is_no_list() {
        let mut body = Vec::new();
        line(&mut body, &format!("{} refs/heads/main", "a".repeat(40)));
        assert!(matches!(ls_refs(&body), Err(Fault::Broken(_))));
        flush(&mut body);
        for end in 0..body.len() {
            assert!(ls_refs(&body[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn an_unborn_head_names_its_branch() {
        let mut body = Vec::new();
        line(&mut body, "unborn HEAD symref-target:refs/heads/main");
        flush(&mut body);
        let head = Head { target: Some("refs/heads/main".into()), commit: None };
        assert_eq!(ls_refs(&body).unwrap().head(), Some(&head));
    }

    #[test]
    fn what_is_wanted_is_asked_for_by_name_and_nothing_else_is_kept() {
        let request = String::from_utf8(ls_refs_request(false, false, &wanted())).unwrap();
        assert!(request.contains("ref-prefix refs/heads/main\n"), "{request}");
        assert!(!request.contains("refs/heads/\n"), "{request}");
        let mut some = WantedRefs::of(&[RevisionSpec::Named("abcdef0".into())]);
        let request = String::from_utf8(ls_refs_request(false, false, &some)).unwrap();
        assert!(request.contains("ref-prefix refs/heads/\n"), "any branch may lead there");
        some.name("refs/heads/x\n0001".to_owned());
        let request = ls_refs_request(false, false, &some);
        assert!(!String::from_utf8(request).unwrap().contains("0001\n"), "a name is one line");
        let mut listing = Listing::new(&wanted());
        for number in 0..10_000 {
            let mut row = Vec::new();
            line(&mut row, &format!("{} refs/heads/branch-{number}", "a".repeat(40)));
            line(&mut row, &format!("{} refs/heads/main", "b".repeat(40)));
            listing.feed(&row).unwrap();
        }
        listing.feed(b"0000").unwrap();
        let refs = listing.finish().unwrap();
        assert_eq!(refs.rows().len(), 1);
    }

    #[test]
    fn of_refs_that_lead_to_commits_that_begin_alike_two_are_kept() {
        let mut listing = Listing::new(&WantedRefs::of(&[RevisionSpec::Named("aaaaaaa".into())]));
        for number in 0..100 {
            let mut row = Vec::new();
            line(&mut row, &format!("{}{number:02} refs/heads/b{number}", "a".repeat(38)));
            listing.feed(&row).unwrap();
        }
        listing.feed(b"0000").unwrap();
        assert_eq!(listing.finish().unwrap().rows().len(), 2);
    }
}
