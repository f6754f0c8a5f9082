//! Which step of a path an element of a list is.

use crate::schema::{ListRelation, ListType, Shape};
use crate::{KeyField, PathElement};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The step to an element of a list that is not atomic; the error is the server's own text.
pub(crate) fn of(list: &ListType, item: &Value) -> Result<PathElement, String> {
    match &list.relation {
        ListRelation::Keyed(keys) => keyed(list, keys, item),
        ListRelation::Set => member(item),
        ListRelation::Atomic => Err("invalid indexing of non-associative list".into()),
    }
}

/// A key's value is the element's own, or the schema's default; a field without either is no part
/// of the key.
fn keyed(list: &ListType, keys: &[Arc<str>], item: &Value) -> Result<PathElement, String> {
    let fields = match item {
        Value::Null => return Err("associative list with keys may not have a null element".into()),
        Value::Object(fields) => fields,
        _ => return Err("associative list with keys may not have non-map elements".into()),
    };
    let key = |name: &Arc<str>| {
        key_value(list, name, fields).map(|value| KeyField { name: name.clone(), value })
    };
    let found: Vec<KeyField> = keys.iter().filter_map(key).collect();
    if found.is_empty() {
        let names: Vec<_> = keys.iter().map(|name| Value::from(&**name).to_string()).collect();
        let names = names.join(" ");
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{names}] (and \
             doesn't have default values for any key fields)"
        ));
    }
    Ok(PathElement::keys(found))
}

fn key_value(list: &ListType, name: &str, fields: &Map<String, Value>) -> Option<Value> {
    fields.get(name).cloned().or_else(|| key_default(list, name).cloned())
}

/// The default of a key field.
pub(crate) fn key_default<'a>(list: &'a ListType, name: &str) -> Option<&'a Value> {
    match list.element.resolve().map() {
        Some(Shape::Map { of, .. }) => of.field(name)?.default.as_ref(),
        _ => None,
    }
}

fn member(item: &Value) -> Result<PathElement, String> {
    let problem = match item {
        Value::Object(_) => "associative list without keys has an element that's a map type",
        Value::Array(_) => "not supported: associative list with lists as elements",
        Value::Null => "associative list without keys has an element that's an explicit null",
        scalar => return Ok(PathElement::Value(Arc::new(scalar.clone()))),
    };
    Err(problem.into())
}
