//! The body of a write, read as an object.

use super::Terms;
use super::terms::Validation;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::server::Target;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use trimtab_merge::{FieldPath, PathElement, drop_unknown, type_problems, unknown_fields};

/// Reads a body that is an object of the target's kind.
pub(super) fn object(request: &Request, target: &Target) -> Result<Value, Refusal> {
    match request.content() {
        "application/json" | "" => {}
        "application/yaml" => return Err(Refusal::not_served("bodies in YAML")),
        "application/vnd.kubernetes.protobuf" => {
            return Err(Refusal::not_served("bodies in protobuf"));
        }
        _ => {
            let message = "the body of the request was in an unknown format - accepted media types \
                           include: application/json, application/yaml, \
                           application/vnd.kubernetes.protobuf";
            return Err(Refusal::new(415, "UnsupportedMediaType", message));
        }
    }
    let kind = &target.resource.kind;
    let mut object = serde_json::from_slice::<Value>(&request.body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| {
        Refusal::bad_request(format!(
            "the object provided is unrecognized (must be of type {kind}): couldn't get \
                 version/kind; json parse error"
        ))
    })?;
    let expected = target.api_version();
    // Where nothing is said, the path says it.
    let said =
        |name: &str| object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (found_kind, found_version) = (said("kind"), said("apiVersion"));
    if found_kind.is_some_and(|found| found != *kind) {
        let found = found_kind.unwrap_or_default();
        let version = found_version.unwrap_or_default();
        return Err(Refusal::bad_request(format!(
            "{found} in version \"{version}\" cannot be handled as a {kind}"
        )));
    }
    if found_version.is_some_and(|found| found != expected) {
        let found = found_version.unwrap_or_default();
        return Err(Refusal::bad_request(format!(
            "the API version in the data ({found}) does not match the expected API version \
             ({expected})"
        )));
    }
    object["kind"] = kind.clone().into();
    object["apiVersion"] = expected.into();
    check_metadata(&object)?;
    Ok(object)
}

fn check_metadata(object: &Value) -> Result<(), Refusal> {
    match object.get("metadata") {
        None | Some(Value::Null | Value::Object(_)) => Ok(()),
        Some(_) => Err(Refusal::bad_request("json: cannot unmarshal metadata")),
    }
}

/// The object without the fields that its schema does not have, and the warnings about them; or what
/// is wrong, as a sentence.
pub(super) fn known(
    target: &Target,
    object: &mut Value,
    terms: &Terms,
) -> Result<Vec<String>, String> {
    if !object["metadata"].is_object() {
        object["metadata"] = Value::Object(Map::new());
    }
    if target.resource.is_custom() {
        if let Some(problem) = metadata_problem(&object["metadata"]) {
            return Err(problem);
        }
    } else if let Some(problem) = type_problems(&target.version.schema, object).0.first() {
        return Err(format!("json: cannot unmarshal {problem}"));
    }
    if let Some(problem) = encoding_problem(target, object) {
        return Err(problem);
    }
    let unknown = unknown_fields(&target.version.schema, object);
    let warnings: Vec<String> =
        unknown.iter().map(|path| format!("unknown field {:?}", named(path, object))).collect();
    if !unknown.is_empty() {
        drop_unknown(&target.version.schema, object);
    }
    match terms.validation {
        Validation::Ignore => Ok(Vec::new()),
        Validation::Warn => Ok(warnings),
        Validation::Strict if warnings.is_empty() => Ok(warnings),
        Validation::Strict => Err(format!("strict decoding error: {}", warnings.join(", "))),
    }
}

/// Metadata is read into a Go type also where the rest of the object is not.
fn metadata_problem(metadata: &Value) -> Option<String> {
    let wrong = |found: &Value, name: &str, wanted: &str| {
        let found = match found {
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Bool(_) => "bool",
            Value::Array(_) => "array",
            Value::Object(_) | Value::Null => "object",
        };
        format!(
            "json: cannot unmarshal {found} into Go struct field ObjectMeta.{name} of type {wanted}"
        )
    };
    let is_text = |value: &&Value| value.is_string() || value.is_null();
    for (name, whole) in [
        ("labels", "map[string]string"),
        ("annotations", "map[string]string"),
        ("finalizers", "[]string"),
    ] {
        let members: Vec<&Value> = match &metadata[name] {
            Value::Null => continue,
            Value::Object(members) if whole != "[]string" => members.values().collect(),
            Value::Array(items) if whole == "[]string" => items.iter().collect(),
            other => return Some(wrong(other, name, whole)),
        };
        if let Some(member) = members.into_iter().find(|member| !is_text(member)) {
            return Some(wrong(member, name, "string"));
        }
    }
    None
}

/// Bytes are written in base64.
fn encoding_problem(target: &Target, object: &Value) -> Option<String> {
    let part = match (target.resource.group.as_str(), target.resource.plural.as_str()) {
        ("", "secrets") => "data",
        ("", "configmaps") => "binaryData",
        _ => return None,
    };
    let mut texts = object[part].as_object()?.values().filter_map(Value::as_str);
    texts.find_map(|text| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(&byte);
        let wrong = text.bytes().position(|byte| !fits(byte));
        let torn = (text.len() % 4 != 0).then(|| text.len() - text.len() % 4);
        let at = wrong.or(torn)?;
        Some(format!("illegal base64 data at input byte {at}"))
    })
}

/// A path as the server's decoder names it: `spec.containers[0].prots`.
fn named(path: &FieldPath, object: &Value) -> String {
    let mut text = String::new();
    let mut at = Some(object);
    for step in &path.0 {
        let items = at.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let index = match step {
            PathElement::Field(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
                at = at.and_then(|value| value.get(&**name));
                continue;
            }
            PathElement::Index(index) => usize::try_from(*index).ok(),
            PathElement::Value(value) => items.iter().position(|item| *item == **value),
            PathElement::Key(fields) => items.iter().position(|item| {
                fields.iter().all(|field| {
                    // A key that is not written has its default.
                    item.get(&*field.name).is_none_or(|found| *found == field.value)
                })
            }),
        };
        // Writing into a text cannot fail.
        let _ = write!(text, "[{}]", index.unwrap_or_default());
        at = index.and_then(|index| items.get(index));
    }
    text
}
