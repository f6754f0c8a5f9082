//! The list of objects, `status.resources`, which is the inventory too (P5).
//!
//! An entry says that the object was applied, or is about to be: it is written in the same request
//! that records the operation. One sort of entry is no part of the inventory: with
//! `requiresDeletionConfirmation` it is an object that carries our mark and that we know nothing of. Where
//! it `requiresPruning` only a person's own sync removes it; else it may be of another namespace's
//! application of our name (P3). A predecessor's list reads the same way: what it has under that flag
//! and what is as desired is found to be ours by its mark.

use crate::{conditions, operation};
use serde_json::{Value, json};
use trimtab_crd::read;
use trimtab_inventory::{Entries, Entry, Home, Inventory, fits_inline};
use trimtab_model::{ObjectKey, Version, limit};
use trimtab_plan::SyncStatus;
use trimtab_sync::{ObjectReport, Report};

/// Where the status says that the inventory is.
pub fn home(status: &Value) -> Home {
    let cut = read::list(status, "conditions").iter().any(|c| c["type"] == conditions::TRUNCATED);
    if cut {
        return Home::Sharded;
    }
    let entries = read::list(status, "resources").iter().filter(|entry| is_applied(entry));
    let entry = |entry: &Value| {
        let version = read::text(entry, "version").unwrap_or_default().into();
        Some((operation::key(entry)?, Entry { version }))
    };
    Home::Inline(entries.filter_map(entry).collect())
}

fn is_applied(entry: &Value) -> bool {
    !read::is_true(entry, "requiresDeletionConfirmation") && !read::is_true(entry, "hook")
}

/// The list as a status holds it.
pub struct Listed {
    /// The entries, by group, kind, namespace and name.
    pub entries: Vec<Value>,
    /// What the list does not say, as a condition's type and message.
    pub condition: Option<(&'static str, String)>,
}

/// Writes the list: every object of the report, and what of the inventory is not among them. Where
/// they are too many, what is not Synced and Healthy comes first (P11); only an inventory that stands
/// here is never cut.
pub fn write(report: &Report) -> Listed {
    let inline = match &report.inventory {
        Inventory::Known(entries) if fits_inline(entries) => Some(entries),
        Inventory::Known(_) | Inventory::Unknown(_) => None,
    };
    let mut lines = lines(report);
    let all = lines.len();
    cut(&mut lines, inline);
    let left_out = all - lines.len();
    let condition = match (inline, left_out) {
        (Some(_), 0) => None,
        (Some(_), _) => Some((conditions::UNLISTED, unlisted(left_out, all))),
        (None, _) => {
            let message = format!(
                "{}; the inventory stands in Inventory objects of this namespace",
                unlisted(left_out, all)
            );
            Some((conditions::TRUNCATED, message))
        }
    };
    Listed { entries: lines.into_iter().map(|line| line.entry).collect(), condition }
}

fn unlisted(left_out: usize, all: usize) -> String {
    format!("{left_out} of {all} objects are not listed")
}

struct Line {
    key: ObjectKey,
    /// 0 for what a person should look at.
    rank: u8,
    entry: Value,
}

fn lines(report: &Report) -> Vec<Line> {
    let known = report.inventory.known().ok();
    let ours = |key: &ObjectKey| known.is_none_or(|entries| entries.contains_key(key));
    let told = report.objects.iter().map(|object| Line {
        key: object.key.clone(),
        rank: rank(object),
        entry: entry(object, ours(&object.key)),
    });
    let listed: std::collections::BTreeSet<&ObjectKey> =
        report.objects.iter().map(|object| &object.key).collect();
    let others = known.into_iter().flatten().filter(|(key, _)| !listed.contains(key));
    let others = others.map(|(key, entry)| Line {
        key: key.clone(),
        rank: 0,
        entry: identity(key, &entry.version),
    });
    told.chain(others).collect()
}

/// Leaves what fits, and all of an inventory that stands here, in the family's order.
fn cut(lines: &mut Vec<Line>, inline: Option<&Entries>) {
    let must = |line: &Line| inline.is_some_and(|entries| entries.contains_key(&line.key));
    lines.sort_by_cached_key(|line| (!must(line), line.rank, sort_key(&line.key)));
    let (mut count, mut bytes) = (0, 0);
    lines.retain(|line| {
        count += 1;
        bytes += line.entry.to_string().len() as u64 + 1;
        must(line)
            || count <= limit::INVENTORY_INLINE_OBJECTS_MAX
                && bytes <= limit::INVENTORY_INLINE_BYTES_MAX
    });
    lines.sort_by_cached_key(|line| sort_key(&line.key));
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

fn entry(object: &ObjectReport, ours: bool) -> Value {
    let mut entry = identity(&object.key, &object.version);
    entry["status"] = status(object.status).into();
    if object.wave.0 != 0 {
        entry["syncWave"] = object.wave.0.into();
    }
    if object.requires_pruning {
        entry["requiresPruning"] = true.into();
    }
    if !ours && object.only_marked {
        entry["requiresDeletionConfirmation"] = true.into();
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
