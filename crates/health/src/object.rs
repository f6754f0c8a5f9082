//! Reading fields of a live object that nobody has checked. `null` counts as absent, as it does for
//! the API server.

use serde_json::Value;

/// A field of a live object has another type than its kind's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} accessor error: {value} is of the type {found}, expected {expected}")]
pub struct Malformed {
    path: String,
    value: String,
    found: &'static str,
    expected: &'static str,
}

/// One entry of `status.conditions`; what is absent is empty.
#[derive(Clone, Copy, Debug)]
pub struct Condition<'a> {
    pub kind: &'a str,
    pub status: &'a str,
    pub reason: &'a str,
    pub message: &'a str,
}

impl Condition<'_> {
    /// Whether it is of that type and true.
    pub fn holds(&self, kind: &str) -> bool {
        self.kind == kind && self.status == "True"
    }
}

/// The field at a path of names, if all on the way are objects.
pub fn field<'a>(object: &'a Value, path: &[&str]) -> Result<Option<&'a Value>, Malformed> {
    let mut here = object;
    for name in path {
        match here {
            Value::Object(fields) => match fields.get(*name) {
                None | Some(Value::Null) => return Ok(None),
                Some(value) => here = value,
            },
            other => return Err(malformed(path, other, "map[string]interface{}")),
        }
    }
    Ok(Some(here))
}

/// A whole number.
pub fn int(object: &Value, path: &[&str]) -> Result<Option<i64>, Malformed> {
    typed(object, path, Value::as_i64, "int64")
}

/// A text; empty where it is absent.
pub fn text<'a>(object: &'a Value, path: &[&str]) -> Result<&'a str, Malformed> {
    Ok(typed(object, path, Value::as_str, "string")?.unwrap_or_default())
}

/// A truth value; false where it is absent.
pub fn flag(object: &Value, path: &[&str]) -> Result<bool, Malformed> {
    Ok(typed(object, path, Value::as_bool, "bool")?.unwrap_or_default())
}

/// A list; empty where it is absent.
pub fn list<'a>(object: &'a Value, path: &[&str]) -> Result<&'a [Value], Malformed> {
    let list = typed(object, path, |value| value.as_array().map(Vec::as_slice), "[]interface{}")?;
    Ok(list.unwrap_or_default())
}

/// A whole number, or the default where the field is absent or of another type.
pub fn int_or(object: &Value, path: &[&str], default: i64) -> i64 {
    int(object, path).ok().flatten().unwrap_or(default)
}

/// A text, or the default where the field is absent or of another type.
pub fn text_or<'a>(object: &'a Value, path: &[&str], default: &'a str) -> &'a str {
    typed(object, path, Value::as_str, "string").ok().flatten().unwrap_or(default)
}

/// The object's conditions, in its order.
pub fn conditions(object: &Value) -> Result<Vec<Condition<'_>>, Malformed> {
    list(object, &["status", "conditions"])?.iter().map(condition).collect()
}

fn condition(value: &Value) -> Result<Condition<'_>, Malformed> {
    Ok(Condition {
        kind: text(value, &["type"])?,
        status: text(value, &["status"])?,
        reason: text(value, &["reason"])?,
        message: text(value, &["message"])?,
    })
}

fn typed<'a, T>(
    object: &'a Value,
    path: &[&str],
    read: impl FnOnce(&'a Value) -> Option<T>,
    expected: &'static str,
) -> Result<Option<T>, Malformed> {
    match field(object, path)? {
        None => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| malformed(path, value, expected)),
    }
}

fn malformed(path: &[&str], value: &Value, expected: &'static str) -> Malformed {
    let found = match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() || number.is_u64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    Malformed { path: format!(".{}", path.join(".")), value: shown(value), found, expected }
}

/// Scalars in full, of anything larger only that it is there: a message is read by people.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.chars().take(80).collect(),
        Value::Array(_) => "[…]".to_owned(),
        Value::Object(_) => "map[…]".to_owned(),
        scalar => scalar.to_string(),
    }
}
