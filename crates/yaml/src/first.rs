//! The first document of a text, and go-yaml's own words where there is none. Source: go-yaml v2
//! `decode.go` (`parser.fail`), sigs.k8s.io/yaml `yaml.go` (`Unmarshal`).

use crate::decode::decode;
use crate::limits::{Budget, Limit, Limits};
use crate::parse::{Parsed, parse};
use crate::resolve::Dialect;
use crate::text::{Fault, Lines, as_utf8, characters};
use serde_json::Value;

/// Reads the first document of a text, as a Go program does with sigs.k8s.io/yaml: what follows it is
/// not looked at. A text without a document is null.
///
/// # Errors
/// The text is no YAML, or it reaches a limit.
pub fn first(text: &[u8], limits: Limits) -> Result<Value, Error> {
    first_as(text, Dialect::Kubectl, limits)
}

/// The same with a tool's own reading of numbers.
///
/// # Errors
/// The text is no YAML, or it reaches a limit.
pub fn first_as(text: &[u8], dialect: Dialect, limits: Limits) -> Result<Value, Error> {
    if text.len() as u64 > limits.bytes {
        return Err(Error::Limit(Limit::Bytes(limits.bytes)));
    }
    document(text, dialect, &mut Budget::new(limits))
}

/// The first document of a text that is not too long.
pub(crate) fn document(text: &[u8], dialect: Dialect, budget: &mut Budget) -> Result<Value, Error> {
    let (bytes, replaced) = as_utf8(text);
    if replaced.is_some() {
        return Err(Error::Syntax("yaml: invalid leading UTF-8 octet".to_owned()));
    }
    let read = |budget: &mut Budget| {
        let text = characters(&bytes)?;
        let Some(Parsed { graph, root, .. }) = parse(text, budget)? else {
            return Ok(Value::Null);
        };
        decode(&graph, root, dialect, budget).map(|decoded| decoded.value)
    };
    read(budget).map_err(|fault| match fault.limit {
        Some(limit) => Error::Limit(limit),
        None => Error::Syntax(in_words(&fault, &bytes)),
    })
}

/// Why a text has no first document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no YAML: in the words of sigs.k8s.io/yaml without its first ones (`error converting YAML to
    /// JSON: `), because charts print and compare them.
    #[error("{0}")]
    Syntax(String),
    /// It is more than we read.
    #[error("{0}")]
    Limit(Limit),
}

/// What the parser says, and not the scanner; only the scanner counts lines from 1.
const PARSER: [&str; 10] = [
    "did not find expected <document start>",
    "found duplicate %YAML directive",
    "found incompatible YAML document",
    "found duplicate %TAG directive",
    "found undefined tag handle",
    "did not find expected node content",
    "did not find expected '-' indicator",
    "did not find expected key",
    "did not find expected ',' or ']'",
    "did not find expected ',' or '}'",
];

fn in_words(fault: &Fault, bytes: &[u8]) -> String {
    let message = &*fault.message;
    if message == NO_JSON {
        let number = match bytes.get(fault.at..).unwrap_or_default() {
            [b'-', ..] => "-Inf",
            [b'.', b'n' | b'N', ..] => "NaN",
            _ => "+Inf",
        };
        return format!("json: unsupported value: {number}");
    }
    if message == SELF_CONTAINED || message == UNKNOWN_ANCHOR {
        let rest = bytes.get(fault.at + 1..).unwrap_or_default();
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'_' | b'-');
        let length = rest.iter().take_while(is_name).count();
        let name = String::from_utf8_lossy(&rest[..length]);
        return match message {
            UNKNOWN_ANCHOR => format!("yaml: unknown anchor '{name}' referenced"),
            _ => format!("yaml: anchor '{name}' value contains itself"),
        };
    }
    if !fault.is_located {
        return format!("yaml: {message}");
    }
    let (line, column) = Lines::of(bytes).place(fault.seen_at);
    let is_parsers = PARSER.contains(&message);
    // The scanner ends the last line before it looks what is left open.
    let is_ended = (is_parsers || message == "could not find expected ':'")
        && fault.seen_at >= bytes.len()
        && column > 1;
    let line = line + u32::from(is_ended);
    let before = line - 1;
    match (before, is_parsers) {
        (0, _) => format!("yaml: {message}"),
        (_, true) => format!("yaml: line {before}: {message}"),
        (_, false) => format!("yaml: line {line}: {message}"),
    }
}

/// What the parser says of an alias. A password that begins with `*` is read as its name.
pub(crate) const UNKNOWN_ANCHOR: &str = "unknown anchor referenced; a text with a `*` needs quotes";

/// What the decoder says of an anchor that stands in its own value.
pub(crate) const SELF_CONTAINED: &str = "an anchor's value contains itself";

/// What the decoder says of numbers that JSON has not.
pub(crate) const NO_JSON: &str = "infinity and NaN have no meaning in JSON";
