//! What the status of a Kustomization remembers.

use crate::policy::Times;
use crate::revision::parse_revision;
use crate::{conditions, inventory, names};
use serde_json::Value;
use trimtab_crd::read;
use trimtab_model::{Digest, Source, SourceRevision, Timestamp};
use trimtab_sync::{Operation, Phase, Record, Refresh, Request};

/// Reads the record of a Kustomization.
pub fn record(resource: &Value, sources: &[Source], times: &Times) -> Record {
    let status = read::at(resource, "status").unwrap_or(&Value::Null);
    Record {
        inventory: inventory::read_inventory(status),
        operation: operation(resource, status, sources),
        requested: None,
        terminate: false,
        refresh: read::annotation(resource, names::REQUESTED_AT)
            .map(|token| Refresh { token: token.into(), hard: false }),
        refreshed: read::text(status, "lastHandledReconcileAt").map(Into::into),
        // The family's history counts runs; it holds nothing to go back to.
        history: Vec::new(),
        applied: revision(status, "lastAppliedRevision"),
        last_run: last_run(status),
        rewritten: rewritten(status),
        pauses: Some((times.retry_interval, times.interval)),
    }
}

fn revision(status: &Value, field: &str) -> Vec<SourceRevision> {
    read::text(status, field).and_then(parse_revision).into_iter().collect()
}

/// The last run, from `lastAttemptedRevision` with the conditions: the family keeps no record of its
/// own (P6). A retry that waits is a run that has failed.
fn operation(resource: &Value, status: &Value, sources: &[Source]) -> Option<Operation> {
    let revisions = revision(status, "lastAttemptedRevision");
    if revisions.is_empty() {
        return None;
    }
    let ready = conditions::find(status, "Ready");
    let running = conditions::find(status, "Reconciling")
        .filter(|condition| condition["reason"] == "Progressing");
    let phase = match ready.map(|ready| ready["status"].as_str()) {
        _ if running.is_some() => Phase::Running,
        Some(Some("True")) => Phase::Succeeded,
        Some(Some("False")) => Phase::Failed,
        _ => Phase::Running,
    };
    let told = running.or(ready)?;
    let since = read::time(told, "lastTransitionTime")?;
    let last = read::list(status, "history").first();
    let started_at = last.filter(|_| phase != Phase::Running).and_then(started_at).unwrap_or(since);
    Some(Operation {
        // The family writes down no more of a run than its revision: the rest is as the resource says now.
        request: Request::by_itself(read::is_true(resource, "spec.prune")),
        phase,
        message: read::text(told, "message").unwrap_or_default().to_owned(),
        started_at,
        finished_at: (phase != Phase::Running).then(|| last_run(status)).flatten(),
        revisions,
        sources: if is_observed(resource) { Source::digest_of(sources) } else { Digest::of(b"") },
        retries: 0,
        results: Vec::new(),
    })
}

/// Whether the last run was of the resource as it is now. What was configured when it was not, nobody
/// wrote down.
fn is_observed(resource: &Value) -> bool {
    let observed = read::integer(resource, "status.observedGeneration");
    observed.is_some() && observed == read::integer(resource, "metadata.generation")
}

/// When the run of a history's entry began.
fn started_at(entry: &Value) -> Option<Timestamp> {
    let took = trimtab_crd::duration::parse(read::text(entry, "lastReconciledDuration")?)?;
    read::time(entry, "lastReconciled")?.checked_sub(took).ok()
}

/// The end of the last run: the history knows those that came to the apply, `Ready` the others.
fn last_run(status: &Value) -> Option<Timestamp> {
    let history = read::list(status, "history").iter();
    let history = history.filter_map(|entry| read::time(entry, "lastReconciled"));
    let ready = conditions::find(status, "Ready").filter(|ready| ready["status"] != "Unknown");
    history.chain(ready.and_then(|ready| read::time(ready, "lastTransitionTime"))).max()
}

fn rewritten(status: &Value) -> bool {
    let mut messages =
        read::list(status, "conditions").iter().filter_map(|one| read::text(one, "message"));
    messages.any(trimtab_sync::tells_of_rewriting)
}
