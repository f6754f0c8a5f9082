//! Server-side apply. Source: structured-merge-diff v6, `merge/update.go`, and the server's
//! `managedfields/internal` around it.

use crate::differ::Changes;
use crate::managed::{managed_fields, seconds, set_managed_fields};
use crate::validate::{Duplicates, validate};
use crate::{
    Error, FieldPath, FieldSet, ManagedEntry, ManagedFields, Operation, Schema, combine, kubectl,
    order, prune, reconcile, set_of, update,
};
use serde_json::{Map, Value, json};
use trimtab_model::{FieldManager, Timestamp};

/// One apply.
#[derive(Clone, Copy, Debug)]
pub struct Apply<'a> {
    /// The schema of the kind at the version that `desired` is written in.
    pub schema: &'a Schema,
    /// The object as it is, with its managed fields; `None` if there is none.
    pub live: Option<&'a Value>,
    /// What is applied.
    pub desired: &'a Value,
    /// Who applies.
    pub manager: &'a FieldManager,
    /// The subresource that is written through; empty for the object itself.
    pub subresource: &'a str,
    /// What happens to fields that others own with other values.
    pub force: Force,
    /// The time to enter.
    pub now: Timestamp,
}

/// What happens to fields that other managers own with other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// The apply is refused.
    Refuse,
    /// They are taken.
    Take,
}

/// The result of an apply.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The object with its new managed fields, before the server's defaulting and admission.
    pub object: Value,
    /// Whether anything but managed fields changed.
    pub changed: bool,
    /// The fields that were taken from others.
    pub taken: Vec<Conflict>,
}

/// A field that another manager owns with another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The other manager, as the server's messages name it.
    pub manager: String,
    /// The field.
    pub path: FieldPath,
}

/// Applies. Entries of other versions of the kind are read as if they were of this one, which is
/// exact where the versions have the same fields.
pub fn apply(request: &Apply<'_>) -> Result<Applied, Error> {
    let Apply { schema, desired, .. } = *request;
    if managed_fields(desired).is_some_and(|fields| !fields.is_null()) {
        return Err(Error::CarriesManagedFields);
    }
    let problems = validate(schema, desired, Duplicates::Refused);
    if !problems.0.is_empty() {
        return Err(Error::Invalid { object: named(desired), problems });
    }
    let empty = json!({});
    let live = without_managed_fields(request.live.unwrap_or(&empty));
    let problems = validate(schema, &live, Duplicates::Allowed);
    if !problems.0.is_empty() {
        return Err(Error::InvalidLive { object: named(&live), problems });
    }
    let mut managed = ManagedFields::of(request.live.unwrap_or(&empty))?;
    if managed.0.is_empty() && request.live.is_some() {
        managed = update::before_first_apply(schema, &live, request.now);
    }
    let applied = kubectl::apply(request, &live, &managed)?;
    Ok(kubectl::remember(request, applied))
}

/// The apply itself, once everything is read.
pub(crate) fn applied(
    request: &Apply<'_>,
    live: &Value,
    managed: &ManagedFields,
    force: Force,
) -> Result<Applied, Error> {
    let Apply { schema, desired, .. } = *request;
    let reset = schema.reset_fields(request.subresource);
    let own = ManagedEntry {
        manager: request.manager.clone(),
        operation: Operation::Apply,
        api_version: api_version(desired).into(),
        subresource: request.subresource.into(),
        time: None,
        fields: set_of::all_fields(schema, desired).recursive_difference(&reset),
    };
    let mut managed = reconciled(schema, managed);
    let last = managed.writer(&own).cloned();
    let own = ManagedEntry { time: last.as_ref().and_then(|entry| entry.time), ..own };
    managed.put(own.clone());
    let object = merged(schema, live, desired, last.as_ref().map(|entry| &entry.fields), &managed);
    let changes = Changes::between(schema, live, &object).without(&reset);
    let taken = conflicts(&managed, &own, &changes);
    if force == Force::Refuse && !taken.is_empty() {
        return Err(Error::Conflicts(taken));
    }
    take(&mut managed, Some(&own), &changes);
    let changed = !order::equal(live, &object);
    enter(&mut managed, own, changed.then_some(request.now));
    let mut object = if changed { object } else { live.clone() };
    set_managed_fields(&mut object, &managed);
    Ok(Applied { object, changed, taken })
}

/// The live object with `desired` laid over it, without what the manager owned and applies no more.
pub(crate) fn merged(
    schema: &Schema,
    live: &Value,
    desired: &Value,
    last: Option<&FieldSet>,
    managed: &ManagedFields,
) -> Value {
    let merged = combine::combine(&schema.root, Some(live), Some(desired)).unwrap_or(Value::Null);
    match last {
        Some(last) => prune::prune(schema, merged, last, &managed.fields_of(|_| true)),
        None => merged,
    }
}

