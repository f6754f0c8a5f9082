//! What keywords of a schema must look like. The library says so by the schema of all schemas; here it is a
//! table.

use serde_json::{Map, Value};

use super::Stop;
use crate::function::translated_pattern;

/// The types that values have.
const TYPES: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];

/// Refuses a schema with a keyword that is not as it must be.
pub(super) fn check(map: &Map<String, Value>) -> Result<(), Stop> {
    for (key, value) in map {
        if !is_right(key, value) {
            let key = super::fault::quote(key);
            return Err(Stop::Unusable(format!(
                "\"file:///values.schema.json#\" is not valid against metaschema: the keyword {key} \
                 has a value that it cannot have"
            )));
        }
    }
    Ok(())
}

fn is_right(key: &str, value: &Value) -> bool {
    let is_schema = |value: &Value| value.is_object() || value.is_boolean();
    let is_count = |value: &Value| value.as_f64().is_some_and(|n| n >= 0.0 && n.fract() == 0.0);
    let all = |is: &dyn Fn(&Value) -> bool| value.as_array().is_some_and(|all| all.iter().all(is));
    let of =
        |is: &dyn Fn(&Value) -> bool| value.as_object().is_some_and(|all| all.values().all(is));
    match key {
        "type" => {
            let is_type = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
            is_type(value) || (all(&is_type) && value != &Value::Array(Vec::new()))
        }
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties"
        | "minContains" | "maxContains" => is_count(value),
        "minimum" | "maximum" => value.is_number(),
        "exclusiveMinimum" | "exclusiveMaximum" => value.is_number() || value.is_boolean(),
        "multipleOf" => value.as_f64().is_some_and(|number| number > 0.0),
        "pattern" => value.as_str().is_some_and(|text| translated_pattern(text.as_bytes()).is_ok()),
        "required" => all(&Value::is_string),
        "enum" => value.is_array(),
        "properties" | "dependentSchemas" | "$defs" | "definitions" => of(&is_schema),
        "patternProperties" => {
            let names = value.as_object().into_iter().flat_map(Map::keys);
            let mut names = names.map(|name| translated_pattern(name.as_bytes()));
            of(&is_schema) && names.all(|name| name.is_ok())
        }
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
            all(&is_schema) && value != &Value::Array(Vec::new())
        }
        "items" => is_schema(value) || value.is_array(),
        "not"
        | "if"
        | "then"
        | "else"
        | "additionalProperties"
        | "additionalItems"
        | "contains"
        | "propertyNames"
        | "unevaluatedItems"
        | "unevaluatedProperties" => is_schema(value),
        "uniqueItems" => value.is_boolean(),
        "$ref" | "$schema" | "$id" | "title" | "description" | "format" => value.is_string(),
        _ => true,
    }
}
