//! Values out of files.

use serde_json::{Map, Number, Value};
use trimtab_yaml::{Dialect, Each, EachError, Limits};

use crate::chart::Error;

/// The documents of a file, each over those before it. All numbers are floats. Source: helm
/// `load.go` (`LoadValues`).
pub(crate) fn read(bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    let mut values = Map::new();
    for document in Each::new(bytes, Dialect::Helm, Limits::default()) {
        match document.map_err(in_words)? {
            Value::Null => {}
            Value::Object(mut map) => {
                map.values_mut().for_each(with_floats);
                merge(&mut values, map);
            }
            other => {
                let reason = cannot_unmarshal(&other, "Go value of type map[string]interface {}");
                return Err(Error::refused(format!(
                    "cannot unmarshal yaml document: {NO_MAP}: {reason}"
                )));
            }
        }
    }
    Ok(values)
}

/// What sigs.k8s.io/yaml says where the YAML is right and the types are wrong.
pub(crate) const NO_MAP: &str = "error unmarshaling JSON: while decoding JSON";

/// What Go's `encoding/json` says of a value where it wants another type.
pub(crate) fn cannot_unmarshal(value: &Value, wanted: &str) -> String {
    let sort = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!("json: cannot unmarshal {sort} into {wanted}")
}

fn in_words(error: EachError) -> Error {
    let broken = "cannot unmarshal yaml document: error converting YAML to JSON";
    match error {
        EachError::Separator(_) => Error::refused(format!("error reading yaml document: {error}")),
        EachError::Documents(_) => Error::beyond_reader(error),
        EachError::Document(trimtab_yaml::Error::Syntax(reason)) => {
            Error::refused(reason).within(broken)
        }
        EachError::Document(trimtab_yaml::Error::Limit(limit)) => Error::beyond_reader(limit),
    }
}

/// Makes every number a float, as Go's JSON does.
pub(crate) fn with_floats(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(float) = number.as_f64().and_then(Number::from_f64) {
                *number = float;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(with_floats),
        Value::Object(map) => map.values_mut().for_each(with_floats),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Sets the entries of one map over those of another; maps in both are merged. Source: helm `load.go`
/// (`MergeMaps`).
pub(crate) fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(into)), Value::Object(from)) => merge(into, from),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}
