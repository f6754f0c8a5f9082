//! What changed between two values of one type. Source: structured-merge-diff v6,
//! `typed/compare.go`.

use crate::combine::{items, members};
use crate::schema::{Atom, Field, ListType, MapType, Shape, TypeRef};
use crate::{FieldSet, PathElement, Schema, element, order};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A field that is not the same in both values.
#[derive(Clone, Copy)]
pub(crate) struct Change<'a> {
    pub path: &'a [PathElement],
    pub before: Option<&'a Value>,
    pub after: Option<&'a Value>,
    /// The field's type.
    pub of: Atom<'a>,
    /// Its declaration, if its map declares it.
    pub field: Option<&'a Field>,
    /// The map that it is a member of, as it was.
    pub siblings: Option<(&'a MapType, &'a Map<String, Value>)>,
}

/// The fields that an update added, changed and took away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub added: FieldSet,
    pub modified: FieldSet,
    pub removed: FieldSet,
}

impl Changes {
    pub fn between(schema: &Schema, before: &Value, after: &Value) -> Self {
        let mut changes = Self::default();
        differ(schema, before, after, &mut |change| match (change.before, change.after) {
            (None, _) => changes.added.insert(change.path),
            (_, None) => changes.removed.insert(change.path),
            _ => changes.modified.insert(change.path),
        });
        changes
    }

    /// The changes outside some fields.
    pub fn without(self, fields: &FieldSet) -> Self {
        Self {
            added: self.added.recursive_difference(fields),
            modified: self.modified.recursive_difference(fields),
            removed: self.removed.recursive_difference(fields),
        }
    }
}

/// Reports every change between two values that fit the schema.
pub(crate) fn differ(
    schema: &Schema,
    before: &Value,
    after: &Value,
    report: &mut dyn FnMut(Change<'_>),
) {
    let mut walk = Walk { path: Vec::new(), report };
    walk.value(Step { of: &schema.root, field: None, siblings: None }, Some(before), Some(after));
}

/// What is known of where the walk stands.
#[derive(Clone, Copy)]
struct Step<'a> {
    of: &'a TypeRef,
    field: Option<&'a Field>,
    siblings: Option<(&'a MapType, &'a Map<String, Value>)>,
}

struct Walk<'r> {
    path: Vec<PathElement>,
    report: &'r mut dyn FnMut(Change<'_>),
}

impl Walk<'_> {
    fn value(&mut self, step: Step<'_>, before: Option<&Value>, after: Option<&Value>) {
        let atom = step.of.resolve();
        let leaf = match (before, after) {
            (_, None) => self.shaped(step, atom.shape(before), before, after),
            // The two are of different kinds: each is compared as its own kind.
            (Some(old), Some(new)) if atom.narrowed(Some(old)) != atom.narrowed(Some(new)) => {
                self.shaped(step, atom.shape(before), before, after);
                self.shaped(step, atom.shape(after), before, after)
            }
            _ => self.shaped(step, atom.shape(after), before, after),
        };
        if !leaf && (before.is_none() || after.is_none()) {
            self.tell(step, before, after);
        }
    }

    /// Compares as one kind of value; whether the value was a leaf.
    fn shaped(
        &mut self,
        step: Step<'_>,
        shape: Shape<'_>,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> bool {
        match shape {
            Shape::List { of, atomic: false } => {
                let (old, new) = (items(before), items(after));
                if !old.is_empty() || !new.is_empty() {
                    self.lists(of, old, new);
                    return false;
                }
            }
            Shape::Map { of, atomic: false } => {
                let (old, new) = (members(before), members(after));
                if old.is_some_and(|old| !old.is_empty()) || new.is_some_and(|new| !new.is_empty())
                {
                    self.maps(of, old, new);
                    return false;
                }
            }
            Shape::Scalar(_) | Shape::List { .. } | Shape::Map { .. } | Shape::Nothing => {}
        }
        let same = match (before, after) {
            (Some(before), Some(after)) => order::equal(before, after),
            _ => false,
        };
        if !same {
            self.tell(step, before, after);
        }
        true
    }

    fn tell(&mut self, step: Step<'_>, before: Option<&Value>, after: Option<&Value>) {
        let (path, of) = (&*self.path, step.of.resolve());
        (self.report)(Change {
            path,
            before,
            after,
            of,
            field: step.field,
            siblings: step.siblings,
        });
    }

    fn maps(
        &mut self,
        of: &MapType,
        before: Option<&Map<String, Value>>,
        after: Option<&Map<String, Value>>,
    ) {
        let names: BTreeSet<&String> =
            before.into_iter().chain(after).flat_map(Map::keys).collect();
        for name in names {
            let Some(member) = of.member(name) else { continue };
            self.path.push(PathElement::field(name));
            let siblings = before.map(|before| (of, before));
            let step = Step { of: member, field: of.field(name), siblings };
            let before = before.and_then(|map| map.get(name));
            self.value(step, before, after.and_then(|map| map.get(name)));
            self.path.pop();
        }
    }

    fn lists(&mut self, of: &ListType, before: &[Value], after: &[Value]) {
        let mut all: BTreeMap<PathElement, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
        for item in before {
            let step = element::of(of, item).unwrap_or(PathElement::Index(-1));
            all.entry(step).or_default().0.push(item);
        }
        for item in after {
            let step = element::of(of, item).unwrap_or(PathElement::Index(-1));
            all.entry(step).or_default().1.push(item);
        }
        for (step, (before, after)) in all {
            self.path.push(step);
            self.elements(Step { of: &of.element, field: None, siblings: None }, &before, &after);
            self.path.pop();
        }
    }

    /// Elements of one key. Several of one key are owned and compared as one.
    fn elements(&mut self, step: Step<'_>, before: &[&Value], after: &[&Value]) {
        match (before, after) {
            ([] | [_], [] | [_]) => {
                self.value(step, before.first().copied(), after.first().copied());
            }
            ([_, _, ..], [_, _, ..]) => {
                let same = before.len() == after.len()
                    && before.iter().zip(after).all(|(l, r)| order::equal(l, r));
                if !same {
                    self.tell(step, before.first().copied(), after.first().copied());
                }
            }
            ([first, ..], rest) if before.len() > 1 => {
                if let [only] = rest {
                    self.value(step, None, Some(only));
                }
                self.tell(step, Some(first), None);
            }
            (rest, [first, ..]) => {
                if let [only] = rest {
                    self.value(step, Some(only), None);
                }
                self.tell(step, None, Some(first));
            }
            ([_, _, ..], []) => {}
        }
    }
}
