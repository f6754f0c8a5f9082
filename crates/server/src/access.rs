//! Who may ask what, while there is no sign-in: health is open, a webhook is signed, and what is
//! neither answers this machine only.

use axum::http::{HeaderMap, header};
use std::net::SocketAddr;

/// A secret text that a caller must know. It is never printed.
#[derive(Clone)]
pub struct Token(Vec<u8>);

impl Token {
    /// Takes a secret; white space around it (a file's last line end) does not belong to it. An empty
    /// one is none.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.as_bytes().to_vec()))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The secrets that open what is closed to other machines.
#[derive(Clone, Default)]
pub struct Access {
    /// Signs webhooks, as GitHub does. Without it only loopback peers may send one.
    pub webhook: Option<Token>,
    /// Bearer token for `/metrics`. Without it only loopback peers may read them.
    pub metrics: Option<Token>,
}

impl Access {
    /// Whether this caller may read the metrics.
    pub(crate) fn metrics(&self, peer: SocketAddr, headers: &HeaderMap) -> bool {
        let Some(token) = &self.metrics else { return is_loopback(peer) };
        let given = headers.get(header::AUTHORIZATION).map(axum::http::HeaderValue::as_bytes);
        let given = given.and_then(|value| value.strip_prefix(b"Bearer "));
        given.is_some_and(|given| same(given, token.bytes()))
    }
}

/// A proxy on this machine forwards foreign callers from loopback: whoever runs one sets the secrets.
pub(crate) fn is_loopback(peer: SocketAddr) -> bool {
    peer.ip().to_canonical().is_loopback()
}

/// Compares without telling by its duration where the first difference is.
fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |sum, (l, r)| sum | (l ^ r)) == 0
}
