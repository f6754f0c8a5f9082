//! One value laid over another. Source: structured-merge-diff v6, `typed/merge.go`.

use crate::schema::{ListType, MapType, Shape, TypeRef};
use crate::{PathElement, element};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// `over` laid over `under`: what `over` says counts, what it does not mention stays. Both fit the
/// type. `None` where nothing is left.
pub(crate) fn combine(of: &TypeRef, under: Option<&Value>, over: Option<&Value>) -> Option<Value> {
    let leaf = || over.or(under).cloned();
    match of.resolve().shape(over.or(under)) {
        Shape::List { of, atomic: false } => {
            let (under, over) = (items(under), items(over));
            // Two empty lists are a leaf, so that null, empty and absent stay apart.
            if under.is_empty() && over.is_empty() {
                return leaf();
            }
            let combined = Lists::new(of, under, over).combined();
            (!combined.is_empty()).then_some(Value::Array(combined))
        }
        Shape::Map { of, atomic: false } => {
            let (under, over) = (members(under), members(over));
            if under.is_none_or(Map::is_empty) && over.is_none_or(Map::is_empty) {
                return leaf();
            }
            let combined = maps(of, under, over);
            (!combined.is_empty()).then_some(Value::Object(combined))
        }
        _ => leaf(),
    }
}

pub(crate) fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(crate) fn members(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value.and_then(Value::as_object)
}

fn maps(
    of: &MapType,
    under: Option<&Map<String, Value>>,
    over: Option<&Map<String, Value>>,
) -> Map<String, Value> {
    let names: BTreeSet<&String> = under.into_iter().chain(over).flat_map(Map::keys).collect();
    let combined = names.into_iter().filter_map(|name| {
        let of = of.member(name)?;
        let get = |map: Option<&'_ Map<String, Value>>| map.and_then(|map| map.get(name)).cloned();
        let (under, over) = (get(under), get(over));
        Some((name.clone(), combine(of, under.as_ref(), over.as_ref())?))
    });
    combined.collect()
}

/// Two lists whose elements have identities. Elements of both keep the order of `over`; an element
/// of `under` alone stays where it is among them as far as that order lets it.
struct Lists<'a> {
    of: &'a ListType,
    under: &'a [Value],
    under_steps: Vec<PathElement>,
    over_steps: Vec<PathElement>,
    in_under: BTreeMap<PathElement, &'a Value>,
    in_over: BTreeMap<PathElement, &'a Value>,
    merged: BTreeSet<PathElement>,
    out: Vec<Value>,
}

/// Elements that share a key are not merged with a new one of that key.
const NOT_MERGED: &Value = &Value::Null;

impl<'a> Lists<'a> {
    fn new(of: &'a ListType, under: &'a [Value], over: &'a [Value]) -> Self {
        let (under_steps, in_under) = index(of, under);
        let (over_steps, in_over) = index(of, over);
        let (merged, out) = (BTreeSet::new(), Vec::with_capacity(under.len().max(over.len())));
        Self { of, under, under_steps, over_steps, in_under, in_over, merged, out }
    }

    fn combined(mut self) -> Vec<Value> {
        let shared = self.over_steps.iter().filter(|step| self.in_under.contains_key(*step));
        let mut shared: VecDeque<PathElement> = shared.cloned().collect();
        let (mut left, mut right) = (0, 0);
        while left < self.under_steps.len() || right < self.over_steps.len() {
            if let (Some(under), Some(over)) =
                (self.under_steps.get(left), self.over_steps.get(right))
            {
                if under == over {
                    self.take_over(right);
                    (left, right) = (left + 1, right + 1);
                    shared.pop_front();
                    continue;
                }
                let wanted = shared.front().is_some_and(|next| next != under);
                if self.in_over.contains_key(under) && wanted {
                    // In both lists, but its turn comes later.
                    left += 1;
                    continue;
                }
            }
            if let Some(step) = self.under_steps.get(left) {
                if !self.in_over.contains_key(step) {
                    self.take_under(left);
                    left += 1;
                    continue;
                } else if self.merged.contains(step) {
                    left += 1;
                }
            }
            if right < self.over_steps.len() {
                if shared.front() == Some(&self.over_steps[right]) {
                    shared.pop_front();
                }
                self.take_over(right);
                right += 1;
            }
        }
        self.out
    }

    fn take_under(&mut self, index: usize) {
        self.out.extend(combine(&self.of.element, self.under.get(index), None));
    }

    fn take_over(&mut self, index: usize) {
        let step = &self.over_steps[index];
        let (under, over) = (self.in_under.get(step).copied(), self.in_over.get(step).copied());
        self.out.extend(combine(&self.of.element, under, over));
        self.merged.insert(step.clone());
    }
}

/// The step of each element, and the element of each step.
fn index<'a>(
    of: &ListType,
    items: &'a [Value],
) -> (Vec<PathElement>, BTreeMap<PathElement, &'a Value>) {
    let (mut steps, mut found) = (Vec::with_capacity(items.len()), BTreeMap::new());
    for item in items {
        // Both lists fit their type, so every element has a step; a stray one without is kept
        // under a step of its own.
        let step = element::of(of, item).unwrap_or(PathElement::Index(-1));
        found.entry(step.clone()).and_modify(|item| *item = NOT_MERGED).or_insert(item);
        steps.push(step);
    }
    (steps, found)
}
