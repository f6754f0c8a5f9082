//! Whether an apply would change anything, without asking the server.

use crate::apply::{api_version, merged};
use crate::combine::{items, members};
use crate::differ::differ;
use crate::equivalent::{Verdict, verdict};
use crate::schema::{Origin, Shape, TypeRef};
use crate::validate::{Duplicates, validate};
use crate::{
    FieldPath, FieldSet, ManagedEntry, ManagedFields, Operation, PathElement, Schema, element,
    prepare, set_of,
};
use serde_json::Value;

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct Compare<'a> {
    /// The schema of the kind at the version that `desired` is written in.
    pub schema: &'a Schema,
    /// What would be applied.
    pub desired: &'a Value,
    /// The object as it is, read at the same version.
    pub live: &'a Value,
    /// What our applies own, if they own anything.
    pub owned: Option<&'a FieldSet>,
    /// What all other managers own, those without whose entries we take over.
    pub others: &'a FieldSet,
    /// What client-side apply remembers, where the object is taken over from it: what that names,
    /// `desired` does not, and nobody else owns, would go.
    pub last_applied: Option<&'a Value>,
}

/// Whether an apply would change the object. Who owns its fields is not compared: that changes
/// where [`set_of`] of `desired` is not what we own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It would not.
    Same,
    /// It would, in these fields.
    Different(Vec<Difference>),
    /// The schema cannot tell; a dry run can.
    Undecided(String),
}

/// A field that an apply would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub path: FieldPath,
    /// How.
    pub kind: DifferenceKind,
}

/// How an apply would change a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// It would be there.
    Added,
    /// It would have another value.
    Changed,
    /// It would be gone, or have the server's default again.
    Removed,
    /// The elements of the list would have another order.
    Reordered,
}

/// Compares.
pub fn compare(request: &Compare<'_>) -> Comparison {
    let Compare { schema, live, .. } = *request;
    let desired = prepare(request.desired.clone());
    if api_version(&desired) != api_version(live) {
        return Comparison::Undecided("the live object was read at another version".into());
    }
    for (object, duplicates) in [(&desired, Duplicates::Refused), (live, Duplicates::Allowed)] {
        let problems = validate(schema, object, duplicates);
        if !problems.0.is_empty() {
            return Comparison::Undecided(problems.to_string());
        }
    }
    let after = after(request, &desired);
    let (mut found, mut unsure) = differences(schema, live, &after);
    reordered(&schema.root, Some(live), Some(&after), &mut Vec::new(), &mut found);
    if schema.origin() == Origin::Deduced {
        unsure = unsure.or(found.drain(..).map(|difference| difference.path).next());
    }
    match (found.is_empty(), unsure) {
        (false, _) => Comparison::Different(found),
        (true, Some(path)) => Comparison::Undecided(format!("the schema cannot decide {path}")),
        (true, None) => Comparison::Same,
    }
}

/// The object after the apply, before the server fills in defaults.
fn after(request: &Compare<'_>, desired: &Value) -> Value {
    let Compare { schema, live, owned, others, .. } = *request;
    let desired_fields =
        set_of::all_fields(schema, desired).recursive_difference(&schema.reset_fields(""));
    let mut last = owned.cloned().unwrap_or_default();
    if let Some(applied) = request.last_applied {
        last = last.union(&set_of(schema, &prepare(applied.clone())));
    }
    let entry = ManagedEntry {
        manager: "".into(),
        operation: Operation::Apply,
        api_version: api_version(desired).into(),
        subresource: "".into(),
        time: None,
        fields: desired_fields.union(others),
    };
    merged(schema, live, desired, Some(&last), &ManagedFields(vec![entry]))
}

/// What would change for certain, and the first field that nobody can tell of.
fn differences(
    schema: &Schema,
    live: &Value,
    after: &Value,
) -> (Vec<Difference>, Option<FieldPath>) {
    let reset = schema.reset_fields("");
    let (mut found, mut unsure) = (Vec::new(), None);
    differ(schema, live, after, &mut |change| {
        if change.path.first().is_some_and(|first| reset.has(first)) {
            return;
        }
        let path = || FieldPath::from(change.path);
        match verdict(&change) {
            Verdict::Same => {}
            Verdict::Unsure => unsure = unsure.take().or_else(|| Some(path())),
            Verdict::Different => {
                let kind = match (change.before, change.after) {
                    (None, _) => DifferenceKind::Added,
                    (_, None) => DifferenceKind::Removed,
                    _ => DifferenceKind::Changed,
                };
                found.push(Difference { path: path(), kind });
            }
        }
    });
    (found, unsure)
}

/// Finds lists whose common elements stand in another order.
fn reordered(
    of: &TypeRef,
    before: Option<&Value>,
    after: Option<&Value>,
    path: &mut Vec<PathElement>,
    found: &mut Vec<Difference>,
) {
    match of.resolve().shape(after) {
        Shape::Map { of, atomic: false } => {
            let (Some(before), Some(after)) = (members(before), members(after)) else { return };
            for (name, after) in after {
                if let (Some(of), Some(before)) = (of.member(name), before.get(name)) {
                    path.push(PathElement::field(name));
                    reordered(of, Some(before), Some(after), path, found);
                    path.pop();
                }
            }
        }
        Shape::List { of, atomic: false } => {
            let steps = |items: &[Value]| -> Vec<PathElement> {
                items.iter().filter_map(|item| element::of(of, item).ok()).collect()
            };
            let (before, after) = (items(before), items(after));
            let (old, new) = (steps(before), steps(after));
            let kept = |of: &[PathElement], also: &[PathElement]| -> Vec<PathElement> {
                of.iter().filter(|step| also.contains(step)).cloned().collect()
            };
            if old != new && kept(&old, &new) != kept(&new, &old) {
                let kind = DifferenceKind::Reordered;
                found.push(Difference { path: FieldPath(path.clone()), kind });
            }
            for (step, after) in new.iter().zip(after) {
                let Some(place) = old.iter().position(|found| found == step) else { continue };
                path.push(step.clone());
                reordered(&of.element, before.get(place), Some(after), path, found);
                path.pop();
            }
        }
        _ => {}
    }
}
