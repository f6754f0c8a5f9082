//! One event, one step.

use crate::state::{At, Run, State};
use crate::view::{View, Window, Writes};
use crate::{
    Announcement, Effect, Event, FailurePoint, Happening, Outcome, Phase, Stage,
    Urgency, deletion, gate, results, words,
};
use std::collections::BTreeSet;
use std::time::Duration;
use trimtab_health::Code;
use trimtab_inventory::{Entries, Entry, Inventory};
use trimtab_model::{HealthWait, ObjectKey, Order, Retry, Timestamp};
use trimtab_plan::{Action, Assessment, Group, GroupName, Plan, SyncRequest};

/// How often a run may find the world otherwise than planned before it counts as failed.
const STALE_MAX: u32 = 5;

/// The longest that a stage waits for its definitions and classes. Source: fluxcd/pkg
/// `ssa/manager_wait.go`.
const STAGE_WAIT: Duration = Duration::from_secs(60);

/// Takes one event in, and says what to do. It never waits: what it waits for comes as an event.
pub fn step(mut state: State, view: &View<'_>, event: Event, now: Timestamp) -> (State, Vec<Effect>) {
    let mut effects = Vec::new();
    fold(&mut state, view, event, &mut effects, now);
    match view.writes {
        Writes::NotLeading => return (state, Vec::new()),
        // What was begun goes on where it stands when we may write again.
        Writes::Observe | Writes::ForeignOwner(_) => return (state, effects),
        Writes::Allowed => {}
    }
    if view.world.app.deleting.is_some() {
        deletion::advance(&mut state, view, &mut effects, now);
        return (state, effects);
    }
    if view.habits.finalizer && !view.finalizer && !view.world.app.suspended {
        if !std::mem::replace(&mut state.finalizer_asked, true) {
            effects.push(Effect::AddFinalizer);
        }
        return (state, effects);
    }
    advance(&mut state, view, &mut effects, now);
    (state, effects)
}

fn fold(state: &mut State, view: &View<'_>, event: Event, effects: &mut Vec<Effect>, now: Timestamp) {
    match event {
        Event::Look => {}
        Event::StatusWritten(Ok(())) => recorded(state, effects),
        // The writer tries again; nothing goes on before it has succeeded (P5).
        Event::StatusWritten(Err(_)) => {}
        Event::FinalizerWritten(result) => state.finalizer_asked = result.is_ok() && !view.finalizer,
        Event::Carried { key, outcome } => {
            if view.world.app.deleting.is_some() {
                deletion::carried(state, &key, &outcome);
            } else {
                carried(state, view, &key, outcome, now);
            }
        }
    }
}

fn recorded(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(run) = state.run.as_mut().filter(|run| run.at == At::Recording) {
        run.at = At::Carrying;
        send_tier(run, effects);
    }
}

/// A step came back: it is written down, and what it means for the run is decided when the group is
/// whole.
fn carried(state: &mut State, view: &View<'_>, key: &ObjectKey, outcome: Outcome, now: Timestamp) {
    let Some(run) = state.run.as_mut() else { return };
    if !run.awaited.remove(key) {
        return;
    }
    let step = run.plan.groups.get(run.group).and_then(|g| g.steps.iter().find(|s| s.key == *key));
    let Some(step) = step.cloned() else { return };
    run.done.insert(key.clone());
    match &outcome {
        Outcome::Stale | Outcome::Uncertain => run.stale += 1,
        Outcome::Failed(_) => run.failed = true,
        Outcome::Applied { .. } | Outcome::Deleted | Outcome::Gone => {}
    }
    if run.repair && matches!(outcome, Outcome::Applied { .. }) {
        let times = state.heals.entry(key.clone()).or_default();
        times.push_back(now);
        gate::forget_old(times, now);
    }
    if let Some(operation) = state.operation.as_mut() {
        results::write(operation, &step, &outcome, view);
    }
}

