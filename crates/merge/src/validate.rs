//! Whether an object fits its schema. Source: structured-merge-diff v6, `typed/validate.go`.

use crate::schema::{ListType, MapType, Scalar, Shape, TypeRef};
use crate::{FieldPath, PathElement, Problem, Problems, Schema, element};
use serde_json::Value;
use std::collections::BTreeSet;

/// What to look for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicates {
    Refused,
    /// A live object may have elements with the same key: other writes than applies allow them.
    Allowed,
}

/// All that does not fit.
pub(crate) fn validate(schema: &Schema, value: &Value, duplicates: Duplicates) -> Problems {
    let mut walk = Walk { duplicates, path: Vec::new(), found: Vec::new() };
    walk.value(&schema.root, value);
    let problem = |found: Found| Problem { path: found.path.to_string(), message: found.message };
    Problems(walk.found.into_iter().map(problem).collect())
}

/// Where the values of an object are of other types than its schema says.
pub fn type_problems(schema: &Schema, object: &Value) -> Problems {
    let mut walk = Walk { duplicates: Duplicates::Allowed, path: Vec::new(), found: Vec::new() };
    walk.value(&schema.root, object);
    let wrong = walk.found.into_iter().filter(|found| found.kind == Kind::Other);
    let problem = |found: Found| Problem { path: found.path.to_string(), message: found.message };
    Problems(wrong.map(problem).collect())
}

/// The fields of an object that its schema does not declare. The server refuses an apply that has
/// one.
pub fn unknown_fields(schema: &Schema, desired: &Value) -> Vec<FieldPath> {
    found(schema, desired, Kind::Unknown)
}

/// The elements of an object's lists that have the key of an earlier element, each key once. The
/// server refuses an apply that has one.
pub fn duplicate_list_keys(schema: &Schema, desired: &Value) -> Vec<FieldPath> {
    found(schema, desired, Kind::Duplicate)
}

fn found(schema: &Schema, desired: &Value, kind: Kind) -> Vec<FieldPath> {
    let mut walk = Walk { duplicates: Duplicates::Refused, path: Vec::new(), found: Vec::new() };
    walk.value(&schema.root, desired);
    let mut paths: Vec<FieldPath> =
        walk.found.into_iter().filter(|found| found.kind == kind).map(Found::field).collect();
    paths.dedup();
    paths
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unknown,
    Duplicate,
    Other,
}

struct Found {
    kind: Kind,
    path: FieldPath,
    message: String,
    /// For a duplicate: its key.
    key: Option<PathElement>,
}

impl Found {
    fn field(self) -> FieldPath {
        let mut path = self.path;
        path.0.extend(self.key);
        path
    }
}

struct Walk {
    duplicates: Duplicates,
    path: Vec<PathElement>,
    found: Vec<Found>,
}

impl Walk {
    fn report(&mut self, kind: Kind, message: String, key: Option<PathElement>) {
        self.found.push(Found { kind, path: FieldPath(self.path.clone()), message, key });
    }

    fn value(&mut self, of: &TypeRef, value: &Value) {
        match of.resolve().shape(Some(value)) {
            Shape::Scalar(scalar) => {
                if let Some(problem) = scalar_problem(scalar, value) {
                    self.report(Kind::Other, problem, None);
                }
            }
            Shape::List { of, .. } => match value {
                Value::Array(items) => self.items(of, items),
                Value::Null => {}
                other => {
                    self.report(Kind::Other, format!("expected list, got {}", go(other)), None);
                }
            },
            Shape::Map { of, .. } => match value {
                Value::Object(members) => self.members(of, members),
                Value::Null => {}
                other => self.report(Kind::Other, format!("expected map, got {}", go(other)), None),
            },
            Shape::Nothing => self.report(Kind::Other, "schema error: invalid atom".into(), None),
        }
    }

    fn members(&mut self, of: &MapType, members: &serde_json::Map<String, Value>) {
        for (name, value) in members {
            self.path.push(PathElement::field(name));
            match of.member(name) {
                Some(of) => self.value(of, value),
                None => self.report(Kind::Unknown, "field not declared in schema".into(), None),
            }
            self.path.pop();
        }
    }

