//! One attempt of the running operation: it waits for its time, plans, and has the record written.

use crate::run::{At, Run};
use crate::state::State;
use crate::step::{Turn, later};
use crate::view::{Source, Window};
use crate::{Effect, FailurePoint, Phase, Stage, Urgency, claimant, ending, gate, results, words};
use std::collections::{BTreeMap, BTreeSet};
use trimtab_inventory::{Entries, Entry, Inventory};
use trimtab_model::{ObjectKey, Order, SourceRevision, Timestamp};
use trimtab_plan::{
    Assessment, Desired, Group, GroupName, KeepReason, Plan, Sighting, SyncRequest, lint, plan,
};

/// Begins an attempt. Returns whether a run stands now, which may go on at once.
pub(crate) fn begin(state: &mut State, turn: &mut Turn<'_>) -> bool {
    if let Some(due) = due(state, turn) {
        turn.wake(due);
        return false;
    }
    state.stale = None;
    if let Window::Closed { until, message } = &turn.view.windows.manual {
        if let Some(operation) = state.running() {
            operation.message.clone_from(message);
        }
        turn.wake(*until);
        return false;
    }
    let Some((desired, assessment)) = target(state, turn) else { return false };
    let request = request(state, turn);
    let rewritten = gate::held_for_later(&turn.view, (desired, assessment));
    let plan = plan(&turn.view.world, desired, assessment, &request);
    if plan.kept.iter().any(|kept| kept.reason == KeepReason::NeedsDryRun) {
        return false;
    }
    // What made the plan and what checks it share no code: a breach is a bug, and nothing is done.
    if let Err(breach) = lint(&plan, &turn.view.world, desired, &request) {
        turn.ask(Effect::Park(breach.to_string()));
        return false;
    }
    state.held = plan.held.clone().or(rewritten);
    run(state, turn, (desired, plan))
}

/// When the attempt may begin, if that is later than now: a retry has its pause, and objects that were
/// not as planned must be seen anew.
fn due(state: &State, turn: &Turn<'_>) -> Option<Timestamp> {
    let operation = state.operation.as_ref()?;
    let retry = operation.finished_at.zip(operation.request.retry.as_ref());
    let retry = retry.map(|(at, retry)| later(at, retry.pause(operation.retries)));
    let stale = state.stale.as_ref().filter(|stale| {
        stale.seen.iter().any(|(key, seen)| match turn.view.world.live.sighting(key) {
            Sighting::Absent => seen.is_none(),
            Sighting::Unknown(_) => true,
            Sighting::Seen(live) => {
                seen.as_ref() == Some(&(live.uid.clone(), live.resource_version.clone()))
            }
        })
    });
    retry.max(stale.map(|stale| stale.due)).filter(|due| *due > turn.now)
}

/// What the operation brings into effect; nothing while it is on its way. That it cannot be had ends
/// the attempt.
fn target<'a>(state: &mut State, turn: &mut Turn<'a>) -> Option<(&'a Desired, &'a Assessment)> {
    let view = turn.view;
    let request = state.operation.as_ref().map(|operation| &operation.request);
    let by_user = request.is_some_and(|request| request.user.is_some());
    let asked = state.asked();
    if state.awaits_look {
        // The revision that was asked for must be known to whoever looks.
        if asked.as_ref() != view.asked {
            turn.wake(turn.now);
        }
        return None;
    }
    match view.source {
        Source::Trouble { message, .. } if by_user || view.desired.is_none() => {
            let message = format!("ComparisonError: {message}");
            ending::conclude(state, turn, (Phase::Error, message), Some(FailurePoint::Source));
            return None;
        }
        // What is in view may be of another revision, or of the spec as it was before.
        Source::Coming => return None,
        _ if asked.as_ref() != view.asked => {
            turn.wake(turn.now);
            return None;
        }
        Source::Ready | Source::Trouble { .. } => {}
    }
    let desired = view.desired?;
    if !desired.complete {
        let message = format!("ComparisonError: {}", desired.problems.join("; "));
        ending::conclude(state, turn, (Phase::Error, message), Some(FailurePoint::Build));
        return None;
    }
    Some((desired, view.assessment?))
}

fn request(state: &State, turn: &Turn<'_>) -> SyncRequest {
    let request = state.operation.as_ref().map(|operation| &operation.request);
    let by_user = request.is_some_and(|request| request.user.is_some());
    SyncRequest {
        // What begins by itself prunes by the policy as it is now, whatever it was when it began.
        prune: request.is_some_and(|request| request.prune)
            && (by_user || turn.view.world.app.policy.prune),
        explicit: by_user,
        apply_all: by_user && !turn.view.world.app.policy.options.only_out_of_sync,
        only: request.and_then(|request| request.only.clone()),
        rewritten: turn.view.rewritten,
        passed_over: state.passed_over(&turn.view).is_some(),
    }
}