/// Goes as far as it can without waiting.
fn advance(state: &mut State, view: &View<'_>, effects: &mut Vec<Effect>, now: Timestamp) {
    if state.operation.as_ref().is_some_and(|operation| operation.phase == Phase::Terminating)
        || (view.record.terminate && state.is_running())
    {
        terminate(state, effects, now);
        return;
    }
    if stopped(view) {
        // A run that stands in the middle stays there; its record is in the cluster.
        state.run = state.run.take().filter(|run| !run.awaited.is_empty());
        return;
    }
    if !state.is_running() {
        gate::begin(state, view, effects, now);
    }
    if state.is_running() && state.run.is_none() {
        attempt(state, view, effects, now);
    }
    while progress(state, view, effects, now) {}
}

/// Whether no sync may run at all.
fn stopped(view: &View<'_>) -> bool {
    let restrained = view.world.app.restraints().next().is_some()
        || view.desired.is_some_and(|desired| {
            desired.not_supported.iter().any(|n| n.restraint == trimtab_model::Restraint::Restrains)
        });
    view.world.app.suspended || restrained || !view.invalid.is_empty()
}

fn terminate(state: &mut State, effects: &mut Vec<Effect>, now: Timestamp) {
    // What was sent is waited for: a write's answer is never thrown away.
    if state.run.as_ref().is_some_and(|run| !run.awaited.is_empty()) {
        if let Some(operation) = state.running() {
            operation.phase = Phase::Terminating;
            operation.message = "operation is terminating".into();
        }
        return;
    }
    conclude(state, effects, (Phase::Failed, words::TERMINATED.into()), None, now);
}

/// Begins an attempt of the running operation: waits for its time, plans, and has the record written.
fn attempt(state: &mut State, view: &View<'_>, effects: &mut Vec<Effect>, now: Timestamp) {
    let Some(operation) = state.operation.as_ref() else { return };
    if let (Some(finished), Some(retry)) = (operation.finished_at, &operation.request.retry) {
        let due = later(finished, retry.backoff.pause(operation.retries));
        if due > now {
            effects.push(Effect::Wake(due));
            return;
        }
    }
    if let Window::Closed(until) = view.windows.manual {
        if let Some(operation) = state.running() {
            operation.message = words::BLOCKED.into();
        }
        effects.extend(until.map(Effect::Wake));
        return;
    }
    if let crate::view::Source::Trouble { message, .. } = view.source
        && view.desired.is_none()
    {
        let message = format!("ComparisonError: {message}");
        conclude(state, effects, (Phase::Error, message), Some(FailurePoint::Source), now);
        return;
    }
    let (Some(desired), Some(assessment)) = (view.desired, view.assessment) else { return };
    if !desired.complete {
        let message = format!("ComparisonError: {}", desired.problems.join("; "));
        conclude(state, effects, (Phase::Error, message), Some(FailurePoint::Build), now);
        return;
    }
    let request = request(state, view);
    let plan = trimtab_plan::plan(&view.world, desired, assessment, &request);
    if plan.kept.iter().any(|kept| kept.reason == trimtab_plan::KeepReason::NeedsDryRun) {
        gate::ask_dry_runs(state, view, desired, assessment, effects);
        return;
    }
    begin_run(state, view, plan, effects, now);
}

fn request(state: &State, view: &View<'_>) -> SyncRequest {
    let request = state.operation.as_ref().map(|operation| &operation.request);
    let user = request.is_some_and(|request| request.user.is_some());
    SyncRequest {
        prune: request.is_some_and(|request| request.prune),
        explicit: user,
        apply_all: user
            && !view.world.app.policy.options.only_out_of_sync
            && request.is_some_and(|request| request.only.is_none()),
        only: request.and_then(|request| request.only.clone()),
        rewritten: view.rewritten,
    }
}

