//! The documents of a text one by one, as Go programs read them that stop at the first problem. Source:
//! apimachinery `pkg/util/yaml/decoder.go` (`YAMLReader`).

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::first::{Error, document};
use crate::limits::{Budget, Limit, Limits};
use crate::resolve::Dialect;
use crate::split::{Chunk, split};
use crate::text::Fault;

/// The documents of a text, in order. All share the limits of the text. Behind an error there is nothing.
pub struct Each<'t> {
    bytes: &'t [u8],
    dialect: Dialect,
    limits: Limits,
    budget: Budget,
    chunks: std::vec::IntoIter<Chunk<'t>>,
    /// The separators that have other text behind them.
    bad: Vec<Fault>,
    read: usize,
    is_over: bool,
}

/// Why there is no next document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EachError {
    /// A separator has other text behind it.
    #[error("invalid Yaml document separator: {0}")]
    Separator(String),
    /// The text has more documents than we read.
    #[error("more than {0} documents")]
    Documents(usize),
    /// The document cannot be read.
    #[error(transparent)]
    Document(#[from] Error),
}

impl<'t> Each<'t> {
    /// The documents of a text, as a tool reads them.
    pub fn new(text: &'t [u8], dialect: Dialect, limits: Limits) -> Self {
        let (chunks, bad) =
            if is_too_long(text, limits) { (Vec::new(), Vec::new()) } else { split(text, 0) };
        Self {
            bytes: text,
            dialect,
            limits,
            budget: Budget::new(limits),
            chunks: chunks.into_iter(),
            bad,
            read: 0,
            is_over: false,
        }
    }

    fn document(&mut self) -> Option<Result<Value, EachError>> {
        if is_too_long(self.bytes, self.limits) {
            return Some(Err(Error::Limit(Limit::Bytes(self.limits.bytes)).into()));
        }
        let chunk = self.chunks.next()?;
        let whole = chunk.at..=chunk.at + chunk.bytes.len();
        if let Some(text) = self.bad_separator(&whole) {
            return Some(Err(EachError::Separator(text)));
        }
        self.read += 1;
        if self.read > self.limits.documents {
            return Some(Err(EachError::Documents(self.limits.documents)));
        }
        Some(document(chunk.bytes, self.dialect, &mut self.budget).map_err(EachError::from))
    }

    /// What stands behind the first bad separator in, or at the end of, a part of the text.
    fn bad_separator(&self, part: &RangeInclusive<usize>) -> Option<String> {
        let at = self.bad.iter().find(|fault| part.contains(&fault.at))?.at;
        let line = self.bytes[at..].split(|byte| *byte == b'\n').next().unwrap_or_default();
        Some(String::from_utf8_lossy(line.get(3..).unwrap_or_default()).trim().to_owned())
    }
}

fn is_too_long(text: &[u8], limits: Limits) -> bool {
    text.len() as u64 > limits.bytes
}

impl Iterator for Each<'_> {
    type Item = Result<Value, EachError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = self.document();
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn each(text: &str) -> Vec<Result<Value, String>> {
        let each = Each::new(text.as_bytes(), Dialect::Helm, Limits::default());
        each.map(|document| document.map_err(|error| error.to_string())).collect()
    }

    #[test]
    fn documents_come_in_order_until_one_cannot_be_read() {
        assert_eq!(each("a: 1\n---\nb: 2.0\n"), [Ok(json!({"a": 1})), Ok(json!({"b": 2.0}))]);
        let unknown = "yaml: unknown anchor 'x' referenced".to_owned();
        assert_eq!(each("a: 1\n---\nb: *x\n---\nc: 3\n"), [Ok(json!({"a": 1})), Err(unknown)]);
        assert_eq!(each(""), []);
    }

    #[test]
    fn a_separator_with_text_hides_the_document_before_it() {
        let bad = "invalid Yaml document separator: x: 1".to_owned();
        assert_eq!(each("a: 1\n--- x: 1\n"), [Err(bad.clone())]);
        assert_eq!(each("--- x: 1\na: 1\n"), [Err(bad)]);
        assert_eq!(each("a: 1\n--- # x\nb: 1\n").len(), 2);
    }
}
