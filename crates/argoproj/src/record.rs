//! What a status remembers.

use crate::{operation, resources, source, state};
use serde_json::Value;
use trimtab_crd::read;
use trimtab_inventory::join;
use trimtab_model::{Source, SourceRevision};
use trimtab_sync::{HistoryEntry, Operation, Phase, Record, Request};

/// Reads the record of an Application that asks for this operation. What of a status cannot be read is not there; only the
/// inventory says so (P1).
pub fn record(resource: &Value, sources: &[Source], requested: Option<Request>) -> Record {
    let spec = read::at(resource, "spec").unwrap_or(&Value::Null);
    let status = read::at(resource, "status").unwrap_or(&Value::Null);
    let operation = state::read(status, sources);
    let history = history(status);
    Record {
        inventory: join(&resources::home(status), &[]),
        requested,
        terminate: operation::is_terminating(resource),
        refresh: operation::refresh(resource),
        // A refresh is handled when its annotation is gone.
        refreshed: None,
        applied: applied(operation.as_ref(), &history, spec),
        last_run: operation.as_ref().and_then(|operation| operation.finished_at),
        rewritten: rewritten(status),
        pauses: None,
        operation,
        history,
    }
}

/// Entries that somebody could read; revisions that are no commits (of charts) are left out of them.
fn history(status: &Value) -> Vec<HistoryEntry> {
    read::list(status, "history").iter().filter_map(history_entry).collect()
}

/// Reads one entry of the history; `None` where it speaks of no commits.
pub fn history_entry(entry: &Value) -> Option<HistoryEntry> {
    let sources = source::recorded(entry, trimtab_model::UnknownFields::Refuse);
    let revisions = state::revisions(entry, &sources);
    if revisions.is_empty() {
        return None;
    }
    let automated = read::is_true(entry, "initiatedBy.automated");
    let user = read::text(entry, "initiatedBy.username").unwrap_or_default();
    let mut kept = serde_json::json!({});
    for name in ["source", "sources"] {
        if let Some(value) = read::at(entry, name) {
            kept[name] = value.clone();
        }
    }
    Some(HistoryEntry {
        id: read::integer(entry, "id")?,
        revisions,
        started_at: read::time(entry, "deployStartedAt"),
        deployed_at: read::time(entry, "deployedAt")?,
        user: (!automated).then(|| user.into()),
        sources: kept,
    })
}

/// The revisions of the last full sync that succeeded: the history knows, unless it is kept short.
fn applied(
    operation: Option<&Operation>,
    history: &[HistoryEntry],
    spec: &Value,
) -> Vec<SourceRevision> {
    let ended = operation.filter(|operation| {
        let request = &operation.request;
        operation.phase == Phase::Succeeded && request.only.is_none() && !request.dry_run
    });
    let kept = read::integer(spec, "revisionHistoryLimit") != Some(0);
    match (ended, history.last().filter(|_| kept)) {
        (Some(operation), _) => operation.revisions.clone(),
        (None, Some(entry)) => entry.revisions.clone(),
        (None, None) => Vec::new(),
    }
}

fn rewritten(status: &Value) -> bool {
    let mut messages =
        read::list(status, "conditions").iter().filter_map(|one| read::text(one, "message"));
    messages.any(trimtab_sync::tells_of_rewriting)
}
