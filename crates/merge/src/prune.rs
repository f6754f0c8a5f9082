//! Taking fields out of a value. Source: structured-merge-diff v6, `typed/remove.go` and the prune
//! step of `merge/update.go`.

use crate::schema::{Shape, TypeRef};
use crate::{FieldSet, PathElement, Schema, element, set_of};
use serde_json::{Map, Value};

/// Takes the fields in `last` out of `merged` that nobody in `owned` owns. `last` is what the
/// applying manager owned before, `owned` what all managers own now, the applying one included.
pub(crate) fn prune(schema: &Schema, merged: Value, last: &FieldSet, owned: &FieldSet) -> Value {
    if last.is_empty() {
        return merged;
    }
    let named = |set: &FieldSet| with_named_fields(set, &schema.root);
    let all = named(&set_of::all_fields(schema, &merged));
    let last = named(last);
    let pruned = without(&schema.root, &merged, &last);
    let pruned_fields = named(&set_of::all_fields(schema, &pruned));
    // What was pruned and is still owned comes back …
    let keep = pruned_fields.union(&named(owned));
    let pruned = without(&schema.root, &merged, &all.difference(&keep));
    // … and so does what was pruned only because something above it was.
    let pruned_fields = named(&set_of::all_fields(schema, &pruned));
    without(&schema.root, &merged, &all.difference(&pruned_fields).intersection(&last))
}

/// The value without some fields and all that is below them. What is left without members is null.
fn without(of: &TypeRef, value: &Value, fields: &FieldSet) -> Value {
    match of.resolve().shape(Some(value)) {
        Shape::List { of, atomic } => {
            let items = value.as_array().filter(|items| !items.is_empty() && !atomic);
            let kept = items.into_iter().flatten().filter_map(|item| {
                let Ok(step) = element::of(of, item) else { return Some(item.clone()) };
                if fields.has(&step) {
                    return None;
                }
                Some(below(&of.element, item, fields.below(&step)))
            });
            let kept: Vec<Value> = kept.collect();
            if kept.is_empty() { Value::Null } else { Value::Array(kept) }
        }
        Shape::Map { of, atomic } => {
            let members = value.as_object().filter(|members| !members.is_empty() && !atomic);
            let kept = members.into_iter().flatten().filter_map(|(name, member)| {
                let step = PathElement::field(name);
                if fields.has(&step) {
                    return None;
                }
                let kept = match of.member(name) {
                    Some(of) => below(of, member, fields.below(&step)),
                    None => member.clone(),
                };
                Some((name.clone(), kept))
            });
            let kept: Map<String, Value> = kept.collect();
            if kept.is_empty() { Value::Null } else { Value::Object(kept) }
        }
        Shape::Scalar(_) | Shape::Nothing => value.clone(),
    }
}

fn below(of: &TypeRef, value: &Value, fields: &FieldSet) -> Value {
    if fields.is_empty() { value.clone() } else { without(of, value, fields) }
}

/// The set with every declared field that has members below it a member as well: a struct without
/// its last field goes.
fn with_named_fields(set: &FieldSet, root: &TypeRef) -> FieldSet {
    set.map_nodes(Some(root), &|of, entry| {
        let shape = of.map(TypeRef::resolve);
        let map = shape.and_then(|atom| match atom.map() {
            Some(Shape::Map { of, .. }) => Some(of),
            _ => None,
        });
        let list = shape.and_then(|atom| atom.of.list.as_ref());
        match (entry.element, map, list) {
            (PathElement::Field(name), Some(map), _) => {
                let declared = map.field(name).is_some() && !entry.children.is_empty();
                (entry.member || declared, map.member(name))
            }
            (PathElement::Key(_), _, Some(list)) => (entry.member, Some(&list.element)),
            _ => (entry.member, None),
        }
    })
}
