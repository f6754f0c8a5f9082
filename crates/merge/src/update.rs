//! Who owns what after a write that is no apply. Source: structured-merge-diff v6,
//! `merge/update.go`, and the server's `managedfieldsupdater.go`, `capmanagers.go` and
//! `skipnonapplied.go`.

use crate::apply::{api_version, reconciled, take, without_managed_fields};
use crate::differ::Changes;
use crate::managed::{managed_fields, seconds, set_managed_fields};
use crate::{ManagedEntry, ManagedFields, Operation, Schema, set_of};
use serde_json::Value;
use std::collections::BTreeMap;
use trimtab_model::{FieldManager, Timestamp};

/// The most entries of updates that an object keeps; older ones are merged.
const UPDATE_ENTRIES_MAX: usize = 10;
/// The manager of merged entries.
const ANCIENT: &str = "ancient-changes";
/// The manager of what was there before managed fields were.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// One write that is no apply.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// The schema of the kind at the version of the write.
    pub schema: &'a Schema,
    /// The object before, with its managed fields; `None` if it is created.
    pub old: Option<&'a Value>,
    /// The object after, defaults filled in, perhaps with managed fields that the writer set.
    pub new: &'a Value,
    /// Who writes.
    pub manager: &'a FieldManager,
    /// The subresource that is written through; empty for the object itself.
    pub subresource: &'a str,
    /// The time to enter.
    pub now: Timestamp,
}

/// The new object with its managed fields as they are after the write: what changed is the writer's.
pub fn update(request: &Update<'_>) -> Value {
    let mut object = without_managed_fields(request.new);
    let managed = before(request);
    let tracked = !managed.0.is_empty() || !has_uid(request.old);
    let managed = if tracked { after(request, &object, &managed) } else { managed };
    set_managed_fields(&mut object, &managed);
    object
}

fn has_uid(object: Option<&Value>) -> bool {
    let uid = object.and_then(|object| object.get("metadata")?.get("uid")?.as_str());
    uid.is_some_and(|uid| !uid.is_empty())
}

/// The entries to start from: those that the writer sent, if it sent any that can be read; an empty
/// list resets.
fn before(request: &Update<'_>) -> ManagedFields {
    let old = || request.old.and_then(|old| ManagedFields::of(old).ok()).unwrap_or_default();
    let sent = managed_fields(request.new).filter(|sent| !sent.is_null());
    let Some(sent) = sent.filter(|_| request.subresource.is_empty()) else { return old() };
    let entries = sent.as_array().map_or(&[][..], Vec::as_slice);
    let empty = |entry: &Value| entry.as_object().is_some_and(serde_json::Map::is_empty);
    match entries {
        [] => ManagedFields::default(),
        [only] if empty(only) => ManagedFields::default(),
        _ => ManagedFields::read(sent).unwrap_or_else(|_| old()),
    }
}

fn after(request: &Update<'_>, new: &Value, managed: &ManagedFields) -> ManagedFields {
    let old = request.old.map_or_else(|| request.schema.empty(), without_managed_fields);
    let writer = ManagedEntry {
        manager: request.manager.clone(),
        operation: Operation::Update,
        api_version: api_version(new).into(),
        subresource: request.subresource.into(),
        time: Some(seconds(request.now)),
        fields: crate::FieldSet::default(),
    };
    written(request.schema, (&old, new), managed, writer)
}

/// The entries after a write from one object to the other.
fn written(
    schema: &Schema,
    (old, new): (&Value, &Value),
    managed: &ManagedFields,
    writer: ManagedEntry,
) -> ManagedFields {
    let reset = schema.reset_fields(&writer.subresource);
    let mut managed = reconciled(schema, managed);
    let changes = Changes::between(schema, old, new).without(&reset);
    take(&mut managed, None, &changes);
    let fields = set_of::stripped(&changes.modified.union(&changes.added));
    if !fields.is_empty() {
        let fields = match managed.writer(&writer) {
            Some(earlier) => fields.union(&earlier.fields),
            None => fields,
        };
        managed.put(ManagedEntry { fields, ..writer });
    }
    capped(managed)
}

/// The entries of an object that was never applied and has none: everything is older than the first
/// apply.
pub(crate) fn before_first_apply(schema: &Schema, live: &Value, now: Timestamp) -> ManagedFields {
    let writer = ManagedEntry {
        manager: BEFORE_FIRST_APPLY.into(),
        operation: Operation::Update,
        api_version: api_version(live).into(),
        subresource: "".into(),
        time: Some(seconds(now)),
        fields: crate::FieldSet::default(),
    };
    written(schema, (&schema.empty(), live), &ManagedFields::default(), writer)
}

/// Merges the oldest entries of updates, version by version, until few enough are left.
fn capped(mut managed: ManagedFields) -> ManagedFields {
    let is_update = |entry: &&ManagedEntry| entry.operation == Operation::Update;
    let mut updates: Vec<ManagedEntry> = managed.0.iter().filter(is_update).cloned().collect();
    updates.sort_by_key(|entry| {
        let seconds = entry.time.map_or(0, Timestamp::as_second);
        (seconds, entry.manager.clone(), entry.api_version.clone(), entry.subresource.clone())
    });
    let mut left = updates.len();
    let mut firsts: BTreeMap<std::sync::Arc<str>, ManagedEntry> = BTreeMap::new();
    for entry in updates {
        if left <= UPDATE_ENTRIES_MAX {
            break;
        }
        let Some(first) = firsts.get(&entry.api_version) else {
            firsts.insert(entry.api_version.clone(), entry);
            continue;
        };
        let mut bucket =
            ManagedEntry { manager: ANCIENT.into(), subresource: "".into(), ..entry.clone() };
        let (earlier, opened) = match managed.writer(&bucket) {
            Some(earlier) => (earlier.fields.clone(), None),
            None => (first.fields.clone(), Some(first.clone())),
        };
        bucket.fields = bucket.fields.union(&earlier);
        managed.0.retain(|found| {
            let moved = opened.as_ref().is_some_and(|first| found.same_writer(first));
            !moved && !found.same_writer(&entry)
        });
        managed.put(bucket);
        left -= 1;
    }
    managed
}
