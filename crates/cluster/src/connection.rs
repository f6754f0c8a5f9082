//! Connections to one API server.
//!
//! One connection carries everything while the server speaks HTTP/2 and no more than
//! `CONNECTION_STREAMS_MAX` requests are under way; the next one is opened beyond that. A server that
//! only speaks HTTP/1 gets a connection for each request that is under way.
//!
//! A request is sent once. Whether it was sent at all is known: a write that waited for a connection
//! longer than it may does not begin (P10).

mod dial;
mod pool;
mod service;

pub use dial::Dialer;
pub use pool::Pool;
pub use service::{NotAfter, Wire};

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// It was not sent.
    #[error("no connection to {address}")]
    NotConnected {
        /// Host and port.
        address: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It was not sent: the connection closed before it.
    #[error("the connection closed before the request was sent")]
    NotSent(#[source] hyper::Error),
    /// It was not sent: its time was over.
    #[error("there was no connection until the time of the request was over")]
    TooLate,
    /// It was sent, and the connection broke before the answer.
    #[error("the connection broke before the answer")]
    Broken(#[source] hyper::Error),
}

impl ConnectionError {
    /// Whether it is certain that the server has not seen the request.
    pub fn is_unsent(&self) -> bool {
        match self {
            Self::NotConnected { .. } | Self::NotSent(_) | Self::TooLate => true,
            Self::Broken(_) => false,
        }
    }
}
