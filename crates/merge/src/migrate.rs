//! Taking over from managers that wrote by updates. Source: client-go, `util/csaupgrade`.

use crate::{Error, FieldSet, LAST_APPLIED, ManagedEntry, ManagedFields, Operation, PathElement};
use serde_json::{Value, json};
use trimtab_model::FieldManager;

/// The JSON patch after which `manager` owns by apply what `predecessors` owned by updates, and the
/// annotation of client-side apply is gone; `None` if there is nothing to move and no annotation.
/// It names the object's resourceVersion: a stale one is refused with 409.
///
/// Send it before the first apply, so that the apply removes what the predecessors set and the
/// manifest no longer has.
pub fn migration(
    live: &Value,
    manager: &FieldManager,
    predecessors: &[FieldManager],
) -> Result<Option<Value>, Error> {
    let version = live.get("metadata").and_then(|m| m.get("resourceVersion"));
    let Some(version) = version.and_then(Value::as_str) else {
        return Err(Error::NoResourceVersion);
    };
    let managed = ManagedFields::of(live)?;
    let moved = moved(&managed, manager, predecessors);
    let annotations = live.get("metadata").and_then(|m| m.get("annotations"));
    let remembered = annotations.and_then(|a| a.get(LAST_APPLIED)).is_some();
    if moved.is_none() && !remembered {
        return Ok(None);
    }
    let mut patch = Vec::new();
    if let Some(entries) = moved.as_ref().and_then(ManagedFields::write) {
        patch.push(json!({"op": "replace", "path": "/metadata/managedFields", "value": entries}));
    }
    if remembered {
        let escaped = LAST_APPLIED.replace('~', "~0").replace('/', "~1");
        let path = format!("/metadata/annotations/{escaped}");
        patch.push(json!({"op": "remove", "path": path}));
    }
    patch.push(json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version}));
    Ok(Some(Value::Array(patch)))
}

/// The JSON patch after which `manager` owns `fields` by apply in an object that has no managers at
/// all, because somebody stripped them; `None` where there are some. Without it the server would note
/// everything in the object as another manager's at the next apply, and nothing that the manifest
/// drops later would go. It is sent as the one of [`migration`].
pub fn restoration(live: &Value, manager: &FieldManager, fields: &FieldSet) -> Option<Value> {
    let stripped = ManagedFields::of(live).is_ok_and(|managed| managed.0.is_empty());
    let api_version = live.get("apiVersion").and_then(Value::as_str).filter(|_| stripped)?;
    let entry = ManagedEntry {
        manager: manager.clone(),
        operation: Operation::Apply,
        api_version: api_version.into(),
        subresource: "".into(),
        time: None,
        fields: fields.clone(),
    };
    let entries = ManagedFields(vec![entry]).write()?;
    Some(json!([{"op": "add", "path": "/metadata/managedFields", "value": entries}]))
}

/// The entries with those of the predecessors moved into ours.
fn moved(
    managed: &ManagedFields,
    manager: &FieldManager,
    predecessors: &[FieldManager],
) -> Option<ManagedFields> {
    let theirs = |entry: &ManagedEntry| predecessors.iter().any(|p| entry.is_update_of(p));
    let first = managed.0.iter().find(|entry| theirs(entry))?;
    let own = managed.0.iter().find(|entry| entry.is_apply_of(manager));
    let mut remembered = FieldSet::default();
    remembered.insert(&["metadata", "annotations", LAST_APPLIED].map(PathElement::field));
    let fields = managed.fields_of(|entry| theirs(entry) || entry.is_apply_of(manager));
    let moved = ManagedEntry {
        manager: manager.clone(),
        operation: Operation::Apply,
        fields: fields.difference(&remembered),
        ..own.unwrap_or(first).clone()
    };
    let mut entries = managed.clone();
    entries.0.retain(|entry| !theirs(entry) && !entry.is_apply_of(manager));
    entries.0.push(moved);
    Some(entries)
}