/// Takes a plan over. What it touches counts as applied from now on, and is in the cluster before the
/// first step (P5); only a repair that touches nothing but the inventory's own goes first (P6).
fn run(state: &mut State, turn: &mut Turn<'_>, (desired, plan): (&Desired, Plan)) -> bool {
    let fresh = state.stale_plans == 0;
    let touched = touched(&plan);
    state.waits_for = claimant::awaited(&plan);
    claimant::note(state, turn, &plan);
    let Some(operation) = state.operation.as_mut() else { return false };
    operation.revisions.clone_from(&plan.revisions);
    operation.finished_at = None;
    let mut lines = results::begin(operation, (&plan, desired), fresh);
    if let Some(message) = shared(turn, &plan) {
        ending::conclude(state, turn, (Phase::Failed, message), Some(FailurePoint::Apply));
        return false;
    }
    if operation.request.dry_run {
        results::dry(operation, &plan, &mut lines);
        operation.request.retry = None;
        let end = match ending::refused(&plan, turn.view.world.app.policy.order) {
            Some(message) => (Phase::Failed, message),
            None => (Phase::Succeeded, words::SUCCEEDED.to_owned()),
        };
        ending::conclude(state, turn, end, None);
        return false;
    }
    operation.message = words::begins(operation.retries, operation.request.retry);
    let repair = operation.request.self_heal
        && touched
            .keys()
            .all(|key| state.inventory.contains(key) && turn.view.record.inventory.contains(key))
        && plan.steps().all(|step| !step.action.is_prune());
    state.inventory = state.inventory.union(&Inventory::Known(touched));
    state.stage = Stage::Applying;
    // Without a step the record of the run and its end are one.
    let first = repair || plan.is_empty();
    let mut run = Run {
        places: places(&plan),
        plan,
        lines,
        group: 0,
        at: At::Carrying,
        awaited: BTreeSet::new(),
        done: BTreeSet::new(),
        failed: false,
        stale: BTreeMap::new(),
        doubt: None,
        rewritten: turn.view.rewritten,
        passed_over: state.passed_over(&turn.view).is_some(),
        waits_since: None,
        repair,
    };
    if !first && !is_recorded(&run, state, turn) {
        run.at = At::Recording { asked: 1, written: 0 };
        turn.ask(Effect::WriteStatus(Urgency::Record));
    }
    state.run = Some(run);
    true
}

/// Where the step of each object stands, group by group.
fn places(plan: &Plan) -> Vec<BTreeMap<ObjectKey, usize>> {
    let places = |group: &Group| {
        let steps = group.steps.iter().enumerate();
        steps.map(|(place, step)| (step.key.clone(), place)).collect()
    };
    plan.groups.iter().map(places).collect()
}

/// What the plan touches. The destination's namespace is never tracked, and does not count.
pub(crate) fn touched(plan: &Plan) -> Entries {
    let tracked = plan.groups.iter().filter(|group| group.name != GroupName::Namespace);
    let steps = tracked.flat_map(|group| &group.steps);
    steps.map(|step| (step.key.clone(), Entry { version: step.version.clone() })).collect()
}

/// Whether the resource says in the cluster what must be there before the first step: the operation, of
/// which commits it is, and all that it touches.
pub(crate) fn is_recorded(run: &Run, state: &State, turn: &Turn<'_>) -> bool {
    let view = turn.view;
    let (Some(ours), Some(theirs)) = (&state.operation, &view.record.operation) else {
        return false;
    };
    let same = match view.world.app.policy.order {
        Order::Waves => ours.started_at == theirs.started_at,
        // The family does not write down when a run began.
        Order::Stages => true,
    };
    // An operation that another process began may go on at a newer commit: what is carried out is what
    // the record says (P1).
    let same = same && commits(&ours.revisions) == commits(&theirs.revisions);
    let inventory = &view.record.inventory;
    same && !theirs.phase.is_over()
        && (inventory.is_unknown() || touched(&run.plan).keys().all(|key| inventory.contains(key)))
}

fn commits(revisions: &[SourceRevision]) -> Vec<&str> {
    revisions.iter().map(|revision| revision.commit.as_str()).collect()
}

/// That another application has an object fails the whole sync where that is asked for.
fn shared(turn: &Turn<'_>, plan: &Plan) -> Option<String> {
    let app = turn.view.world.app;
    let mut shared = plan.refused.iter().filter_map(|(key, why)| Some((key, why.owner()?)));
    let (key, owner) = shared.next().filter(|_| app.policy.options.fail_on_shared)?;
    let (kind, name) = (&key.kind, &key.name);
    Some(format!(
        "Shared resource found: {kind}/{name} is part of applications {} and {owner}",
        app.id
    ))
}
