//! How an operation ends, and what it leaves behind.

use crate::state::State;
use crate::step::{Turn, later};
use crate::{
    Announcement, Effect, FailurePoint, Happening, Operation, Phase, ResultCode, Stage, Urgency,
    View, attempt, results, waiting, words,
};
use std::collections::BTreeSet;
use trimtab_inventory::{Entry, Inventory};
use trimtab_model::{HealthWait, ObjectKey, Order, Retry};
use trimtab_plan::{
    Desired, Extra, Finding, KeepReason, Ownership, Plan, Sighting, Wanted, ownership,
};

/// Ends the operation because a person wants it. What waits for its turn is not sent any more; what is on
/// its way is waited for: a write's answer is never thrown away.
pub(crate) fn terminate(state: &mut State, turn: &mut Turn<'_>) {
    if state.is_carrying() {
        turn.ask(Effect::Withdraw);
        if let Some(operation) = state.running() {
            operation.phase = Phase::Terminating;
            operation.message = words::TERMINATING.into();
        }
        return;
    }
    conclude(state, turn, (Phase::Failed, words::TERMINATED.into()), None);
}

/// All groups are through: the last thing to wait for is the health of everything, where that is
/// asked. Returns false: nothing follows at once.
pub(crate) fn finish(state: &mut State, turn: &mut Turn<'_>) -> bool {
    let Some(run) = state.run.as_ref() else { return false };
    let (plan, repair) = (run.plan.clone(), run.repair);
    let order = turn.view.world.app.policy.order;
    if let Some(message) = invalid(&plan, order) {
        conclude(state, turn, (Phase::Failed, message), Some(FailurePoint::Apply));
        return false;
    }
    if let HealthWait::All(timeout) = turn.view.world.app.policy.health
        && !all_healthy(state, turn, timeout)
    {
        return false;
    }
    let request = state.operation.as_ref().map(|operation| &operation.request);
    let partial = request.is_some_and(|request| request.only.is_some());
    let by_user = request.is_some_and(|request| request.user.is_some());
    if let Some(desired) = turn.view.desired {
        // Of an inventory that nobody can read a person's own whole sync makes a new one: it holds
        // what was applied now. What it forgets still carries our mark, and is shown.
        if state.inventory.is_unknown() && by_user && !partial {
            state.inventory = Inventory::Known(attempt::touched(&plan));
        }
        state.inventory = kept(&state.inventory, &plan, (desired, &turn.view));
    }
    if let Some(message) = of_others(&plan, order) {
        fail_for_good(state, turn, message);
        return false;
    }
    if let Some(message) = unread(&plan, order) {
        conclude(state, turn, (Phase::Failed, message), Some(FailurePoint::Apply));
        return false;
    }
    if !partial && !repair {
        state.applied.clone_from(&plan.revisions);
        results::history(state, turn);
    }
    let message = if plan.is_empty() { words::NOTHING_TO_DO } else { words::SUCCEEDED };
    state.stage = Stage::Done;
    conclude(state, turn, (Phase::Succeeded, message.into()), None);
    false
}

/// Why a plan cannot have succeeded, whatever becomes of its steps.
pub(crate) fn refused(plan: &Plan, order: Order) -> Option<String> {
    invalid(plan, order).or_else(|| of_others(plan, order))
}

/// That other applications have objects: the rest was applied, and the sync failed all the same, as where
/// any result is a failure. Source: argo-cd `gitops-engine/pkg/sync/sync_context.go`.
fn of_others(plan: &Plan, order: Order) -> Option<String> {
    let refused = plan.refused.iter();
    let reasons: Vec<String> = refused
        .map(|(key, refusal)| format!("{key}: {}", words::refused(key, refusal, order)))
        .collect();
    (!reasons.is_empty()).then(|| words::failed(&reasons))
}

/// That objects could not be read, and so were neither applied nor pruned, fails a sync too.
fn unread(plan: &Plan, order: Order) -> Option<String> {
    let unread = plan.kept.iter().filter(|kept| kept.reason == KeepReason::NotReadable);
    let reasons: Vec<String> =
        unread.map(|kept| format!("{}: {}", kept.key, words::UNREAD)).collect();
    (order == Order::Waves && !reasons.is_empty()).then(|| words::failed(&reasons))
}

