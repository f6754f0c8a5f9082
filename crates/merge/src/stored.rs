//! What the server makes of an object before it stores it: defaults filled in, zero values left out,
//! values in their canonical spelling.

use crate::Schema;
use crate::equivalent::is_zero;
use crate::quantity;
use crate::schema::{Field, MapType, Origin, Scalar, Shape, TypeRef};
use serde_json::{Map, Value};

/// The object as the server stores it, as far as the kind's schema tells. Defaults that follow from
/// other fields are not filled in: those are the server's code for single kinds.
#[must_use]
pub fn stored(schema: &Schema, object: &Value) -> Value {
    let typed = schema.origin() == Origin::BuiltIn;
    Storing { typed }.value(&schema.root, object)
}

struct Storing {
    /// The server reads objects of the kind into Go types.
    typed: bool,
}

impl Storing {
    fn value(&self, of: &TypeRef, value: &Value) -> Value {
        match (of.resolve().shape(Some(value)), value) {
            (Shape::Map { of, .. }, Value::Object(members)) => Value::Object(self.map(of, members)),
            (Shape::List { of, .. }, Value::Array(items)) => {
                items.iter().map(|item| self.value(&of.element, item)).collect()
            }
            (Shape::Scalar(scalar), value) => canonical(scalar, value),
            _ => value.clone(),
        }
    }

    fn map(&self, of: &MapType, members: &Map<String, Value>) -> Map<String, Value> {
        let mut out = Map::new();
        for (name, value) in members {
            let field = of.field(name);
            let Some(member) = of.member(name) else {
                out.insert(name.clone(), value.clone());
                continue;
            };
            if value.is_null() && field.is_some_and(|field| !field.null_kept) {
                continue;
            }
            if value.is_null() && field.is_none() && self.typed && is_text(member) {
                out.insert(name.clone(), "".into());
                continue;
            }
            let value = self.value(member, value);
            if !(self.typed && field.is_some_and(|field| field.zero_omitted && is_zero(&value))) {
                out.insert(name.clone(), value);
            }
        }
        for field in &of.fields {
            if !out.contains_key(&*field.name)
                && let Some(value) = self.filled(field)
            {
                out.insert(field.name.to_string(), value);
            }
        }
        out
    }

    /// What the server fills in where nothing is said.
    fn filled(&self, field: &Field) -> Option<Value> {
        let filled = field.filled.as_ref().or(field.default.as_ref())?;
        let is_struct = filled.as_object().is_some_and(Map::is_empty);
        if self.typed && is_struct && field.filled.is_none() && field.zero_omitted {
            return None;
        }
        Some(self.value(&field.of, filled))
    }
}

fn is_text(of: &TypeRef) -> bool {
    matches!(of.resolve().shape(None), Shape::Scalar(Scalar::Text | Scalar::Bytes))
}

fn canonical(scalar: Scalar, value: &Value) -> Value {
    match scalar {
        Scalar::Quantity => quantity::canonical(value).map_or_else(|| value.clone(), Value::from),
        Scalar::Text
        | Scalar::Bytes
        | Scalar::Number
        | Scalar::Boolean
        | Scalar::Untyped
        | Scalar::Time => value.clone(),
    }
}
