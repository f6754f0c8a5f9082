//! Secrets as people may see them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use trimtab_model::LAST_APPLIED;

/// What stands for a value. A second, different value of the same field is four `+` longer, and so on:
/// one sees that they differ, and neither what they are nor how long.
pub const MASK: &str = "++++++++";

/// By how much each further value's mask is longer.
const LONGER: &str = "++++";

/// A desired object and the live one; either may be absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// As it is desired.
    pub desired: Option<Value>,
    /// As it is.
    pub live: Option<Value>,
}

/// Hides the values of a Secret. Values of one key that are equal on both sides have equal masks. What
/// stands in `stringData` is shown as `data`, where the server puts it; what kubectl remembers of the
/// Secret in its annotation is masked alike.
/// Source: argo-cd 3.5.1, `gitops-engine/pkg/diff`.
#[must_use]
pub fn mask(secret: Pair) -> Pair {
    let Pair { desired, live } = secret;
    let pair = Pair { desired: desired.map(with_data), live: live.map(with_data) };
    hidden(pair, &["data"], &|_| true)
}

/// Hides the values of some annotations of any object, as [`mask`] does those of a Secret.
#[must_use]
pub fn mask_annotations(object: Pair, names: &BTreeSet<String>) -> Pair {
    hidden(object, &["metadata", "annotations"], &|name| names.contains(name))
}

/// What kubectl remembers of an object in its annotation.
enum Remembered {
    Nothing,
    /// Something that cannot be read, or that is to be hidden as a whole.
    Opaque,
    Object(Value),
}

/// Hides values of one map wherever it stands: in both objects, and in what kubectl remembers of each.
fn hidden(pair: Pair, path: &[&str], hides: &dyn Fn(&str) -> bool) -> Pair {
    let secret = path == ["data"];
    let mut objects = [pair.desired, pair.live];
    let mut remembered = objects.each_ref().map(|object| match object {
        Some(object) => remembered(object, secret),
        None => Remembered::Nothing,
    });
    let mut maps: Vec<&mut Map<String, Value>> = Vec::new();
    for object in objects.iter_mut().flatten() {
        maps.extend(map(object, path));
    }
    for object in &mut remembered {
        if let Remembered::Object(object) = object {
            maps.extend(map(object, path));
        }
    }
    let names: BTreeSet<String> = maps.iter().flat_map(|map| map.keys().cloned()).collect();
    for name in names.iter().filter(|name| hides(name)) {
        hide(&mut maps, name);
    }
    for (object, remembered) in objects.iter_mut().zip(remembered) {
        match (object, remembered) {
            (None, _) | (_, Remembered::Nothing) => {}
            (Some(object), Remembered::Object(text)) if secret || !hides(LAST_APPLIED) => {
                remember(object, text.to_string());
            }
            (Some(object), Remembered::Object(_) | Remembered::Opaque) => {
                remember(object, MASK.to_owned());
            }
        }
    }
    let [desired, live] = objects;
    Pair { desired, live }
}

/// Masks one field in all maps: equal values alike, each further value a longer mask.
fn hide(maps: &mut [&mut Map<String, Value>], name: &str) {
    let mut seen: Vec<Value> = Vec::new();
    for value in maps.iter_mut().filter_map(|map| map.get_mut(name)) {
        if value.is_null() {
            continue;
        }
        let place = seen.iter().position(|known| known == value).unwrap_or_else(|| {
            seen.push(value.clone());
            seen.len() - 1
        });
        *value = Value::String(format!("{MASK}{}", LONGER.repeat(place)));
    }
}

/// Moves `stringData` into `data`, as the server does. A map that is none is masked as a whole.
fn with_data(mut object: Value) -> Value {
    let Some(fields) = object.as_object_mut() else {
        return object;
    };
    if let Some(plain) = fields.remove("stringData") {
        let data = fields.entry("data").or_insert_with(|| Value::Object(Map::new()));
        if data.is_null() {
            *data = Value::Object(Map::new());
        }
        match (data, plain) {
            (Value::Object(data), Value::Object(plain)) => {
                for (name, value) in plain {
                    data.insert(name, encoded(value));
                }
            }
            (_, Value::Null) => {}
            (data, _) => *data = Value::String(MASK.to_owned()),
        }
    }
    if let Some(data) = fields.get_mut("data").filter(|data| !data.is_object() && !data.is_null()) {
        *data = Value::String(MASK.to_owned());
    }
    object
}

fn encoded(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(STANDARD.encode(text)),
        other => other,
    }
}

fn map<'a>(object: &'a mut Value, path: &[&str]) -> Option<&'a mut Map<String, Value>> {
    path.iter().try_fold(object, |here, name| here.get_mut(name))?.as_object_mut()
}

fn remembered(object: &Value, secret: bool) -> Remembered {
    let text = object.get("metadata").and_then(|metadata| {
        metadata.get("annotations").and_then(|annotations| annotations.get(LAST_APPLIED))
    });
    let Some(text) = text else {
        return Remembered::Nothing;
    };
    match text.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok()) {
        Some(object @ Value::Object(_)) if secret => Remembered::Object(with_data(object)),
        Some(object @ Value::Object(_)) => Remembered::Object(object),
        _ => Remembered::Opaque,
    }
}

fn remember(object: &mut Value, text: String) {
    if let Some(annotations) = map(object, &["metadata", "annotations"]) {
        annotations.insert(LAST_APPLIED.to_owned(), Value::String(text));
    }
}
