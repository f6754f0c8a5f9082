//! Which fields a document sets. Source: structured-merge-diff v6, `typed/tofieldset.go`, and the
//! server's `stripmeta.go`.

use crate::schema::{ListType, MapType, Shape, TypeRef};
use crate::{FieldSet, PathElement, Schema, element};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The fields that an apply of `value` owns, exactly as the server enters them in `managedFields`.
pub fn set_of(schema: &Schema, value: &Value) -> FieldSet {
    stripped(&all_fields(schema, value).recursive_difference(&schema.reset_fields("")))
}

/// The fields of a value, what nobody owns included.
pub(crate) fn all_fields(schema: &Schema, value: &Value) -> FieldSet {
    let mut walk = Walk { path: Vec::new(), set: FieldSet::default() };
    walk.value(&schema.root, value);
    walk.set
}

/// A set without the fields that identify an object or that the server sets: they are in no entry.
pub(crate) fn stripped(set: &FieldSet) -> FieldSet {
    let mut strip = FieldSet::default();
    for name in ["apiVersion", "kind", "metadata"] {
        strip.insert(&[PathElement::field(name)]);
    }
    for name in [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    ] {
        strip.insert(&[PathElement::field("metadata"), PathElement::field(name)]);
    }
    set.difference(&strip)
}

struct Walk {
    path: Vec<PathElement>,
    set: FieldSet,
}

impl Walk {
    fn value(&mut self, of: &TypeRef, value: &Value) {
        match of.resolve().shape(Some(value)) {
            Shape::Scalar(_)
            | Shape::List { atomic: true, .. }
            | Shape::Map { atomic: true, .. } => self.set.insert(&self.path),
            Shape::List { of, .. } => {
                value.as_array().into_iter().for_each(|items| self.items(of, items));
            }
            Shape::Map { of, .. } => {
                value.as_object().into_iter().for_each(|members| self.members(of, members));
            }
            Shape::Nothing => {}
        }
    }

    fn members(&mut self, of: &MapType, members: &Map<String, Value>) {
        for (name, value) in members {
            self.path.push(PathElement::field(name));
            if let Some(of) = of.member(name) {
                self.value(of, value);
            }
            let empty = value.is_null() || value.as_object().is_some_and(Map::is_empty);
            if empty || of.field(name).is_none() {
                self.set.insert(&self.path);
            }
            self.path.pop();
        }
    }

    /// Elements that share a key are owned as one, without what is in them.
    fn items(&mut self, of: &ListType, items: &[Value]) {
        let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
        let steps: Vec<_> = items.iter().map(|item| element::of(of, item).ok()).collect();
        for step in steps.iter().flatten() {
            if !seen.insert(step) {
                twice.insert(step);
            }
        }
        for (step, item) in steps.iter().zip(items) {
            let Some(step) = step else { continue };
            self.path.push(step.clone());
            if !twice.contains(step) {
                self.value(&of.element, item);
            }
            self.set.insert(&self.path);
            self.path.pop();
        }
    }
}
