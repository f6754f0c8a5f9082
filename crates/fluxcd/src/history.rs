//! The history of runs in a status.
//!
//! Source: fluxcd/pkg `apis/meta/history.go`.

use crate::policy::HISTORY_MAX;
use crate::revision::revision_text;
use serde_json::{Value, json};
use trimtab_crd::{duration, read};
use trimtab_model::SourceRevision;
use trimtab_sync::Operation;

/// Notes the end of a run, newest first. A run of the same content with the same end counts up the
/// entry that is there; one that is noted already is not noted again. The content's digest is the
/// commit: what it renders to is not kept.
pub fn note(history: &[Value], operation: &Operation, ended: &str) -> Vec<Value> {
    let mut all: Vec<Value> = history.to_vec();
    let (Some(finished_at), Some(revision)) = (operation.finished_at, operation.revisions.first())
    else {
        return all;
    };
    let last = read::seconds(finished_at);
    let noted = |entry: &Value| {
        entry["lastReconciled"] == last.as_str()
            && entry["lastReconciledStatus"] == ended
            && entry["metadata"]["revision"] == revision_text(revision).as_str()
    };
    if all.first().is_some_and(noted) {
        return all;
    }
    let took = finished_at.duration_since(operation.started_at);
    let took = duration::format(took.try_into().unwrap_or_default());
    let digest = digest(revision);
    let same = |entry: &Value| {
        entry["digest"] == digest.as_str() && entry["lastReconciledStatus"] == ended
    };
    let known = all.iter().position(same).map(|index| all.remove(index));
    let times = known.as_ref().and_then(|entry| read::integer(entry, "totalReconciliations"));
    let first = known.as_ref().and_then(|entry| read::text(entry, "firstReconciled"));
    let entry = json!({
        "digest": digest,
        "firstReconciled": first.unwrap_or(&last),
        "lastReconciled": last,
        "lastReconciledDuration": took,
        "lastReconciledStatus": ended,
        "metadata": {"revision": revision_text(revision)},
        "totalReconciliations": times.unwrap_or(0) + 1,
    });
    all.insert(0, entry);
    all.truncate(HISTORY_MAX as usize);
    all
}

fn digest(revision: &SourceRevision) -> String {
    let bare = SourceRevision { commit: revision.commit.clone(), found_as: None };
    revision_text(&bare)
}