fn begin_run(state: &mut State, view: &View<'_>, plan: Plan, effects: &mut Vec<Effect>, now: Timestamp) {
    let before = state.inventory.clone();
    state.inventory = state.inventory.union(&Inventory::Known(plan_applies(&plan)));
    let Some(operation) = state.operation.as_mut() else { return };
    operation.revisions.clone_from(&plan.revisions);
    operation.finished_at = None;
    results::begin(operation, &plan, view);
    if operation.request.dry_run {
        let message = words::SUCCEEDED.to_owned();
        state.inventory = before;
        conclude(state, effects, (Phase::Succeeded, message), None, now);
        return;
    }
    operation.message = words::RUNNING.into();
    let repair = operation.request.self_heal
        && state.inventory == before
        && plan.groups.iter().all(|g| g.steps.iter().all(|s| !matches!(s.action, Action::Prune { .. })));
    state.held.clone_from(&plan.held);
    state.stage = Stage::Applying;
    let mut run = Run {
        plan,
        group: 0,
        at: At::Recording,
        awaited: BTreeSet::new(),
        done: BTreeSet::new(),
        failed: false,
        stale: 0,
        repair,
    };
    if run.plan.groups.is_empty() {
        // Nothing to write: the record of the run and its end are one.
        run.at = At::Carrying;
    } else if repair {
        run.at = At::Carrying;
        send_tier(&mut run, effects);
    } else {
        effects.push(Effect::WriteStatus(Urgency::Record));
    }
    state.run = Some(run);
}

/// What the plan applies. The destination's namespace is never tracked, and does not count.
fn plan_applies(plan: &Plan) -> Entries {
    let tracked = plan.groups.iter().filter(|group| group.name != GroupName::Namespace);
    let steps = tracked.flat_map(|group| &group.steps);
    let applies = steps.filter(|step| !matches!(step.action, Action::Prune { .. }));
    applies.map(|step| (step.key.clone(), Entry { version: step.version.clone() })).collect()
}

/// Sends the next tier of the group. Whether all tiers have been sent is known from what has come back.
fn send_tier(run: &mut Run, effects: &mut Vec<Effect>) -> bool {
    let Some(group) = run.plan.groups.get(run.group) else { return false };
    let waiting = group.steps.iter().filter(|step| !run.done.contains(&step.key));
    let Some(tier) = waiting.clone().map(|step| step.tier).min() else { return false };
    let steps: Vec<_> = waiting.filter(|step| step.tier == tier).cloned().collect();
    run.awaited.extend(steps.iter().map(|step| step.key.clone()));
    effects.extend(steps.into_iter().map(Effect::Carry));
    true
}

/// One move of the run. Returns whether another may follow at once.
fn progress(state: &mut State, view: &View<'_>, effects: &mut Vec<Effect>, now: Timestamp) -> bool {
    let Some(run) = state.run.as_mut().filter(|run| run.awaited.is_empty()) else { return false };
    match run.at {
        At::Recording => false,
        At::Carrying if run.stale > 0 => replan(state, effects, now),
        At::Carrying if run.failed => fail_applies(state, view, effects, now),
        At::Carrying => {
            if send_tier(run, effects) {
                return false;
            }
            let last = run.group + 1 >= run.plan.groups.len();
            let waits = run.plan.groups.get(run.group).is_some_and(|group| group.waits);
            if last && !waits {
                return finish(state, view, effects, now);
            }
            if waits {
                run.at = At::Waiting(now);
                return true;
            }
            next_group(run, effects);
            false
        }
        At::Waiting(since) => wait(state, view, since, effects, now),
    }
}

fn next_group(run: &mut Run, effects: &mut Vec<Effect>) {
    run.group += 1;
    run.done.clear();
    run.at = At::Carrying;
    send_tier(run, effects);
}

