//! What became of each object, written into the operation.

use crate::state::State;
use crate::step::Turn;
use crate::{Change, HistoryEntry, ObjectResult, Operation, Outcome, ResultCode, words};
use serde_json::Value;
use std::collections::BTreeMap;
use trimtab_model::{ObjectKey, Order, Timestamp, Version};
use trimtab_plan::{Action, Desired, KeepReason, Plan, Reason, Step};

/// Where the line of each object stands in an operation's list: an operation of ten thousand objects is
/// not searched for each answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines(BTreeMap<ObjectKey, usize>);

impl Lines {
    fn of(operation: &Operation) -> Self {
        let places = operation.results.iter().enumerate();
        Self(places.map(|(place, line)| (line.key.clone(), place)).collect())
    }

    fn put(&mut self, operation: &mut Operation, line: ObjectResult) {
        let known = self.0.get(&line.key).and_then(|place| operation.results.get_mut(*place));
        if let Some(known) = known.filter(|known| known.key == line.key) {
            *known = line;
        } else {
            self.0.insert(line.key.clone(), operation.results.len());
            operation.results.push(line);
        }
    }
}

/// Begins the list: what is refused, what is kept, and what is as desired stands in it from the start.
/// A plan that goes on where a stale one ended keeps what that one has done. Returns where each line
/// stands.
pub(crate) fn begin(
    operation: &mut Operation,
    (plan, desired): (&Plan, &Desired),
    fresh: bool,
) -> Lines {
    if fresh {
        operation.results.clear();
    } else {
        let done = |code| matches!(code, ResultCode::Synced | ResultCode::Pruned);
        operation.results.retain(|line| done(line.code));
    }
    let mut lines = Lines::of(operation);
    for (key, refusal) in &plan.refused {
        let message = words::refused(key, refusal, Order::Waves);
        lines.put(operation, result(key, version(desired, key), ResultCode::SyncFailed, message));
    }
    for kept in &plan.kept {
        let Some((code, message)) = said(&kept.key, &kept.reason) else { continue };
        if !lines.0.contains_key(&kept.key) {
            lines.put(operation, result(&kept.key, version(desired, &kept.key), code, message));
        }
    }
    lines
}

fn version(desired: &Desired, key: &ObjectKey) -> Version {
    let object = desired.objects.get(key).map(|object| &object.version);
    let refused = || desired.refused_at.get(key).map(|(version, _)| version);
    object.or_else(refused).cloned().unwrap_or_else(|| "".into())
}

/// Writes down what would be done, for a sync that only looks.
pub(crate) fn dry(operation: &mut Operation, plan: &Plan, lines: &mut Lines) {
    for step in plan.steps() {
        let (code, message) = match step.action {
            Action::Create(_) => (ResultCode::Synced, words::applied(&step.key, Change::Created)),
            // It is as desired, and an apply would leave it as it is.
            Action::Update { .. } if step.reason == Reason::SyncApplies => {
                (ResultCode::Synced, words::applied(&step.key, Change::Unchanged))
            }
            Action::Update { .. } => {
                (ResultCode::Synced, words::applied(&step.key, Change::Configured))
            }
            Action::Prune { .. } => (ResultCode::Pruned, "pruned".to_owned()),
        };
        let line = result(&step.key, step.version.clone(), code, format!("{message} (dry run)"));
        lines.put(operation, line);
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
        KeepReason::Held => skipped(words::PRUNE_HELD),
        KeepReason::NotReadable => Some((ResultCode::SyncFailed, words::UNREAD.into())),
        KeepReason::NotOurs
        | KeepReason::Unnamed
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
pub(crate) fn write(
    operation: &mut Operation,
    lines: &mut Lines,
    (step, outcome): (&Step, &Outcome),
) {
    let (code, message) = match outcome {
        Outcome::Applied { change, .. } => (ResultCode::Synced, words::applied(&step.key, *change)),
        Outcome::Deleted | Outcome::Gone => (ResultCode::Pruned, "pruned".to_owned()),
        Outcome::Failed(failure) => (ResultCode::SyncFailed, failure.message.clone()),
        Outcome::Stale | Outcome::Uncertain => return,
    };
    let mut line = result(&step.key, step.version.clone(), code, message);
    line.images =
        step.action.body().map(|body| trimtab_plan::images(&body.value())).unwrap_or_default();
    lines.put(operation, line);
}

/// The sentences of the objects that failed, in the order in which they did, each with the file that it
/// stands in, where that is known.
pub(crate) fn failures(operation: &Operation, desired: Option<&Desired>) -> Vec<String> {
    let desired = desired.filter(|desired| desired.revisions == operation.revisions);
    let failed = operation.results.iter().filter(|line| line.code == ResultCode::SyncFailed);
    let sentence = |line: &ObjectResult| {
        let object = desired.and_then(|desired| desired.objects.get(&line.key));
        let place = object.map(|object| format!(" ({})", object.origin)).unwrap_or_default();
        format!("{}{place}: {}", line.key, line.message)
    };
    failed.map(sentence).collect()
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
