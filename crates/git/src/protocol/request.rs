//! `fetch`: what is asked of a server, in one message without negotiation.

use trimtab_ports::git::Id;

use super::Dialect;
use crate::pktline::{delimiter, flush, line};

/// What is asked of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The commits that are wanted; at least one.
    pub(crate) wants: Vec<Id>,
    /// Commits that we have, with their trees.
    pub(crate) haves: Vec<Id>,
    /// Those among our commits whose parents we do not have.
    pub(crate) shallow: Vec<Id>,
    /// How much of the history is wanted.
    pub(crate) depth: Depth,
}

/// How much of a history is wanted. A server that cannot cut there sends all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// This many commits from each that is wanted.
    Commits(u64),
    /// Those that were committed at this time or later. Unit: seconds since 1970.
    Since(i64),
}

impl Request {
    /// The message, as the server understands it.
    pub(crate) fn encode(&self, dialect: &Dialect) -> Vec<u8> {
        match dialect {
            Dialect::V2 { object_format, .. } => self.version_2(dialect, *object_format),
            Dialect::V0(can) => self.version_0(dialect, &|word| can.contains(word)),
        }
    }

    /// Whether the server will say where it cut the history.
    pub(crate) fn is_cut(&self, dialect: &Dialect) -> bool {
        self.depth_line(dialect).is_some()
    }

    fn version_2(&self, dialect: &Dialect, object_format: bool) -> Vec<u8> {
        let mut message = Vec::new();
        line(&mut message, "command=fetch");
        if object_format {
            line(&mut message, "object-format=sha1");
        }
        delimiter(&mut message);
        for option in ["thin-pack", "no-progress", "ofs-delta"] {
            line(&mut message, option);
        }
        self.shallow_lines(&mut message, dialect);
        self.depth_line(dialect).iter().for_each(|depth| line(&mut message, depth));
        self.wants.iter().for_each(|id| line(&mut message, &format!("want {id}")));
        self.haves.iter().for_each(|id| line(&mut message, &format!("have {id}")));
        line(&mut message, "done");
        flush(&mut message);
        message
    }

    fn version_0(&self, dialect: &Dialect, can: &dyn Fn(&str) -> bool) -> Vec<u8> {
        // Some servers answer only to clients that can be told which commits are common.
        let first_of = |words: &[&'static str]| words.iter().copied().find(|word| can(word));
        let options = [
            first_of(&["multi_ack_detailed", "multi_ack"]),
            first_of(&["side-band-64k", "side-band"]),
            first_of(&["thin-pack"]),
            first_of(&["no-progress"]),
            first_of(&["ofs-delta"]),
        ];
        let mut options =
            options.into_iter().flatten().fold(String::new(), |all, one| all + " " + one);
        let mut message = Vec::new();
        for id in &self.wants {
            line(&mut message, &format!("want {id}{options}"));
            options.clear();
        }
        self.shallow_lines(&mut message, dialect);
        self.depth_line(dialect).iter().for_each(|depth| line(&mut message, depth));
        flush(&mut message);
        self.haves.iter().for_each(|id| line(&mut message, &format!("have {id}")));
        line(&mut message, "done");
        message
    }

    fn shallow_lines(&self, message: &mut Vec<u8>, dialect: &Dialect) {
        // A server that cannot cut has not cut, and does not know the word.
        for id in self.shallow.iter().filter(|_| dialect.can_cut_by_depth()) {
            line(message, &format!("shallow {id}"));
        }
    }

    fn depth_line(&self, dialect: &Dialect) -> Option<String> {
        match self.depth {
            Depth::Commits(count) if dialect.can_cut_by_depth() => Some(format!("deepen {count}")),
            Depth::Since(time) if dialect.can_cut_by_time() => Some(format!("deepen-since {time}")),
            Depth::Commits(_) | Depth::Since(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        let id = |digit: &str| Id::parse(&digit.repeat(40)).unwrap();
        Request {
            wants: vec![id("a"), id("b")],
            haves: vec![id("c")],
            shallow: vec![id("c")],
            depth: Depth::Commits(1),
        }
    }

    fn lines(message: &[u8]) -> String {
        let text = String::from_utf8(message.to_vec()).unwrap();
        text.replace(&"a".repeat(40), "A")
            .replace(&"b".repeat(40), "B")
            .replace(&"c".repeat(40), "C")
    }

    #[test]
    fn version_2_asks_in_one_message() {
        let message =
            request().encode(&Dialect::V2 { unborn: true, shallow: true, object_format: true });
        assert_eq!(
            lines(&message),
            "0012command=fetch\n0017object-format=sha1\n0001000ethin-pack\n0010no-progress\n\
             000eofs-delta\n0035shallow C\n000ddeepen 1\n0032want A\n0032want B\n0032have C\n\
             0009done\n0000"
        );
    }

    #[test]
    fn version_0_names_only_what_the_server_offers() {
        let can = ["shallow", "side-band-64k", "ofs-delta", "multi_ack"].map(str::to_owned).into();
        let message = request().encode(&Dialect::V0(can));
        assert_eq!(
            lines(&message),
            "0054want A multi_ack side-band-64k ofs-delta\n0032want B\n0035shallow C\n\
             000ddeepen 1\n00000032have C\n0009done\n"
        );
        let plain = Dialect::V2 { unborn: false, shallow: false, object_format: false };
        let text = lines(&request().encode(&plain));
        assert!(!text.contains("shallow") && !text.contains("object-format"), "{text}");
        let message = request().encode(&Dialect::V0(["side-band-64k".to_owned()].into()));
        assert!(!lines(&message).contains("deepen"));
    }
}
