//! What is said to a server and what it says: Git's protocol, versions 0 to 2, without any transport.
//! Source: gitprotocol-v2, gitprotocol-pack, gitprotocol-http.

mod advertisement;
mod answer;
mod dialect;
mod listing;
mod request;

pub(crate) use advertisement::{Advertisement, Advertising};
pub(crate) use answer::{Answer, ShallowUpdate};
pub(crate) use dialect::Dialect;
pub(crate) use listing::{Listing, ls_refs_request};
pub(crate) use request::{Depth, Request};

use crate::pktline::Malformed;

/// Why an answer cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server said that it failed.
    Said(String),
    /// The server does not have, or does not give, what we want.
    NotOurs,
    /// The answer is against the protocol.
    Broken(&'static str),
    /// Whatever answers does not speak the protocol at all.
    NotGit(&'static str),
    /// The repository is of a sort that is not supported.
    Unsupported(&'static str),
}

impl From<Malformed> for Fault {
    fn from(_: Malformed) -> Self {
        Self::Broken("its packets have no valid length")
    }
}

/// Turns what a server says of its failure into a fault. The text may be anything.
fn said(text: &[u8]) -> Fault {
    /// Longer texts are cut.
    const CHARACTERS_MAX: usize = 300;
    let text = String::from_utf8_lossy(text);
    if text.contains("not our ref") || text.contains("upload-pack: not our") {
        return Fault::NotOurs;
    }
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    Fault::Said(plain.take(CHARACTERS_MAX).collect::<String>().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_cut_and_cannot_move_the_cursor() {
        assert_eq!(said(b"fatal:\x1b[2J no\n"), Fault::Said("fatal: [2J no".into()));
        let Fault::Said(text) = said(&[b'a'; 5_000]) else { unreachable!() };
        assert_eq!(text.len(), 300);
        assert_eq!(said(b"upload-pack: not our ref 0123"), Fault::NotOurs);
    }
}