/// Enters the applying manager's set: a manager that owns nothing has no entry.
fn enter(managed: &mut ManagedFields, own: ManagedEntry, now: Option<Timestamp>) {
    let fields = set_of::stripped(&own.fields);
    managed.0.retain(|entry| !entry.same_writer(&own));
    if !fields.is_empty() {
        let time = now.map(seconds).or(own.time);
        managed.put(ManagedEntry { time, fields, ..own });
    }
}

/// The entries as the schema of today sees them.
pub(crate) fn reconciled(schema: &Schema, managed: &ManagedFields) -> ManagedFields {
    let entry = |entry: &ManagedEntry| ManagedEntry {
        fields: reconcile::reconcile(schema, &entry.fields),
        ..entry.clone()
    };
    ManagedFields(managed.0.iter().map(entry).collect())
}

fn conflicts(managed: &ManagedFields, own: &ManagedEntry, changes: &Changes) -> Vec<Conflict> {
    let changed = changes.modified.union(&changes.added);
    let mut others: Vec<_> = managed.0.iter().filter(|entry| !entry.same_writer(own)).collect();
    others.sort_by_key(|entry| (entry.manager.clone(), entry.operation, entry.api_version.clone()));
    let of = |entry: &ManagedEntry| {
        let manager = entry.to_string();
        let paths = entry.fields.intersection(&changed).by_level();
        paths.into_iter().map(move |path| Conflict { manager: manager.clone(), path })
    };
    others.into_iter().flat_map(of).collect()
}

/// Takes what changed from everybody but one, and drops entries that own nothing any more.
pub(crate) fn take(managed: &mut ManagedFields, but: Option<&ManagedEntry>, changes: &Changes) {
    let gone = changes.modified.union(&changes.added).union(&changes.removed);
    for entry in &mut managed.0 {
        if !but.is_some_and(|own| own.same_writer(entry)) {
            entry.fields = entry.fields.difference(&gone);
        }
    }
    managed.0.retain(|entry| !entry.fields.is_empty());
}

/// An object without its managed fields.
pub(crate) fn without_managed_fields(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}

pub(crate) fn api_version(object: &Value) -> &str {
    object.get("apiVersion").and_then(Value::as_str).unwrap_or("")
}

/// An object as the server names it: `namespace/name; group/version, Kind=kind`.
fn named(object: &Value) -> String {
    let text = |name: &str| {
        object.get("metadata").and_then(|m| m.get(name)).and_then(Value::as_str).unwrap_or("")
    };
    let version = api_version(object);
    let slash = if version.contains('/') { "" } else { "/" };
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or("");
    format!("{}/{}; {slash}{version}, Kind={kind}", text("namespace"), text("name"))
}

/// The server's message for conflicts.
pub(crate) fn conflict_message(conflicts: &[Conflict]) -> String {
    if let [only] = conflicts {
        return format!(
            "Apply failed with 1 conflict: conflict with {}: {}",
            only.manager, only.path
        );
    }
    let mut lines = Vec::new();
    let mut manager = None;
    for conflict in conflicts {
        if manager != Some(&conflict.manager) {
            lines.push(format!("conflicts with {}:", conflict.manager));
            manager = Some(&conflict.manager);
        }
        lines.push(format!("- {}", conflict.path));
    }
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}

/// Whether two states of an object differ in the times of their managed fields alone: a write that
/// makes the one of the other is not stored. Both are as the server would store them.
pub fn is_settled(old: &Value, new: &Value) -> bool {
    let (Some(before), Some(after)) = (old.get("metadata"), new.get("metadata")) else {
        return order::equal(old, new);
    };
    let entries =
        |object| managed_fields(object).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (earlier, later) = (entries(old), entries(new));
    let is_there = |entry: &Value| earlier.iter().any(|found| equal_but("time", found, entry));
    equal_but("metadata", old, new)
        && equal_but("managedFields", before, after)
        && earlier.len() == later.len()
        && later.iter().all(is_there)
}

/// Whether two maps have the same members but for one.
fn equal_but(name: &str, left: &Value, right: &Value) -> bool {
    let (Value::Object(left), Value::Object(right)) = (left, right) else {
        return order::equal(left, right);
    };
    let count = |members: &Map<String, Value>| members.keys().filter(|key| *key != name).count();
    let is_same = |(key, value): (&String, &Value)| {
        key == name || right.get(key).is_some_and(|other| order::equal(value, other))
    };
    count(left) == count(right) && left.iter().all(is_same)
}
