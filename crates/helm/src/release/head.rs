//! What helm reads of a document: its kind, name and annotations. Source: helm `manifest.go`
//! (`SimpleHead`), sigs.k8s.io/yaml (`Unmarshal`), Go `encoding/json`, whose words the errors are in.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};
use trimtab_template::{Digits, FloatType, format_float};
use trimtab_yaml::Limits;

use crate::failure::Failure;

/// The head of a document.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub(super) api_version: String,
    /// Empty for what has none, such as a document of comments.
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) annotations: BTreeMap<String, String>,
}

impl Head {
    /// Reads the first document of a text.
    ///
    /// # Errors
    /// It is no YAML, or has something else where texts must be.
    pub(super) fn read(path: &str, text: &[u8]) -> Result<Self, Failure> {
        let value = trimtab_yaml::first(text, Limits::default()).map_err(|error| {
            let reason = match error {
                trimtab_yaml::Error::Syntax(reason) => {
                    format!("error converting YAML to JSON: {reason}")
                }
                trimtab_yaml::Error::Limit(limit) => limit.to_string(),
            };
            Failure::told(format!("YAML parse error on {path}: {reason}"))
        })?;
        Self::of(value).map_err(|mismatch| {
            Failure::told(format!(
                "YAML parse error on {path}: error unmarshaling JSON: while decoding JSON: json: \
                 cannot unmarshal {mismatch}"
            ))
        })
    }

    fn of(value: Value) -> Result<Self, String> {
        let mut head = Self::default();
        let fields = match value {
            Value::Null => return Ok(head),
            Value::Object(fields) => fields,
            other => return Err(format!("{} into Go value of type util.SimpleHead", kind(&other))),
        };
        for (key, value) in sorted(fields) {
            let place = format!(".{key}");
            if key.eq_ignore_ascii_case("apiVersion") {
                text(&place, value, &mut head.api_version)?;
            } else if key.eq_ignore_ascii_case("kind") {
                text(&place, value, &mut head.kind)?;
            } else if key.eq_ignore_ascii_case("metadata") {
                head.metadata(&place, value)?;
            }
        }
        Ok(head)
    }

    fn metadata(&mut self, place: &str, value: Value) -> Result<(), String> {
        const TYPE: &str = "struct { Name string \"json:\\\"name\\\"\"; Annotations \
                            map[string]string \"json:\\\"annotations\\\"\" }";
        let fields = match value {
            Value::Null => {
                self.name.clear();
                self.annotations.clear();
                return Ok(());
            }
            Value::Object(fields) => fields,
            other => return Err(wrong(place, &other, TYPE)),
        };
        for (key, value) in sorted(fields) {
            let place = format!("{place}.{key}");
            if key.eq_ignore_ascii_case("name") {
                text(&place, value, &mut self.name)?;
            } else if key.eq_ignore_ascii_case("annotations") {
                self.annotations(&place, value)?;
            }
        }
        Ok(())
    }

    fn annotations(&mut self, place: &str, value: Value) -> Result<(), String> {
        let entries = match value {
            Value::Null => {
                self.annotations.clear();
                return Ok(());
            }
            Value::Object(entries) => entries,
            other => return Err(wrong(place, &other, "map[string]string")),
        };
        for (key, value) in sorted(entries) {
            let mut annotation = String::new();
            text(&format!("{place}.{key}"), value, &mut annotation)?;
            self.annotations.insert(key, annotation);
        }
        Ok(())
    }
}

/// The entries in the order in which Go writes and reads them.
fn sorted(entries: Map<String, Value>) -> Vec<(String, Value)> {
    let mut entries: Vec<(String, Value)> = entries.into_iter().collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries
}

/// Puts a text where one is wanted. Numbers and booleans become texts, and null leaves what is there.
fn text(place: &str, value: Value, into: &mut String) -> Result<(), String> {
    *into = match value {
        Value::Null => return Ok(()),
        Value::String(text) => text,
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number_text(&number),
        other => return Err(wrong(place, &other, "string")),
    };
    Ok(())
}

fn number_text(number: &Number) -> String {
    if let Some(int) = number.as_i64() {
        return int.to_string();
    }
    let float = number.as_f64().unwrap_or_default();
    format_float(float, FloatType::Float32, 'g', Digits::Shortest)
}

fn wrong(place: &str, value: &Value, wanted: &str) -> String {
    format!("{} into Go struct field {place} of type {wanted}", kind(value))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
