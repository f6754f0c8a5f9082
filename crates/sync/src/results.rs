//! What became of each object, written into the operation.

use crate::state::State;
use crate::step::Turn;
use crate::{Change, HistoryEntry, ObjectResult, Operation, Outcome, ResultCode, words};
use serde_json::Value;
use trimtab_model::{ObjectKey, Order, Timestamp, Version};
use trimtab_plan::{Action, Desired, KeepReason, Plan, Step};

/// Begins the list: what is refused, what is kept, and what is as desired stands in it from the start.
/// A plan that goes on where a stale one ended keeps what that one has done.
pub(crate) fn begin(operation: &mut Operation, (plan, desired): (&Plan, &Desired), fresh: bool) {
    if fresh {
        operation.results.clear();
    } else {
        let done = |code| matches!(code, ResultCode::Synced | ResultCode::Pruned);
        operation.results.retain(|line| done(line.code));
    }
    for (key, refusal) in &plan.refused {
        let message = words::refused(key, refusal, Order::Waves);
        put(operation, result(key, version(desired, key), ResultCode::SyncFailed, message));
    }
    for kept in &plan.kept {
        let Some((code, message)) = said(&kept.key, &kept.reason) else { continue };
        let known = operation.results.iter().any(|line| line.key == kept.key);
        if !known {
            put(operation, result(&kept.key, version(desired, &kept.key), code, message));
        }
    }
}

fn version(desired: &Desired, key: &ObjectKey) -> Version {
    let object = desired.objects.get(key).map(|object| &object.version);
    let refused = || desired.refused_at.get(key).map(|(version, _)| version);
    object.or_else(refused).cloned().unwrap_or_else(|| "".into())
}

/// Writes down what would be done, for a sync that only looks.
pub(crate) fn dry(operation: &mut Operation, plan: &Plan) {
    for step in plan.steps() {
        let (code, message) = match step.action {
            Action::Create(_) => (ResultCode::Synced, words::applied(&step.key, Change::Created)),
            Action::Update { .. } => {
                (ResultCode::Synced, words::applied(&step.key, Change::Configured))
            }
            Action::Prune { .. } => (ResultCode::Pruned, "pruned".to_owned()),
        };
        let line = result(&step.key, step.version.clone(), code, format!("{message} (dry run)"));
        put(operation, line);
    }
}

fn put(operation: &mut Operation, line: ObjectResult) {
    match operation.results.iter_mut().find(|known| known.key == line.key) {
        Some(known) => *known = line,
        None => operation.results.push(line),
    }
}

fn result(key: &ObjectKey, version: Version, code: ResultCode, message: String) -> ObjectResult {
    ObjectResult { key: key.clone(), version, code, message, images: Vec::new(), waited: None }
}

/// What is said of an object that is left alone, if anything.
fn said(key: &ObjectKey, reason: &KeepReason) -> Option<(ResultCode, String)> {
    let skipped = |text: &str| Some((ResultCode::PruneSkipped, text.to_owned()));
    match reason {
        KeepReason::Same => Some((ResultCode::Synced, words::applied(key, Change::Unchanged))),
        KeepReason::PruneOff | KeepReason::NotInInventory => skipped("ignored (requires pruning)"),
        KeepReason::AskedTo => skipped("ignored (no prune)"),
        KeepReason::Held => skipped("ignored (waits for approval)"),
        KeepReason::NotReadable => Some((ResultCode::SyncFailed, words::UNREAD.into())),
        KeepReason::NotOurs
        | KeepReason::ClaimedBy(_)
        | KeepReason::RenderIncomplete
        | KeepReason::Refused(_)
        | KeepReason::NeedsDryRun
        | KeepReason::Terminating
        | KeepReason::NotSelected
        | KeepReason::InventoryUnknown
        | KeepReason::ClaimantUnknown(_)
        | KeepReason::OthersRefused => None,
    }
}

/// Writes down what became of a step. What is to be tried again at once leaves no line.
pub(crate) fn write(operation: &mut Operation, step: &Step, outcome: &Outcome) {
    let (code, message) = match outcome {
        Outcome::Applied { change, .. } => (ResultCode::Synced, words::applied(&step.key, *change)),
        Outcome::Deleted | Outcome::Gone => (ResultCode::Pruned, "pruned".to_owned()),
        Outcome::Failed(failure) => (ResultCode::SyncFailed, failure.message.clone()),
        Outcome::Stale | Outcome::Uncertain => return,
    };
    let mut line = result(&step.key, step.version.clone(), code, message);
    line.images =
        step.action.body().map(|body| trimtab_plan::images(&body.value())).unwrap_or_default();
    put(operation, line);
}

/// The sentences of the objects that failed, in the order in which they did.
pub(crate) fn failures(operation: &Operation) -> Vec<String> {
    let failed = operation.results.iter().filter(|line| line.code == ResultCode::SyncFailed);
    failed.map(|line| format!("{}: {}", line.key, line.message)).collect()
}

/// Appends a successful sync to the history.
pub(crate) fn history(state: &mut State, turn: &Turn<'_>) {
    let Some(operation) = &state.operation else { return };
    let entry = HistoryEntry {
        id: state.history.last().map_or(0, |last| last.id.saturating_add(1)),
        revisions: operation.revisions.clone(),
        started_at: Some(operation.started_at),
        deployed_at: turn.now,
        user: operation.request.user.clone(),
        sources: Value::Null,
    };
    let max = usize::try_from(turn.view.world.app.policy.history_max).unwrap_or(usize::MAX);
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
