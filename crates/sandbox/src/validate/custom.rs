//! Custom resources against the schema of their definition. Source: apiextensions-apiserver,
//! `pkg/apiserver/validation`; the words are those of go-openapi's validator.

use crate::refusal::Cause;
use crate::server::Target;
use serde_json::Value;

/// What does not fit. Formats, rules in CEL, and `oneOf` and its kin are not looked at.
pub(super) fn problems(target: &Target, object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    if let Some(schema) = schema(target) {
        check(schema, object, "", &mut causes);
    }
    causes
}

/// What an apply that took the last member out of a map leaves behind is null, and that is refused
/// where it may not be.
pub(crate) fn nulls(target: &Target, object: &Value) -> Vec<Cause> {
    let Some(schema) = schema(target) else { return Vec::new() };
    let mut causes = Vec::new();
    for (name, value) in object.as_object().into_iter().flatten() {
        if name == "status" && value.is_null() && schema["properties"].get(name).is_some() {
            let why = " in body must be of type object: \"null\"";
            causes.push(Cause::type_invalid(name, "\"null\"", why));
        } else if name != "metadata" {
            find_nulls(&schema["properties"][name], value, name, &mut causes);
        }
    }
    causes
}

fn find_nulls(schema: &Value, value: &Value, path: &str, causes: &mut Vec<Cause>) {
    let members: Vec<(&Value, &Value, String)> = match value {
        Value::Null => {
            let wanted = schema["type"].as_str().filter(|_| schema["nullable"] != true);
            causes.extend(wanted.map(|wanted| {
                let why = format!("{path} in body must be of type {wanted}: \"null\"");
                Cause::type_invalid(path, "\"null\"", &why)
            }));
            return;
        }
        Value::Object(members) => {
            let of = |name: &String| {
                schema["properties"].get(name).unwrap_or(&schema["additionalProperties"])
            };
            members.iter().map(|(name, value)| (of(name), value, joined(path, name))).collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(at, item)| (&schema["items"], item, format!("{path}[{at}]"))).collect()
        }
        _ => return,
    };
    for (schema, value, path) in members {
        find_nulls(schema, value, &path, causes);
    }
}

fn schema(target: &Target) -> Option<&Value> {
    let definition = target.resource.definition.as_ref()?;
    let mut versions = definition["spec"]["versions"].as_array()?.iter();
    let version = versions.find(|version| version["name"] == *target.version.name)?;
    Some(&version["schema"]["openAPIV3Schema"])
}

fn check(schema: &Value, value: &Value, path: &str, causes: &mut Vec<Cause>) {
    if value.is_null() {
        // Nulls that may not be were dropped before.
        return;
    }
    let wrong = wrong_type(schema, value, path);
    let is_wrong = wrong.is_some();
    causes.extend(wrong);
    if is_wrong && schema["type"] == "integer" && value.is_number() {
        let why = format!("Checked value must be of type integer (default format) in {path}");
        causes.push(Cause::invalid("<nil>", &"".into(), &why));
    }
    causes.extend(unsupported(schema, value, path));
    if is_wrong {
        return;
    }
    causes.extend(bounds(schema, value, path));
    match value {
        Value::Object(members) => {
            for name in
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
            {
                if !members.contains_key(name) {
                    causes.push(Cause::required(&joined(path, name), ""));
                }
            }
            for (name, member) in members {
                // What every object has is checked elsewhere.
                if path.is_empty() && matches!(name.as_str(), "metadata" | "apiVersion" | "kind") {
                    continue;
                }
                let known = schema["properties"].get(name);
                let of = known.unwrap_or(&schema["additionalProperties"]);
                if of.is_object() {
                    check(of, member, &joined(path, name), causes);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check(&schema["items"], item, &format!("{path}[{index}]"), causes);
            }
        }
        _ => {}
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn wrong_type(schema: &Value, value: &Value, path: &str) -> Option<Cause> {
    let is_int_or_string = schema["x-kubernetes-int-or-string"] == Value::Bool(true);
    let wanted = if is_int_or_string { "integer,string" } else { schema["type"].as_str()? };
    let is_whole = value.as_f64().is_some_and(|number| number.fract() == 0.0);
    let found = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(_) if is_whole => "integer",
        Value::Number(_) => "number",
        Value::Null => "null",
    };
    let fits = wanted.split(',').any(|wanted| wanted == found)
        || (wanted == "number" && found == "integer");
    (!fits).then(|| {
        let why = format!("{path} in body must be of type {wanted}: \"{found}\"");
        Cause::type_invalid(path, &format!("\"{found}\""), &why)
    })
}

fn unsupported(schema: &Value, value: &Value, path: &str) -> Option<Cause> {
    let choices = schema["enum"].as_array()?;
    if choices.contains(value) {
        return None;
    }
    let texts: Vec<String> = choices
        .iter()
        .map(|choice| choice.as_str().map_or_else(|| choice.to_string(), str::to_owned))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Some(Cause::unsupported(path, &value.to_string(), &texts))
}

fn bounds(schema: &Value, value: &Value, path: &str) -> Option<Cause> {
    let number = |name: &str| schema[name].as_f64();
    let count = |name: &str| schema[name].as_u64();
    let invalid = |why: String| Some(Cause::invalid(path, value, &why));
    match value {
        Value::Number(found) => {
            let found = found.as_f64()?;
            match (number("minimum"), number("maximum")) {
                (Some(least), _) if found < least => {
                    invalid(format!("{path} in body should be greater than or equal to {least}"))
                }
                (_, Some(most)) if found > most => {
                    invalid(format!("{path} in body should be less than or equal to {most}"))
                }
                _ => None,
            }
        }
        Value::String(text) => {
            let letters = text.chars().count() as u64;
            match (count("minLength"), count("maxLength")) {
                (Some(least), _) if letters < least => {
                    invalid(format!("{path} in body should be at least {least} chars long"))
                }
                (_, Some(most)) if letters > most => Some(Cause::too_long(path, most)),
                _ => None,
            }
        }
        Value::Array(items) => match (count("minItems"), count("maxItems")) {
            (Some(least), _) if (items.len() as u64) < least => {
                invalid(format!("{path} in body should have at least {least} items"))
            }
            (_, Some(most)) if items.len() as u64 > most => {
                Some(Cause::too_many(path, items.len(), most))
            }
            _ => None,
        },
        _ => None,
    }
}
