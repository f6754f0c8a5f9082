//! A digest of what an object says in the fields that somebody owns.

use crate::schema::{ListType, Shape, TypeRef};
use crate::{FieldSet, KeyField, PathElement, Schema, element, order};
use serde_json::Value;
use std::collections::BTreeMap;
use trimtab_model::Digest;

/// Digests the (path, value) pairs of `live` at `fields`: an atomic list or map counts whole, an
/// empty granular map only as present, what is not there as absent. Two states of an object have one
/// digest exactly if they say the same in these fields.
///
/// A schema is needed for one thing only: to tell an owned map that is granular and was applied
/// empty from an atomic one. Without it such a map counts whole. Use the same schema, or none, for
/// digests that are compared.
pub fn values_digest(live: &Value, fields: &FieldSet, schema: Option<&Schema>) -> Digest {
    Digest::of(&pairs(live, fields, schema))
}

/// The same under a key of this installation, for objects whose values are secret (P17).
pub fn keyed_values_digest(
    key: &[u8; 32],
    live: &Value,
    fields: &FieldSet,
    schema: Option<&Schema>,
) -> Digest {
    Digest::keyed(key, &pairs(live, fields, schema))
}

fn pairs(live: &Value, fields: &FieldSet, schema: Option<&Schema>) -> Vec<u8> {
    let mut walk = Walk { out: Vec::with_capacity(1024), step: String::new() };
    walk.fields(Some(live), fields, schema.map(|schema| &schema.root));
    walk.out
}

/// Marks in the digested bytes.
mod mark {
    pub const ABSENT: u8 = 0;
    pub const PRESENT: u8 = 1;
    pub const VALUE: u8 = 2;
    pub const BELOW: u8 = 3;
    pub const END: u8 = 4;
}

/// Above this many elements a list is indexed before its elements are looked up.
const LINEAR_ELEMENTS_MAX: usize = 16;

struct Walk {
    out: Vec<u8>,
    step: String,
}

impl Walk {
    fn fields(&mut self, value: Option<&Value>, fields: &FieldSet, of: Option<&TypeRef>) {
        let list = of.and_then(|of| of.resolve().of.list.as_ref());
        let items = value.and_then(Value::as_array).map(|items| Items::new(items, fields, list));
        for entry in fields.entries() {
            let child = match entry.element {
                PathElement::Field(name) => value.and_then(|value| value.get(&**name)),
                step => items.as_ref().and_then(|items| items.get(step)),
            };
            let of = of.and_then(|of| below(of, entry.element));
            self.step.clear();
            entry.element.write(&mut self.step);
            text(&self.step, &mut self.out);
            if entry.member {
                self.member(child, entry.element, entry.children.is_empty(), of);
            }
            if !entry.children.is_empty() {
                self.out.push(mark::BELOW);
                self.fields(child, entry.children, of);
                self.out.push(mark::END);
            }
        }
    }

    fn member(
        &mut self,
        value: Option<&Value>,
        step: &PathElement,
        leaf: bool,
        of: Option<&TypeRef>,
    ) {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            self.out.push(mark::ABSENT);
            return;
        };
        let granular = of.is_some_and(|of| {
            let shape = of.resolve().shape(Some(value));
            matches!(shape, Shape::Map { atomic: false, .. } | Shape::List { atomic: false, .. })
        });
        // An element that is owned without anything in it is owned as present.
        if !leaf || granular || !matches!(step, PathElement::Field(_) | PathElement::Index(_)) {
            self.out.push(mark::PRESENT);
            return;
        }
        self.out.push(mark::VALUE);
        canonical(value, &mut self.out);
    }
}

fn below<'a>(of: &'a TypeRef, step: &PathElement) -> Option<&'a TypeRef> {
    let atom = of.resolve();
    match step {
        PathElement::Field(name) => match atom.map()? {
            Shape::Map { of, .. } => of.member(name),
            _ => None,
        },
        _ => atom.of.list.as_ref().map(|list| &list.element),
    }
}

/// The elements of a list, by the steps to them.
struct Items<'a> {
    all: &'a [Value],
    list: Option<&'a ListType>,
    index: Option<BTreeMap<PathElement, &'a Value>>,
}

impl<'a> Items<'a> {
    fn new(items: &'a [Value], fields: &FieldSet, list: Option<&'a ListType>) -> Self {
        let names = fields.entries().find_map(|entry| match entry.element {
            PathElement::Key(key) => Some(key.clone()),
            _ => None,
        });
        let step = |item: &Value| match (list, item, &names) {
            (Some(list), ..) if !matches!(list.relation, crate::schema::ListRelation::Atomic) => {
                element::of(list, item).ok()
            }
            (_, Value::Object(members), Some(key)) => {
                let field = |field: &KeyField| {
                    let value = members.get(&*field.name)?.clone();
                    Some(KeyField { name: field.name.clone(), value })
                };
                Some(PathElement::keys(key.iter().filter_map(field).collect()))
            }
            (_, scalar, _) => Some(PathElement::Value(scalar.clone().into())),
        };
        let index = (items.len() > LINEAR_ELEMENTS_MAX)
            .then(|| items.iter().filter_map(|item| Some((step(item)?, item))).collect());
        Self { all: items, list, index }
    }

    fn get(&self, step: &PathElement) -> Option<&'a Value> {
        if let PathElement::Index(index) = step {
            return usize::try_from(*index).ok().and_then(|index| self.all.get(index));
        }
        if let Some(found) = self.index.as_ref().and_then(|index| index.get(step)) {
            return Some(found);
        }
        self.all.iter().find(|item| match step {
            PathElement::Key(key) => key.iter().all(|field| self.has(item, field)),
            PathElement::Value(value) => order::equal(value, item),
            PathElement::Field(_) | PathElement::Index(_) => false,
        })
    }

    fn has(&self, item: &Value, field: &KeyField) -> bool {
        let default = || self.list.and_then(|list| element::key_default(list, &field.name));
        let value = item.get(&*field.name).or_else(default);
        value.is_some_and(|value| order::equal(value, &field.value))
    }
}

fn length(value: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(value as u64).to_le_bytes());
}

fn text(text: &str, out: &mut Vec<u8>) {
    length(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// One spelling of each value: members by key, each text with its length.
fn canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(b'0'),
        Value::Bool(value) => out.push(if *value { b't' } else { b'f' }),
        Value::Number(number) => {
            out.push(b'n');
            text(&number.to_string(), out);
        }
        Value::String(string) => {
            out.push(b's');
            text(string, out);
        }
        Value::Array(items) => {
            out.push(b'[');
            length(items.len(), out);
            for item in items {
                canonical(item, out);
            }
        }
        Value::Object(members) => {
            out.push(b'{');
            length(members.len(), out);
            for (name, member) in order::sorted(members) {
                text(name, out);
                canonical(member, out);
            }
        }
    }
}
