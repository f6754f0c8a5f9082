//! What is sent back.

use crate::refusal::Refusal;
use crate::watch::Opened;
use serde_json::Value;

/// The answer to a request that has an end.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP code.
    pub code: u16,
    /// The headers, without the content's length.
    pub headers: Vec<(String, String)>,
    /// The body: JSON, but for the few paths that answer with text.
    pub body: Value,
}

impl Answer {
    pub(crate) fn json(code: u16, body: Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { code, headers, body }
    }

    /// A text that is no JSON.
    pub(crate) fn text(code: u16, text: &str) -> Self {
        let kind = "text/plain; charset=utf-8".to_owned();
        Self { code, headers: vec![("content-type".to_owned(), kind)], body: text.into() }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The body as it goes over the wire.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let is_text = self.headers.iter().any(|(_, value)| value.starts_with("text/"));
        match &self.body {
            Value::String(text) if is_text => text.clone().into_bytes(),
            body => body.to_string().into_bytes(),
        }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let answer = match refusal.text() {
            Some(text) => Self::text(refusal.code, text),
            None => Self::json(refusal.code, refusal.status()),
        };
        match refusal.retry_after_seconds {
            Some(seconds) => answer.with("retry-after", seconds.to_string()),
            None => answer,
        }
    }
}

/// An answer, or the beginning of one that goes on.
pub(crate) enum Reply {
    Whole(Answer),
    Watch(Opened),
}