/// Ends the operation where another try would change nothing: it goes on when others let go what they
/// have.
fn fail_for_good(state: &mut State, turn: &mut Turn<'_>, message: String) {
    if let Some(operation) = state.operation.as_mut() {
        operation.request.retry = None;
    }
    conclude(state, turn, (Phase::Failed, message), Some(FailurePoint::Apply));
}

/// What of a plan makes nothing else count. That another application has an object concerns only that
/// object where objects stand each for itself, and all where a run applies all or nothing.
fn invalid(plan: &Plan, order: Order) -> Option<String> {
    let fatal = plan.refused.iter().filter(|(_, refusal)| match order {
        Order::Waves => refusal.stops_others(),
        Order::Stages => true,
    });
    let reasons: Vec<String> =
        fatal.map(|(key, refusal)| words::refused(key, refusal, order)).collect();
    match (reasons.is_empty(), order) {
        (true, _) => None,
        (false, Order::Waves) => Some(words::invalid(&reasons)),
        (false, Order::Stages) => Some(reasons.join("\n")),
    }
}

/// Whether everything is healthy; else the run waits, or ends.
fn all_healthy(state: &mut State, turn: &mut Turn<'_>, timeout: std::time::Duration) -> bool {
    let Some(assessment) = turn.view.assessment else { return false };
    let Some(run) = state.run.as_mut() else { return false };
    run.at = crate::run::At::Waiting(turn.now);
    run.group = run.plan.groups.len();
    let began = *run.waits_since.get_or_insert(turn.now);
    let (failed, waiting) = waiting::of_all(assessment);
    if failed.is_empty() && waiting.is_empty() {
        return true;
    }
    let limit = later(began, timeout);
    if !failed.is_empty() {
        let message = format!("failed early due to stalled resources: [{}]", failed.join(", "));
        conclude(state, turn, (Phase::Failed, message), Some(FailurePoint::Health));
    } else if limit <= turn.now {
        let elapsed = results::elapsed(began, turn.now);
        let list = waiting.join(", ");
        let message = format!("health check failed after {elapsed}: timeout waiting for: [{list}]");
        conclude(state, turn, (Phase::Failed, message), Some(FailurePoint::Health));
    } else {
        if state.stage != Stage::CheckingHealth {
            state.stage = Stage::CheckingHealth;
            turn.ask(Effect::WriteStatus(Urgency::News));
        }
        turn.wake(limit);
    }
    false
}

/// Between two syncs: what is desired, as desired and carries our mark is ours without an apply, so it
/// counts as applied; and what is no longer desired and has become another's, whose render has it, is let
/// go. An inventory that is unknown stays so.
pub(crate) fn adopt(state: &mut State, turn: &Turn<'_>) {
    let view = &turn.view;
    let (Some(desired), Some(assessment)) = (view.desired, view.assessment) else { return };
    let Inventory::Known(entries) = &mut state.inventory else { return };
    let ours = &view.world.app.tracking.claim;
    for (key, object) in &desired.objects {
        let same = || assessment.objects.get(key).is_some_and(|o| o.finding == Finding::Same);
        // Our mark may be that of another namespace's application of our name (P3).
        let is_ours = || match view.world.live.sighting(key) {
            Sighting::Seen(live) if live.claims.contains(ours) => {
                ownership(ours, live, false, view.world.claims) == Ownership::Adopt
            }
            Sighting::Seen(_) | Sighting::Absent | Sighting::Unknown(_) => false,
        };
        if !entries.contains_key(key) && same() && is_ours() {
            entries.insert(key.clone(), Entry { version: object.version.clone() });
        }
    }
    let claimed = assessment.objects.iter().filter(|(_, object)| {
        desired.complete && object.finding == Finding::Extra(Extra::ClaimedBy)
    });
    for (key, _) in claimed.filter(|(key, _)| is_handed_over(view, key)) {
        entries.remove(key);
    }
}

/// Whether an object carries the mark of an application whose latest complete render has it.
fn is_handed_over(view: &View<'_>, key: &ObjectKey) -> bool {
    let world = &view.world;
    match (world.live.sighting(key), world.claims.wanted(key, &world.app.tracking.claim)) {
        (Sighting::Seen(live), Wanted::By(owner)) => live.claims.contains(&owner),
        _ => false,
    }
}

