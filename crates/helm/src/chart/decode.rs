//! YAML as a Go program reads it into a struct: numbers become texts where a text is wanted, keys match in
//! any case, what is not there stays as it was, and the first type that does not fit is the error. Source:
//! sigs.k8s.io/yaml `yaml.go`, Go `encoding/json` (`decode.go`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use trimtab_yaml::{Dialect, Limits, float_to_key};

use super::Error;
use crate::values::{NO_MAP, cannot_unmarshal, with_floats};

/// The first document of a file, and how it is read into a struct.
///
/// # Errors
/// It is no YAML, or does not fit; in helm's words, without the name of the file.
pub(super) fn into_struct(
    bytes: &[u8],
    name: &'static str,
    read: impl FnOnce(&mut Decoder, &Map<String, Value>),
) -> Result<(), Error> {
    let value = document(bytes)?;
    let mut decoder = Decoder { path: Vec::new(), saved: None, fatal: None };
    match &value {
        Value::Null => {}
        Value::Object(map) => read(&mut decoder, map),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            decoder.saved = Some(cannot_unmarshal(&value, &format!("Go value of type {name}")));
        }
    }
    match decoder.fatal.or(decoder.saved) {
        Some(reason) => Err(Error::refused(reason).within(NO_MAP)),
        None => Ok(()),
    }
}

fn document(bytes: &[u8]) -> Result<Value, Error> {
    match trimtab_yaml::first_as(bytes, Dialect::Helm, Limits::default()) {
        Ok(value) => Ok(value),
        Err(trimtab_yaml::Error::Syntax(reason)) => {
            Err(Error::refused(reason).within("error converting YAML to JSON"))
        }
        Err(trimtab_yaml::Error::Limit(limit)) => Err(Error::beyond_reader(limit)),
    }
}

/// Reads fields, and keeps the first error.
pub(super) struct Decoder {
    /// The keys and places that lead here.
    path: Vec<String>,
    saved: Option<String>,
    fatal: Option<String>,
}

impl Decoder {
    /// Reads each entry into the field of its name; those of no field are passed over.
    pub(super) fn fields(
        &mut self,
        map: &Map<String, Value>,
        names: &[&'static str],
        mut read: impl FnMut(&mut Self, &'static str, &Value),
    ) {
        for (key, value) in map {
            let exact = names.iter().find(|name| *name == key);
            if let Some(name) = exact.or_else(|| names.iter().find(|name| folds(key, name))) {
                self.at(key, |decoder| read(decoder, name, value));
            }
        }
    }

    /// Reads what stands at a key or a place.
    fn at(&mut self, key: &impl ToString, read: impl FnOnce(&mut Self)) {
        self.path.push(key.to_string());
        read(self);
        self.path.pop();
    }

    pub(super) fn refuse(&mut self, value: &Value, wanted: &str) {
        let is_place = |key: &String| !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit());
        let what = if self.path.last().is_some_and(is_place) { "" } else { "Go struct field " };
        let place = format!("{what}.{} of type {wanted}", self.path.join("."));
        self.saved.get_or_insert_with(|| cannot_unmarshal(value, &place));
    }

    /// Ends the reading.
    pub(super) fn fail(&mut self, reason: String) {
        self.fatal.get_or_insert(reason);
    }

    pub(super) fn text(&mut self, value: &Value, into: &mut String) {
        match value {
            Value::Null => {}
            Value::String(text) => into.clone_from(text),
            Value::Bool(truth) => *into = truth.to_string(),
            Value::Number(number) => {
                *into = match number.as_f64() {
                    Some(float) if number.is_f64() => {
                        float_to_key(float).replace(".inf", "+Inf").replace("-+Inf", "-Inf")
                    }
                    _ => number.to_string(),
                };
            }
            Value::Array(_) | Value::Object(_) => self.refuse(value, "string"),
        }
    }

    pub(super) fn truth(&mut self, value: &Value, into: &mut bool) {
        match value {
            Value::Null => {}
            Value::Bool(truth) => *into = *truth,
            Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                self.refuse(value, "bool");
            }
        }
    }

    pub(super) fn texts(&mut self, value: &Value, into: &mut Vec<String>) {
        self.list(value, into, "[]string", Self::text);
    }

    /// Any values, with floats alone.
    pub(super) fn any(&mut self, value: &Value, into: &mut Vec<Value>) {
        self.list(value, into, "[]interface {}", |_, value, into| {
            into.clone_from(value);
            with_floats(into);
        });
    }

    /// A list. Items that were there before are read over.
    pub(super) fn list<T: Default>(
        &mut self,
        value: &Value,
        into: &mut Vec<T>,
        wanted: &str,
        mut read: impl FnMut(&mut Self, &Value, &mut T),
    ) {
        match value {
            Value::Null => into.clear(),
            Value::Array(items) => {
                into.resize_with(items.len().max(into.len()), T::default);
                for (index, (item, into)) in items.iter().zip(into.iter_mut()).enumerate() {
                    self.at(&index, |decoder| read(decoder, item, into));
                }
                into.truncate(items.len());
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                self.refuse(value, wanted);
            }
        }
    }

    /// Texts by names, in addition to those that were there before.
    pub(super) fn map_of_texts(
        &mut self,
        value: &Value,
        into: &mut Option<BTreeMap<String, String>>,
    ) {
        match value {
            Value::Null => *into = None,
            Value::Object(map) => {
                let into = into.get_or_insert_default();
                for (key, value) in map {
                    let mut text = String::new();
                    self.at(key, |decoder| decoder.text(value, &mut text));
                    into.insert(key.clone(), text);
                }
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                self.refuse(value, "map[string]string");
            }
        }
    }

    /// A struct that may be null.
    pub(super) fn pointer<T: Default>(
        &mut self,
        value: &Value,
        into: &mut Option<T>,
        name: &'static str,
        read: impl FnOnce(&mut Self, &Map<String, Value>, &mut T),
    ) {
        match value {
            Value::Null => *into = None,
            Value::Object(map) => read(self, map, into.get_or_insert_default()),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                into.get_or_insert_default();
                self.refuse(value, name);
            }
        }
    }
}

/// Whether two names are equal but for their case. Two letters beyond ASCII fold to one within.
fn folds(key: &str, name: &str) -> bool {
    let plain = |character: char| match character {
        '\u{17F}' => 's',
        '\u{212A}' => 'k',
        _ => character.to_ascii_lowercase(),
    };
    key.chars().map(plain).eq(name.chars().map(plain))
}
