//! A JSON document at rest.

use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// A JSON document that is kept for long and read seldom: its text, without spaces. A tree of small
/// maps takes ten times as much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document(Arc<str>);

impl Document {
    /// The document of a value.
    pub fn of(value: &Value) -> Self {
        Self(value.to_string().into())
    }

    /// The value, read anew.
    pub fn value(&self) -> Value {
        // Whoever made the value has bounded its depth; the reader's own bound is lower.
        let mut reader = serde_json::Deserializer::from_str(&self.0);
        reader.disable_recursion_limit();
        // What a value was written as is read as the same value.
        Value::deserialize(&mut reader).unwrap_or(Value::Null)
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Document;
    use crate::limit;
    use serde_json::json;

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let nested = (0..limit::YAML_DEPTH_MAX / 2)
            .fold(json!({"end": null}), |inner, _| json!([{ "in": inner }]));
        let numbers =
            json!([0, -1, u64::MAX, i64::MIN, 0.1, 1e-7, 2.5e300, 0.300_000_000_000_000_04]);
        for value in [json!({"a": "\u{0}\n\"ü\u{10ffff}"}), numbers, nested] {
            assert_eq!(Document::of(&value).value(), value);
        }
    }
}