/// What counts as applied after success: what is desired and ours, and what is not desired, still
/// there, and still carries our mark. What was pruned stays out; what another application has marked
/// is let go.
fn kept(inventory: &Inventory, plan: &Plan, (desired, view): (&Desired, &View<'_>)) -> Inventory {
    let Ok(entries) = inventory.known() else { return inventory.clone() };
    let mut entries = entries.clone();
    let same = |key: &ObjectKey| {
        let assessed = view.assessment.and_then(|assessment| assessment.objects.get(key));
        assessed.is_some_and(|assessed| assessed.finding == Finding::Same)
    };
    let ours = |key: &ObjectKey| same(key) && !plan.refused.contains_key(key);
    for (key, object) in desired.objects.iter().filter(|(key, _)| ours(key)) {
        let entry = Entry { version: object.version.clone() };
        entries.entry(key.clone()).or_insert(entry);
    }
    let pruned: BTreeSet<&ObjectKey> =
        plan.steps().filter(|step| step.action.is_prune()).map(|step| &step.key).collect();
    let ours = &view.world.app.tracking.claim;
    entries.retain(|key, _| {
        let stays = match view.world.live.sighting(key) {
            Sighting::Absent => false,
            Sighting::Unknown(_) => true,
            Sighting::Seen(live) => live.claims.contains(ours),
        };
        desired.has(key) || (stays && !pruned.contains(key))
    });
    Inventory::Known(entries)
}

/// Ends the operation, or this attempt of it.
pub(crate) fn conclude(
    state: &mut State,
    turn: &mut Turn<'_>,
    (phase, message): (Phase, String),
    point: Option<FailurePoint>,
) {
    state.run = None;
    state.awaits_look = false;
    state.stale = None;
    state.stale_plans = 0;
    if let Some(point) = point {
        state.stage = Stage::Failed(point, message.clone());
    }
    state.last_run = Some(turn.now);
    let order = turn.view.world.app.policy.order;
    let Some(operation) = state.operation.as_mut() else { return };
    // A second operation within one second has begun in the next one: no two have the same beginning.
    operation.finished_at = Some(turn.now.max(operation.started_at));
    turn.ask(Effect::WriteStatus(Urgency::News));
    let retry = operation.request.retry.filter(|retry| may_retry(*retry, operation.retries));
    if let (Phase::Failed | Phase::Error, Some(retry), false) =
        (phase, retry, message == words::TERMINATED)
    {
        operation.retries += 1;
        let due = later(turn.now, retry.pause(operation.retries));
        operation.phase = Phase::Running;
        operation.message = words::retrying(&message, operation.retries, due);
        turn.wake(due);
        return;
    }
    operation.phase = phase;
    operation.message = match phase {
        Phase::Failed | Phase::Error => words::retried(&message, operation.retries),
        Phase::Running | Phase::Terminating | Phase::Succeeded => message,
    };
    turn.ask(Effect::Announce(Announcement {
        warning: phase != Phase::Succeeded,
        what: Happening::OperationCompleted,
        message: announcement(operation, order),
    }));
}

fn may_retry(retry: Retry, retries: u32) -> bool {
    retry.limit.is_none_or(|limit| retries < limit)
}

fn announcement(operation: &Operation, order: Order) -> String {
    let succeeded = operation.phase == Phase::Succeeded;
    match order {
        Order::Waves => {
            let partial = if operation.request.only.is_some() { "Partial sync" } else { "Sync" };
            let of = match words::revisions(&operation.revisions) {
                none if none.is_empty() => none,
                revisions => format!(" to {revisions}"),
            };
            if succeeded {
                format!("{partial} operation{of} succeeded")
            } else {
                format!("{partial} operation{of} failed: {}", operation.message)
            }
        }
        Order::Stages if succeeded => changes(operation),
        Order::Stages => operation.message.clone(),
    }
}

/// What a run changed, line by line; what it brought into effect where it changed nothing.
fn changes(operation: &Operation) -> String {
    let done = |line: &&crate::ObjectResult| match line.code {
        ResultCode::Synced => !line.message.ends_with(" unchanged"),
        ResultCode::Pruned => true,
        ResultCode::SyncFailed | ResultCode::PruneSkipped => false,
    };
    let lines = operation.results.iter().filter(done).map(|line| match line.code {
        ResultCode::Pruned => format!("{} deleted", line.key),
        _ => format!("{} {}", line.key, line.message.rsplit(' ').next().unwrap_or_default()),
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        format!("Applied revision: {}", words::revisions(&operation.revisions))
    } else {
        lines.join("\n")
    }
}