/// The world was not as the plan saw it: the same operation is planned anew from what is seen now.
fn replan(state: &mut State, effects: &mut Vec<Effect>, now: Timestamp) -> bool {
    let stale = state.run.as_ref().map_or(0, |run| run.stale);
    state.stale_plans = state.stale_plans.saturating_add(stale.min(1));
    let tries = state.stale_plans;
    if tries > STALE_MAX {
        let message = "the objects change faster than they can be applied".to_owned();
        conclude(state, effects, (Phase::Failed, message), Some(FailurePoint::Apply), now);
        return false;
    }
    state.run = None;
    // The change that made the plan stale comes by the watch; a little later it has surely come.
    effects.push(Effect::Wake(later(now, Duration::from_millis(50 << tries.min(5)))));
    false
}

fn fail_applies(state: &mut State, view: &View<'_>, effects: &mut Vec<Effect>, now: Timestamp) -> bool {
    let prune = state.run.as_ref().and_then(|run| run.plan.groups.get(run.group));
    let prune = prune.is_some_and(|group| matches!(group.name, GroupName::Prune(_)));
    let reasons = state.operation.as_ref().map(results::failures).unwrap_or_default();
    let point = if prune { FailurePoint::Prune } else { FailurePoint::Apply };
    let message = match view.world.app.policy.order {
        Order::Waves => words::failed(&reasons),
        Order::Stages => reasons.join("\n"),
    };
    conclude(state, effects, (Phase::Failed, message), Some(point), now);
    false
}

/// Waits until the group's objects are healthy, or gone.
fn wait(
    state: &mut State,
    view: &View<'_>,
    since: Timestamp,
    effects: &mut Vec<Effect>,
    now: Timestamp,
) -> bool {
    if preempted(state, view) {
        gate::supersede(state, view, now);
        attempt(state, view, effects, now);
        return false;
    }
    let (Some(run), Some(assessment)) = (state.run.as_mut(), view.assessment) else { return false };
    let Some(group) = run.plan.groups.get(run.group) else { return finish(state, view, effects, now) };
    let verdict = waiting(group, assessment, view);
    let limit = match view.world.app.policy.order {
        Order::Stages => Some(later(since, STAGE_WAIT)),
        Order::Waves => None,
    };
    match verdict {
        Verdict::Done => {
            if run.group + 1 >= run.plan.groups.len() {
                return finish(state, view, effects, now);
            }
            next_group(run, effects);
            false
        }
        Verdict::Failed(reasons) => {
            let message = format!(
                "one or more synchronization tasks completed unsuccessfully, reason: {}",
                reasons.join(",")
            );
            conclude(state, effects, (Phase::Failed, message), Some(FailurePoint::Health), now);
            false
        }
        Verdict::Waiting(why, keys) => {
            if limit.is_some_and(|limit| limit <= now) {
                let message = words::waiting(why, &keys).replacen("waiting", "timeout waiting", 1);
                conclude(state, effects, (Phase::Failed, message), Some(FailurePoint::Apply), now);
                return false;
            }
            effects.extend(limit.map(Effect::Wake));
            let message = words::waiting(why, &keys);
            if let Some(operation) = state.running().filter(|operation| operation.message != message) {
                operation.message = message;
                effects.push(Effect::WriteStatus(Urgency::News));
            }
            false
        }
    }
}