    fn items(&mut self, of: &ListType, items: &[Value]) {
        let atomic = matches!(of.relation, crate::schema::ListRelation::Atomic);
        let mut seen = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let step = if atomic {
                PathElement::Index(i64::try_from(index).unwrap_or(i64::MAX))
            } else {
                match element::of(of, item) {
                    Ok(step) => step,
                    // Without a step nothing deeper can be named; the server stops here as well.
                    Err(problem) => {
                        self.report(Kind::Other, format!("element {index}: {problem}"), None);
                        return;
                    }
                }
            };
            if !atomic && !seen.insert(step.clone()) && self.duplicates == Duplicates::Refused {
                let message = format!("duplicate entries for key {step}");
                self.report(Kind::Duplicate, message, Some(step.clone()));
            }
            self.path.push(step);
            self.value(&of.element, item);
            self.path.pop();
        }
    }
}

/// Whether a value fits a scalar type; the text is the server's own.
fn scalar_problem(scalar: Scalar, value: &Value) -> Option<String> {
    match (scalar, value) {
        (_, Value::Null)
        | (Scalar::Number, Value::Number(_))
        | (Scalar::Text | Scalar::Bytes, Value::String(_))
        | (Scalar::Boolean, Value::Bool(_)) => None,
        (Scalar::Number, other) => {
            Some(format!("expected numeric (int or float), got {}", go_type(other)))
        }
        (Scalar::Text | Scalar::Bytes, other) => Some(format!(
            "expected string, got &value.valueUnstructured{{Value:{}}}",
            go_full(other)
        )),
        (Scalar::Boolean, other) => Some(format!("expected boolean, got {}", go(other))),
        (_, Value::Number(_) | Value::String(_) | Value::Bool(_)) => None,
        (_, other) => Some(format!("expected any scalar, got {}", go(other))),
    }
}

/// A value as Go prints a pointer to a struct that holds it.
fn go(value: &Value) -> String {
    format!("&{{{}}}", go_plain(value))
}

fn go_plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(go_plain).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let members: Vec<_> = map.iter().map(|(k, v)| format!("{k}:{}", go_plain(v))).collect();
            format!("map[{}]", members.join(" "))
        }
        scalar => scalar.to_string(),
    }
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn go_full(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".into(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(go_full).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(map) => {
            let member = |(k, v): (&String, &Value)| format!("{:?}:{}", k, go_full(v));
            let members: Vec<_> = map.iter().map(member).collect();
            format!("map[string]interface {{}}{{{}}}", members.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// Removes the fields that the schema does not declare, and names them.
pub fn drop_unknown(schema: &Schema, desired: &mut Value) -> Vec<FieldPath> {
    let unknown = unknown_fields(schema, desired);
    for path in &unknown {
        remove(&schema.root, desired, &path.0);
    }
    unknown
}

fn remove(of: &TypeRef, value: &mut Value, path: &[PathElement]) {
    let Some((first, rest)) = path.split_first() else { return };
    match (of.resolve().shape(Some(value)), value, first) {
        (Shape::Map { .. }, Value::Object(members), PathElement::Field(name))
            if rest.is_empty() =>
        {
            members.remove(&**name);
        }
        (Shape::Map { of, .. }, Value::Object(members), PathElement::Field(name)) => {
            if let (Some(of), Some(member)) = (of.member(name), members.get_mut(&**name)) {
                remove(of, member, rest);
            }
        }
        (Shape::List { of, .. }, Value::Array(items), PathElement::Index(index)) => {
            let item = usize::try_from(*index).ok().and_then(|index| items.get_mut(index));
            if let Some(item) = item {
                remove(&of.element, item, rest);
            }
        }
        (Shape::List { of, .. }, Value::Array(items), step) => {
            // Elements that share a key share the step: each of them loses the field.
            let same = items.iter_mut().filter(|item| element::of(of, item).as_ref() == Ok(step));
            same.for_each(|item| remove(&of.element, item, rest));
        }
        _ => {}
    }
}
