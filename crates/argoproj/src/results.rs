//! What became of each object in a sync: `syncResult.resources`.

use crate::operation;
use serde_json::{Value, json};
use trimtab_crd::{read, sentence};
use trimtab_model::{App, ObjectKey};
use trimtab_sync::{ObjectResult, ResultCode};

/// Objects that failed before anything was applied have no phase of their own.
const NOT_VALID: [&str; 2] =
    [" is not permitted in project ", "The Kubernetes API could not find "];

/// Writes one result. Objects of the whole cluster are listed with the destination's namespace.
pub fn write(result: &ObjectResult, app: &App) -> Value {
    let destination = app.destination.namespace.as_ref().map_or("", |n| n.as_str());
    let namespace = result.key.namespace.as_ref().map_or(destination, |n| n.as_str());
    let mut entry = json!({
        "group": result.key.group.as_str(),
        "version": result.version.as_str(),
        "kind": result.key.kind.as_str(),
        "namespace": namespace,
        "name": result.key.name.as_str(),
        "status": code(result.code),
        "syncPhase": if is_created_namespace(result, app) { "PreSync" } else { "Sync" },
    });
    if !result.message.is_empty() {
        entry["message"] = sentence(&result.message).into();
    }
    if let Some(phase) = hook_phase(result) {
        entry["hookPhase"] = phase.into();
    }
    if !result.images.is_empty() {
        entry["images"] = result.images.clone().into();
    }
    entry
}

fn code(code: ResultCode) -> &'static str {
    match code {
        ResultCode::Synced => "Synced",
        ResultCode::SyncFailed => "SyncFailed",
        ResultCode::Pruned => "Pruned",
        ResultCode::PruneSkipped => "PruneSkipped",
    }
}

/// The phase stays Running for what was applied and not waited for.
fn hook_phase(result: &ObjectResult) -> Option<&'static str> {
    match (result.code, result.waited) {
        (ResultCode::Synced, None) => Some("Running"),
        (ResultCode::Pruned | ResultCode::PruneSkipped, _) | (ResultCode::Synced, Some(true)) => {
            Some("Succeeded")
        }
        (ResultCode::Synced, Some(false)) => Some("Failed"),
        (ResultCode::SyncFailed, _) => {
            let is_valid = !NOT_VALID.iter().any(|text| result.message.contains(text));
            is_valid.then_some("Failed")
        }
    }
}

/// The destination's namespace is created before everything else.
fn is_created_namespace(result: &ObjectResult, app: &App) -> bool {
    let created = app.policy.create_namespace == trimtab_model::NamespaceCreation::WhenAbsent;
    created
        && result.key.is("", "Namespace")
        && app
            .destination
            .namespace
            .as_ref()
            .is_some_and(|n| n.as_str() == result.key.name.as_str())
}

/// Reads the results of a status.
pub fn read_all(status: &Value) -> Vec<ObjectResult> {
    let results = read::list(status, "operationState.syncResult.resources").iter();
    results.filter_map(|entry| read_one(entry, status)).collect()
}

fn read_one(entry: &Value, status: &Value) -> Option<ObjectResult> {
    let code = match read::text(entry, "status")? {
        "Synced" => ResultCode::Synced,
        "SyncFailed" => ResultCode::SyncFailed,
        "Pruned" => ResultCode::Pruned,
        "PruneSkipped" => ResultCode::PruneSkipped,
        _ => return None,
    };
    let waited = match (code, read::text(entry, "hookPhase")) {
        (ResultCode::Synced, Some("Succeeded")) => Some(true),
        (ResultCode::Synced, Some("Failed" | "Error")) => Some(false),
        _ => None,
    };
    Some(ObjectResult {
        key: without_lent_namespace(operation::key(entry)?, status),
        version: read::text(entry, "version").unwrap_or_default().into(),
        code,
        message: read::text(entry, "message").unwrap_or_default().to_owned(),
        images: read::texts(entry, "images").map(ToOwned::to_owned).collect(),
        waited,
    })
}

/// An object of the whole cluster is listed with a namespace that it does not have; the list of
/// objects knows better.
fn without_lent_namespace(key: ObjectKey, status: &Value) -> ObjectKey {
    let same = |entry: &&Value| {
        operation::key(entry).is_some_and(|listed| {
            listed.group_kind() == key.group_kind()
                && listed.name == key.name
                && listed.namespace.is_none()
        })
    };
    if read::list(status, "resources").iter().any(|entry| same(&entry)) {
        return ObjectKey { namespace: None, ..key };
    }
    key
}