enum Verdict {
    Done,
    Waiting(&'static str, BTreeSet<ObjectKey>),
    Failed(Vec<String>),
}

fn waiting(group: &Group, assessment: &Assessment, view: &View<'_>) -> Verdict {
    let (mut unhealthy, mut present, mut degraded) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for step in &group.steps {
        match step.action {
            Action::Prune { .. } => {
                if !matches!(view.world.live.sighting(&step.key), trimtab_plan::Sighting::Absent) {
                    present.insert(step.key.clone());
                }
            }
            Action::Create(_) | Action::Update { .. } => {
                let Some(assessed) = assessment.objects.get(&step.key) else { continue };
                match &assessed.health {
                    _ if assessed.live.is_none() => drop(unhealthy.insert(step.key.clone())),
                    None => {}
                    Some(_) if !assessed.health_counts => drop(unhealthy.insert(step.key.clone())),
                    Some(health) if health.code == Code::Degraded => {
                        degraded.push(format!("{}: {}", step.key, health.message));
                    }
                    Some(health) if health.code == Code::Healthy => {}
                    Some(_) => drop(unhealthy.insert(step.key.clone())),
                }
            }
        }
    }
    if !degraded.is_empty() {
        Verdict::Failed(degraded)
    } else if !unhealthy.is_empty() {
        Verdict::Waiting("healthy state of", unhealthy)
    } else if !present.is_empty() {
        Verdict::Waiting("deletion of", present)
    } else {
        Verdict::Done
    }
}

/// Whether a newer render waits, and this run started by itself (`DESIGN` 2.6).
fn preempted(state: &State, view: &View<'_>) -> bool {
    let automatic = state.operation.as_ref().is_some_and(|operation| operation.request.user.is_none());
    let newer = match (state.run.as_ref(), view.desired) {
        (Some(run), Some(desired)) => desired.complete && desired.revisions != run.plan.revisions,
        _ => false,
    };
    automatic && newer
}

/// All groups are through: the last thing to wait for is the health of everything, where that is asked.
fn finish(state: &mut State, view: &View<'_>, effects: &mut Vec<Effect>, now: Timestamp) -> bool {
    let refused: Vec<String> = state.operation.as_ref().map(results::failures).unwrap_or_default();
    if !refused.is_empty() {
        let message = words::invalid(&refused);
        conclude(state, effects, (Phase::Failed, message), Some(FailurePoint::Apply), now);
        return false;
    }
    if let HealthWait::All(timeout) = view.world.app.policy.health {
        if preempted(state, view) {
            gate::supersede(state, view, now);
            attempt(state, view, effects, now);
            return false;
        }
        if !healthy_within(state, view, timeout, effects, now) {
            return false;
        }
    }
    let pruned = state.run.as_ref().map(|run| run.plan.clone());
    if let Some(plan) = pruned {
        let keeps = plan_keeps(&plan, view);
        if let Inventory::Known(entries) = &mut state.inventory {
            entries.retain(|key, _| keeps.contains(key));
        }
        let partial = state.operation.as_ref().is_some_and(|o| o.request.only.is_some());
        let repair = state.run.as_ref().is_some_and(|run| run.repair);
        if !partial && !repair {
            state.applied.clone_from(&plan.revisions);
            results::history(state, view, now);
        }
    }
    let steps = state.run.as_ref().map_or(0, |run| run.plan.groups.len());
    let message = if steps == 0 { words::NOTHING_TO_DO } else { words::SUCCEEDED };
    state.stage = Stage::Done;
    conclude(state, effects, (Phase::Succeeded, message.into()), None, now);
    false
}

/// The keys that stay in the inventory after success: desired ones, and those that were kept although
/// the render no longer has them.
fn plan_keeps(plan: &Plan, view: &View<'_>) -> BTreeSet<ObjectKey> {
    let pruned: BTreeSet<&ObjectKey> = plan
        .groups
        .iter()
        .flat_map(|group| &group.steps)
        .filter(|step| matches!(step.action, Action::Prune { .. }))
        .map(|step| &step.key)
        .collect();
    let gone = |key: &ObjectKey| matches!(view.world.live.sighting(key), trimtab_plan::Sighting::Absent);
    let desired = |key: &ObjectKey| view.desired.is_some_and(|d| d.objects.contains_key(key));
    let keys = view.world.inventory.known().into_iter().flat_map(|entries| entries.keys());
    keys.filter(|key| desired(key) || !(pruned.contains(key) || gone(key))).cloned().collect()
}

fn healthy_within(
    state: &mut State,
    view: &View<'_>,
    timeout: Duration,
    effects: &mut Vec<Effect>,
    now: Timestamp,
) -> bool {
    let Some(assessment) = view.assessment else { return false };
    let began = match state.run.as_mut() {
        Some(Run { at: At::Waiting(since), .. }) => *since,
        Some(run) => {
            run.at = At::Waiting(now);
            now
        }
        None => now,
    };
    let mut failed = Vec::new();
    let mut waiting = Vec::new();
    for (key, assessed) in &assessment.objects {
        if matches!(assessed.finding, trimtab_plan::Finding::Extra(_)) {
            continue;
        }
        let code = assessed.health.as_ref().map_or(Code::Healthy, |health| health.code);
        let named = |status: &str| format!("{key} status: '{status}'");
        match code {
            Code::Degraded if assessed.health_counts => failed.push(named("Failed")),
            Code::Healthy if assessed.health_counts && assessed.live.is_some() => {}
            Code::Healthy if assessed.live.is_none() => waiting.push(named("NotFound")),
            _ => waiting.push(named("InProgress")),
        }
    }
    if failed.is_empty() && waiting.is_empty() {
        return true;
    }
    let limit = later(began, timeout);
    let elapsed = results::elapsed(began, now);
    if !failed.is_empty() {
        let message = format!("failed early due to stalled resources: [{}]", failed.join(", "));
        conclude(state, effects, (Phase::Failed, message), Some(FailurePoint::Health), now);
    } else if limit <= now {
        let list = waiting.join(", ");
        let message = format!("health check failed after {elapsed}: timeout waiting for: [{list}]");
        conclude(state, effects, (Phase::Failed, message), Some(FailurePoint::Health), now);
    } else {
        if state.stage != Stage::CheckingHealth {
            state.stage = Stage::CheckingHealth;
        }
        effects.push(Effect::Wake(limit));
    }
    false
}

/// Ends the operation, or this attempt of it.
pub(crate) fn conclude(
    state: &mut State,
    effects: &mut Vec<Effect>,
    (phase, message): (Phase, String),
    point: Option<FailurePoint>,
    now: Timestamp,
) {
    state.run = None;
    if let Some(point) = point {
        state.stage = Stage::Failed(point, message.clone());
    }
    state.last_run = Some(now);
    state.stale_plans = 0;
    let Some(operation) = state.operation.as_mut() else { return };
    operation.finished_at = Some(now);
    let retry = operation.request.retry.filter(|retry| may_retry(retry, operation.retries));
    if let (Phase::Failed | Phase::Error, Some(retry), false) =
        (phase, retry, message == words::TERMINATED)
    {
        operation.retries += 1;
        let due = later(now, retry.backoff.pause(operation.retries));
        operation.message = words::retrying(&message, operation.retries, due);
        effects.push(Effect::WriteStatus(Urgency::News));
        effects.push(Effect::Wake(due));
        return;
    }
    operation.phase = phase;
    operation.message = match phase {
        Phase::Failed | Phase::Error => words::retried(&message, operation.retries),
        Phase::Running | Phase::Terminating | Phase::Succeeded => message,
    };
    effects.push(Effect::WriteStatus(Urgency::News));
    effects.push(Effect::Announce(Announcement {
        warning: phase != Phase::Succeeded,
        what: Happening::OperationCompleted,
        message: announcement(operation),
    }));
}

fn may_retry(retry: &Retry, retries: u32) -> bool {
    retry.limit.is_none_or(|limit| retries < limit)
}

fn announcement(operation: &crate::Operation) -> String {
    let partial = if operation.request.only.is_some() { "Partial sync" } else { "Sync" };
    let revisions = words::revisions(&operation.revisions);
    if operation.phase == Phase::Succeeded {
        format!("{partial} operation to {revisions} succeeded")
    } else {
        format!("{partial} operation to {revisions} failed: {}", operation.message)
    }
}

pub(crate) fn later(time: Timestamp, pause: Duration) -> Timestamp {
    time.checked_add(pause).unwrap_or(Timestamp::MAX)
}
