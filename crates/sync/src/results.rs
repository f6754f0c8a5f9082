//! What became of each object, written into the operation.

use crate::state::State;
use crate::view::View;
use crate::{HistoryEntry, ObjectResult, Operation, Outcome, ResultCode, words};
use serde_json::Value;
use trimtab_model::{ObjectKey, Timestamp, Version};
use trimtab_plan::{Action, KeepReason, Plan, Refusal, Step};

/// Begins the list: what is refused, what is kept, and what is as desired stands in it from the start.
pub(crate) fn begin(operation: &mut Operation, plan: &Plan, view: &View<'_>) {
    operation.results.clear();
    for (key, refusal) in &plan.refused {
        let version = view.desired.and_then(|d| d.objects.get(key)).map(|o| o.version.clone());
        let version = version.unwrap_or_else(|| "".into());
        operation.results.push(result(key, version, ResultCode::SyncFailed, refused(refusal)));
    }
    for kept in &plan.kept {
        let Some((code, message)) = said(&kept.key, &kept.reason) else { continue };
        let version =
            view.assessment.and_then(|a| a.objects.get(&kept.key)).map(|o| o.version.clone());
        let version = version.unwrap_or_else(|| "".into());
        operation.results.push(result(&kept.key, version, code, message));
    }
}

fn result(key: &ObjectKey, version: Version, code: ResultCode, message: String) -> ObjectResult {
    ObjectResult { key: key.clone(), version, code, message, images: Vec::new(), waited: None }
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotPermitted(text)
        | Refusal::UnknownKind(text)
        | Refusal::KindUnknowable(text)
        | Refusal::Invalid(text) => text.clone(),
        Refusal::OwnedBy(owner) => format!("the object belongs to {owner}, which still has it"),
        Refusal::OwnerUnknown(owner) => {
            format!("the object belongs to {owner}, and what that one renders is not known yet")
        }
    }
}

/// What is said of an object that is left alone, if anything.
fn said(key: &ObjectKey, reason: &KeepReason) -> Option<(ResultCode, String)> {
    let skipped = |text: &str| Some((ResultCode::PruneSkipped, text.to_owned()));
    match reason {
        KeepReason::Same => {
            Some((ResultCode::Synced, words::applied(key, crate::Change::Unchanged)))
        }
        KeepReason::PruneOff | KeepReason::NotInInventory => skipped("ignored (requires pruning)"),
        KeepReason::AskedTo => skipped("ignored (no prune)"),
        KeepReason::Held => skipped("ignored (waits for approval)"),
        KeepReason::NotReadable => {
            Some((ResultCode::SyncFailed, "the object cannot be read".into()))
        }
        KeepReason::NotOurs
        | KeepReason::ClaimedBy(_)
        | KeepReason::RenderIncomplete
        | KeepReason::Refused(_)
        | KeepReason::NeedsDryRun
        | KeepReason::Terminating
        | KeepReason::NotSelected
        | KeepReason::InventoryUnknown
        | KeepReason::ClaimantUnknown
        | KeepReason::OthersRefused => None,
    }
}

/// Writes down what became of a step. What is to be tried again at once leaves no line.
pub(crate) fn write(operation: &mut Operation, step: &Step, outcome: &Outcome, view: &View<'_>) {
    let prune = matches!(step.action, Action::Prune { .. });
    let (code, message) = match outcome {
        Outcome::Applied { change, .. } => (ResultCode::Synced, words::applied(&step.key, *change)),
        Outcome::Deleted | Outcome::Gone => (ResultCode::Pruned, "pruned".to_owned()),
        Outcome::Failed(failure) => (ResultCode::SyncFailed, failure.message.clone()),
        Outcome::Stale | Outcome::Uncertain => return,
    };
    let mut line = result(&step.key, step.version.clone(), code, message);
    if !prune {
        let body = match &step.action {
            Action::Create(body) | Action::Update { body, .. } => Some(body),
            Action::Prune { .. } => None,
        };
        line.images = body.map(|body| images(body)).unwrap_or_default();
    }
    let _ = view;
    match operation.results.iter_mut().find(|known| known.key == step.key) {
        Some(known) => *known = line,
        None => operation.results.push(line),
    }
}

/// Images that an object's containers name.
pub(crate) fn images(body: &Value) -> Vec<String> {
    let pods = [
        "/spec/template/spec/containers",
        "/spec/containers",
        "/spec/jobTemplate/spec/template/spec/containers",
    ];
    let containers = pods.iter().filter_map(|path| body.pointer(path)?.as_array()).flatten();
    let mut images: Vec<String> = containers
        .filter_map(|container| Some(container.get("image")?.as_str()?.to_owned()))
        .collect();
    images.sort();
    images.dedup();
    images
}

/// The sentences of the objects that failed, in the order in which they did.
pub(crate) fn failures(operation: &Operation) -> Vec<String> {
    let failed = operation.results.iter().filter(|line| line.code == ResultCode::SyncFailed);
    failed.map(|line| format!("{}: {}", line.key, line.message)).collect()
}

/// Appends a successful sync to the history.
pub(crate) fn history(state: &mut State, view: &View<'_>, now: Timestamp) {
    let Some(operation) = &state.operation else { return };
    let entry = HistoryEntry {
        id: state.history.last().map_or(0, |last| last.id.saturating_add(1)),
        revisions: operation.revisions.clone(),
        started_at: Some(operation.started_at),
        deployed_at: now,
        user: operation.request.user.clone(),
        sources: Value::Null,
    };
    let max = usize::try_from(view.world.app.policy.history_max).unwrap_or(usize::MAX);
    state.history.push(entry);
    let over = state.history.len().saturating_sub(max);
    state.history.drain(..over);
}

/// A span as Go prints it, to the millisecond.
pub(crate) fn elapsed(from: Timestamp, to: Timestamp) -> String {
    let milliseconds = to.as_millisecond().saturating_sub(from.as_millisecond()).max(0);
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    match (seconds / 60, seconds % 60, rest) {
        (0, 0, rest) => format!("{rest}ms"),
        (0, seconds, 0) => format!("{seconds}s"),
        (0, seconds, rest) => format!("{seconds}.{rest:03}s"),
        (minutes, seconds, _) => format!("{minutes}m{seconds}s"),
    }
}
