//! From the compact form to types. What is not understood is a type of which nothing is known.

use super::{Field, ListRelation, ListType, MapType, Scalar, Type, TypeRef, table};
use serde_json::{Map, Value};
use std::sync::Arc;

/// A mention of a type in the compact form.
pub(super) fn reference(compact: &Value) -> TypeRef {
    match compact {
        Value::String(text) => {
            named(text).unwrap_or_else(|| TypeRef::Inline(Arc::new(of(compact))))
        }
        _ => TypeRef::Inline(Arc::new(of(compact))),
    }
}

fn named(text: &str) -> Option<TypeRef> {
    match text {
        "?" => return Some(TypeRef::named(table::UNTYPED)),
        "*" => return Some(TypeRef::named(table::DEDUCED)),
        _ => {}
    }
    let name = text.strip_prefix('@')?;
    let (name, atomic) = match (name.strip_suffix('!'), name.strip_suffix('~')) {
        (Some(name), _) => (name, Some(true)),
        (_, Some(name)) => (name, Some(false)),
        _ => (name, None),
    };
    let index = table::index(name).unwrap_or(table::UNTYPED);
    Some(TypeRef::Named { index, atomic })
}

/// A type in the compact form.
pub(super) fn of(compact: &Value) -> Type {
    match compact {
        Value::String(text) => simple(text),
        Value::Object(members) => {
            if let Some(Value::Array(parts)) = members.get("u") {
                return Type {
                    scalar: Some(Scalar::Untyped),
                    list: parts.first().and_then(Value::as_object).map(list),
                    map: parts.get(1).and_then(Value::as_object).map(map),
                };
            }
            if members.contains_key("l") {
                Type { list: Some(list(members)), ..Type::default() }
            } else {
                Type { map: Some(map(members)), ..Type::default() }
            }
        }
        _ => untyped(),
    }
}

fn simple(text: &str) -> Type {
    let scalar = match text {
        "s" => Scalar::Text,
        "y" => Scalar::Bytes,
        "n" => Scalar::Number,
        "b" => Scalar::Boolean,
        "q" => Scalar::Quantity,
        "t" => Scalar::Time,
        "u" => Scalar::Untyped,
        "*" => return deduced(),
        _ => return untyped(),
    };
    Type { scalar: Some(scalar), ..Type::default() }
}

/// Any scalar; lists and maps as one value each.
pub(super) fn untyped() -> Type {
    anything(TypeRef::named(table::UNTYPED), true)
}

/// Any scalar; lists as one value, maps granular.
pub(super) fn deduced() -> Type {
    anything(TypeRef::named(table::DEDUCED), false)
}

fn anything(members: TypeRef, atomic: bool) -> Type {
    let element = TypeRef::named(table::UNTYPED);
    Type {
        scalar: Some(Scalar::Untyped),
        list: Some(ListType { relation: ListRelation::Atomic, element }),
        map: Some(MapType { fields: Box::default(), others: Some(members), atomic }),
    }
}

fn list(members: &Map<String, Value>) -> ListType {
    let keys = |keys: &Vec<Value>| {
        ListRelation::Keyed(keys.iter().filter_map(Value::as_str).map(Arc::from).collect())
    };
    let relation = match members.get("l") {
        // A keyed list without keys is a set to the server.
        Some(Value::Array(names)) if !names.is_empty() => keys(names),
        Some(Value::Array(_)) => ListRelation::Set,
        Some(Value::String(kind)) if kind == "s" => ListRelation::Set,
        _ => ListRelation::Atomic,
    };
    ListType {
        relation,
        element: members.get("e").map_or(TypeRef::named(table::UNTYPED), reference),
    }
}

fn map(members: &Map<String, Value>) -> MapType {
    let fields = members.get("f").and_then(Value::as_object);
    let mut fields: Vec<Field> =
        fields.into_iter().flatten().map(|(name, found)| field(name, found)).collect();
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    MapType {
        fields: fields.into(),
        others: members.get("e").map(reference),
        atomic: members.contains_key("a"),
    }
}

fn field(name: &str, found: &Value) -> Field {
    let of = found.get("t").unwrap_or(found);
    Field {
        name: name.into(),
        of: reference(of),
        default: found.get("d").cloned(),
        filled: found.get("v").cloned(),
        zero_omitted: found.get("z").is_some(),
        null_kept: found.get("n").is_some(),
    }
}
