//! The list of objects, `status.resources`, which is the inventory too (P5).
//!
//! An entry says that the object was applied, or is about to be: it is written in the same request
//! that records the operation. One sort of entry is no part of the inventory: `requiresPruning`
//! together with `requiresDeletionConfirmation` is an object that carries our mark and that we know
//! nothing of; only a person's own sync removes it (P3). A predecessor's list reads the same way.

use crate::{conditions, operation};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use trimtab_crd::read;
use trimtab_inventory::Inventory;
use trimtab_model::{ObjectKey, Version, limit};
use trimtab_plan::SyncStatus;
use trimtab_sync::{ObjectReport, Report};

/// Reads the inventory that a status holds. A list that was cut is none: the rest stands in
/// `Inventory` objects.
pub fn read_inventory(status: &Value) -> Inventory {
    let cut = read::list(status, "conditions").iter().any(|c| c["type"] == conditions::TRUNCATED);
    if cut {
        return Inventory::Unknown("the status lists only a part of the objects".to_owned());
    }
    let mut objects = BTreeMap::new();
    for entry in read::list(status, "resources") {
        if is_applied(entry) {
            let version = read::text(entry, "version").unwrap_or_default();
            if let Some(key) = operation::key(entry) {
                objects.insert(key, Version::from(version));
            }
        }
    }
    Inventory::Known(objects)
}

fn is_applied(entry: &Value) -> bool {
    let unknown = read::is_true(entry, "requiresPruning")
        && read::is_true(entry, "requiresDeletionConfirmation");
    !unknown && !read::is_true(entry, "hook")
}

/// The list as a status holds it.
pub struct Listed {
    /// The entries, by group, kind, namespace and name.
    pub entries: Vec<Value>,
    /// How many objects found no room.
    pub left_out: usize,
}

/// Writes the list: every object of the report, and what of the inventory is not among them. Where
/// they are too many, what is not Synced and Healthy comes first (P11).
pub fn write(report: &Report) -> Listed {
    let mut entries = Vec::new();
    let applied = match &report.inventory {
        Inventory::Known(objects) => Some(objects),
        Inventory::Unknown(_) => None,
    };
    for object in &report.objects {
        let ours = applied.is_none_or(|applied| applied.contains_key(&object.key));
        entries.push((rank(object), sort_key(&object.key), entry(object, ours)));
    }
    let listed = |key: &ObjectKey| report.objects.iter().any(|object| object.key == *key);
    for (key, version) in applied.into_iter().flatten().filter(|(key, _)| !listed(key)) {
        entries.push((0, sort_key(key), identity(key, version)));
    }
    cut(entries)
}

/// 0 for what a person should look at.
fn rank(object: &ObjectReport) -> u8 {
    let healthy = object.health.as_ref().is_none_or(|h| h.code == trimtab_health::Code::Healthy);
    u8::from(object.status == SyncStatus::Synced && healthy)
}

/// The family's order.
fn sort_key(key: &ObjectKey) -> String {
    let namespace = key.namespace.as_ref().map_or("", |n| n.as_str());
    format!("{}/{}/{namespace}/{}", key.group, key.kind, key.name)
}

fn cut(mut entries: Vec<(u8, String, Value)>) -> Listed {
    let count_max = usize::try_from(limit::INVENTORY_INLINE_OBJECTS_MAX).unwrap_or(usize::MAX);
    let bytes_max = usize::try_from(limit::INVENTORY_INLINE_BYTES_MAX).unwrap_or(usize::MAX);
    let all = entries.len();
    entries.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let mut bytes = 0;
    let fit = entries.iter().take(count_max).take_while(|(_, _, entry)| {
        bytes += entry.to_string().len() + 1;
        bytes <= bytes_max
    });
    let fit = fit.count();
    entries.truncate(fit);
    entries.sort_by(|a, b| a.1.cmp(&b.1));
    let entries: Vec<Value> = entries.into_iter().map(|(_, _, entry)| entry).collect();
    Listed { left_out: all - entries.len(), entries }
}

fn entry(object: &ObjectReport, ours: bool) -> Value {
    let mut entry = identity(&object.key, &object.version);
    entry["status"] = status(object.status).into();
    if object.wave.0 != 0 {
        entry["syncWave"] = object.wave.0.into();
    }
    if object.requires_pruning {
        entry["requiresPruning"] = true.into();
        if !ours {
            entry["requiresDeletionConfirmation"] = true.into();
        }
    }
    entry
}

fn identity(key: &ObjectKey, version: &Version) -> Value {
    let mut entry = json!({
        "kind": key.kind.as_str(),
        "name": key.name.as_str(),
        "version": version.as_str(),
    });
    if !key.group.is_empty() {
        entry["group"] = key.group.as_str().into();
    }
    if let Some(namespace) = &key.namespace {
        entry["namespace"] = namespace.as_str().into();
    }
    entry
}

/// The family's word for a sync status.
pub fn status(status: SyncStatus) -> &'static str {
    match status {
        SyncStatus::Synced => "Synced",
        SyncStatus::OutOfSync => "OutOfSync",
        SyncStatus::Unknown => "Unknown",
    }
}
