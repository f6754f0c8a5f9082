//! Whether a value has the shape that a schema asks for. A server that has our definitions has asked
//! already; one that has none, or older ones, has not.

use serde_json::Value;
use std::fmt;

/// One place where a value is not of the shape that its schema asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The field, as the user would write it.
    pub field: String,
    /// What it must be.
    pub must: String,
}

/// Displays as a sentence.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must be {}", self.field, self.must)
    }
}

/// Finds every field of a wrong type, every required one that is absent, and every text that is none
/// of the listed ones. `null` counts as absent. Fields that the schema does not have are passed over.
pub fn mismatches(value: &Value, schema: &Value, field: &str) -> Vec<Mismatch> {
    let mut found = Vec::new();
    check(value, schema, field, &mut found);
    found
}

fn check(value: &Value, schema: &Value, field: &str, found: &mut Vec<Mismatch>) {
    if value.is_null() {
        return;
    }
    let must = |must: String| Mismatch { field: field.to_owned(), must };
    match (schema.get("type").and_then(Value::as_str), value) {
        (Some("object"), Value::Object(_)) => check_fields(value, schema, field, found),
        (Some("array"), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                check(item, &schema["items"], &format!("{field}[{index}]"), found);
            }
        }
        (Some("string"), Value::String(text)) => {
            let listed = schema.get("enum").and_then(Value::as_array);
            if listed.is_some_and(|listed| !listed.iter().any(|one| one == text)) {
                found.push(must(format!("one of {}", schema["enum"])));
            }
        }
        (Some("boolean"), Value::Bool(_)) | (None, Value::Number(_) | Value::String(_)) => {}
        (Some("integer"), Value::Number(number)) if number.is_i64() => {}
        (Some("object"), _) => found.push(must("an object".to_owned())),
        (Some("array"), _) => found.push(must("a list".to_owned())),
        (Some("string"), _) => found.push(must("a string".to_owned())),
        (Some("boolean"), _) => found.push(must("true or false".to_owned())),
        (Some(_), _) => found.push(must("a whole number".to_owned())),
        (None, _) => found.push(must("a number or a string".to_owned())),
    }
}

fn check_fields(value: &Value, schema: &Value, field: &str, found: &mut Vec<Mismatch>) {
    let path = |name: &str| {
        if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") }
    };
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        if value.get(name).is_none_or(Value::is_null) {
            found.push(Mismatch { field: path(name), must: "there".to_owned() });
        }
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        if let Some(schema) = schema.get("properties").and_then(|fields| fields.get(name)) {
            check(value, schema, &path(name), found);
        } else if let Some(schema) = schema.get("additionalProperties") {
            check(value, schema, &path(name), found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::mismatches;
    use crate::APPLICATION;
    use serde_json::json;

    #[test]
    fn wrong_types_and_absent_fields_are_named() {
        let value = json!({
            "metadata": {},
            "spec": {
                "project": 4,
                "destination": {},
                "source": {"path": "a", "directory": {"recurse": "yes"}},
                "syncPolicy": {"syncOptions": ["a", 1]},
            },
        });
        let found = mismatches(&value, &APPLICATION.schema().into_value(), "");
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "spec.project must be a string",
                "spec.source.repoURL must be there",
                "spec.source.directory.recurse must be true or false",
                "spec.syncPolicy.syncOptions[1] must be a string",
            ]
        );
    }
}
