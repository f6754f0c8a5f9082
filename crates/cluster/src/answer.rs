//! What came back for one request.

use bytes::Bytes;
use std::time::Duration;
use trimtab_index::answer::Refusal;

/// The answer to a request.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP code.
    pub code: u16,
    /// The body.
    pub body: Bytes,
    /// For how long the server wants to be left alone.
    pub retry_after: Option<Duration>,
    /// The body's type.
    pub content_type: String,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The server has not seen the request.
    NotSent(String),
    /// It may have.
    Lost(String),
}

impl NoAnswer {
    /// The sentence.
    pub fn message(&self) -> &str {
        match self {
            Self::NotSent(message) | Self::Lost(message) => message,
        }
    }
}

impl Answer {
    /// Whether the server did what it was asked for.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// The body as text.
    pub fn text(&self) -> Result<&str, NoAnswer> {
        std::str::from_utf8(&self.body)
            .map_err(|_| NoAnswer::Lost("the answer is not UTF-8".to_owned()))
    }

    /// Why the server refused, in its own words. A body that is none of its own is taken as the
    /// message: proxies on the way answer with pages.
    pub fn refusal(&self) -> Refusal {
        let read = serde_json::from_slice::<Refusal>(&self.body).ok();
        let mut refusal = read.filter(|refusal| refusal.code != 0).unwrap_or_else(|| Refusal {
            message: String::from_utf8_lossy(&self.body).trim().to_owned(),
            ..Refusal::default()
        });
        refusal.code = self.code;
        refusal
    }
}
