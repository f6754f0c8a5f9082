//! `ls-refs`: one look at the refs in version 2.

use std::collections::BTreeSet;
use std::sync::Arc;

use trimtab_ports::git::{Head, Id, RefRow, Refs};

use super::{Fault, said};
use crate::pktline::{Packet, delimiter, flush, line, packets, text};

/// Asks for `HEAD`, branches, tags and the others that are named.
pub(crate) fn ls_refs_request(
    unborn: bool,
    object_format: bool,
    others: &BTreeSet<Arc<str>>,
) -> Vec<u8> {
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
    for prefix in ["HEAD", "refs/heads/", "refs/tags/"] {
        line(&mut message, &format!("ref-prefix {prefix}"));
    }
    for name in others.iter().filter(|name| !name.contains(['\n', '\0'])) {
        line(&mut message, &format!("ref-prefix {name}"));
    }
    flush(&mut message);
    message
}

/// Reads the answer.
pub(crate) fn ls_refs(body: &[u8]) -> Result<Refs, Fault> {
    let (mut head, mut rows, mut ended) = (None, Vec::new(), false);
    for packet in packets(body)? {
        match packet {
            Packet::Data(data) => read(text(data), &mut head, &mut rows)?,
            Packet::Flush => ended = true,
            Packet::Delimiter | Packet::ResponseEnd => {}
        }
    }
    // A list that ends early would make refs look deleted.
    if !ended {
        return Err(Fault::Broken("its list of refs is cut short"));
    }
    Ok(Refs::new(head, rows))
}

fn read(line: &[u8], head: &mut Option<Head>, rows: &mut Vec<RefRow>) -> Result<(), Fault> {
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
            rows.push(RefRow { name: name.into(), object, peeled: peeled.unwrap_or(object) });
        }
        None => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
