//! Carrying out a plan: groups one after the other, tiers inside a group, and what is waited for.

use crate::results::Lines;
use crate::state::{Stale, State};
use crate::step::{Turn, begun, later};
use crate::{
    Effect, FailurePoint, Outcome, Phase, Urgency, attempt, dry_run, ending, gate, results,
    waiting, words,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use trimtab_model::{ObjectKey, Order, ResourceVersion, RewrittenBranch, Timestamp, Uid, limit};
use trimtab_plan::{
    Action, Group, GroupName, KindFact, Plan, RemovalRight, Sighting, Step, removal_right,
};

/// How often a record that the resource does not show afterwards is written.
const RECORDS_MAX: u8 = 3;

/// How long a step waits for its kind to be served after the definition was applied.
const KIND_WAIT: Duration = Duration::from_secs(10);

/// One attempt to carry out a plan.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each was learnt by itself when the plan was made"
)]
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub plan: Plan,
    /// Where the step of each object stands, group by group: an answer is not searched for.
    pub places: Vec<BTreeMap<ObjectKey, usize>>,
    /// Where its line stands in the operation's list.
    pub lines: Lines,
    pub group: usize,
    pub at: At,
    /// Steps that were sent and have not come back.
    pub awaited: BTreeSet<ObjectKey>,
    /// Steps of this group that have come back.
    pub done: BTreeSet<ObjectKey>,
    /// A step of this group has failed.
    pub failed: bool,
    /// Objects that were not as the plan saw them, with what it saw.
    pub stale: BTreeMap<ObjectKey, Option<(Uid, ResourceVersion)>>,
    /// Why it is planned anew, beside objects that were not as the plan saw them.
    pub doubt: Option<Doubt>,
    /// Since when the next steps wait for something outside, or everything for its health.
    pub waits_since: Option<Timestamp>,
    /// Whether it was planned in the knowledge that the branch was rewritten (P13).
    pub rewritten: bool,
    /// Whether it was planned in the knowledge that a file may have lost its manifests (P1).
    pub passed_over: bool,
    /// Whether it repairs without touching the inventory (P6).
    pub repair: bool,
}

/// Why a run is planned anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doubt {
    /// The inventory that it was planned by is not what it was.
    Outdated,
    /// A step came back without an answer.
    Uncertain,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// The record is being written: so many writes were asked for, and so many have been made.
    Recording {
        /// How many were asked for.
        asked: u8,
        /// How many have been made.
        written: u8,
    },
    /// Steps of the group are sent.
    Carrying,
    /// The group's objects are waited for, since then.
    Waiting(Timestamp),
}

/// A status was written.
pub(crate) fn recorded(state: &mut State) {
    if let Some(Run { at: At::Recording { written, .. }, .. }) = state.run.as_mut() {
        *written = written.saturating_add(1);
    }
}

/// A step came back: it is written down, and what it means for the run is decided when its tier is
/// whole. Returns whether it was a step of the run.
pub(crate) fn carried(
    state: &mut State,
    now: Timestamp,
    key: &ObjectKey,
    outcome: &Outcome,
) -> bool {
    let Some(run) = state.run.as_mut() else { return false };
    if !run.awaited.remove(key) {
        return false;
    }
    let Some(step) = run.step(key).cloned() else { return true };
    run.done.insert(key.clone());
    match outcome {
        Outcome::Stale | Outcome::Uncertain => {
            if *outcome == Outcome::Uncertain {
                run.doubt = Some(Doubt::Uncertain);
            }
            run.stale.insert(key.clone(), seen(&step));
        }
        Outcome::Failed(_) => run.failed = true,
        Outcome::Applied { .. } => {
            if run.repair {
                let times = state.heals.entry(key.clone()).or_default();
                times.push_back(now);
                gate::forget_old(times, now);
            }
        }
        Outcome::Deleted | Outcome::Gone => {}
    }
    if let Some(operation) = state.operation.as_mut() {
        results::write(operation, &mut run.lines, (&step, outcome));
    }
    true
}

fn seen(step: &Step) -> Option<(Uid, ResourceVersion)> {
    Some((step.action.uid()?.clone(), step.action.seen()?.clone()))
}

impl Run {
    fn group(&self) -> Option<&Group> {
        self.plan.groups.get(self.group)
    }

    fn step(&self, key: &ObjectKey) -> Option<&Step> {
        self.group()?.steps.get(*self.places.get(self.group)?.get(key)?)
    }

    /// The steps that come next: what is left of the group, of its first tier that is not through.
    fn next_tier(&self) -> Vec<Step> {
        let left = || {
            let steps = self.group().into_iter().flat_map(|group| &group.steps);
            steps.filter(|step| !self.done.contains(&step.key))
        };
        let tier = left().map(|step| step.tier).min();
        left().filter(|step| Some(step.tier) == tier).cloned().collect()
    }
}

/// One move of the running operation. Returns whether another may follow at once.
pub(crate) fn progress(state: &mut State, turn: &mut Turn<'_>) -> bool {
    if preempted(state, turn) {
        gate::supersede(state, turn);
    }
    if !begun(state, turn) {
        return false;
    }
    let Some(run) = state.run.as_ref().filter(|run| run.awaited.is_empty()) else { return false };
    match run.at {
        At::Recording { asked, written } => record(state, turn, (asked, written)),
        At::Carrying => carry(state, turn),
        At::Waiting(since) => wait(state, turn, since),
    }
}

/// Whether a newer render waits, and this operation started by itself. Between two groups, while it
/// waits, and between two attempts nothing is lost by going over to it.
fn preempted(state: &State, turn: &Turn<'_>) -> bool {
    let (Some(operation), Some(desired)) = (state.operation.as_ref(), turn.view.desired) else {
        return false;
    };
    let between = state.run.as_ref().is_none_or(|run| match run.at {
        At::Recording { .. } => false,
        At::Carrying => run.awaited.is_empty() && run.next_tier().is_empty() && !run.failed,
        At::Waiting(_) => true,
    });
    // One that has no revision yet gets the newest when it is planned.
    let newer = desired.complete
        && !operation.revisions.is_empty()
        && desired.revisions != operation.revisions;
    between && newer && operation.request.user.is_none() && turn.view.assessment.is_some()
}

/// Goes on when the resource shows the record in the cluster.
fn record(state: &mut State, turn: &mut Turn<'_>, (asked, written): (u8, u8)) -> bool {
    let recorded = state.run.as_ref().is_some_and(|run| attempt::is_recorded(run, state, turn));
    let Some(run) = state.run.as_mut() else { return false };
    if recorded {
        run.at = At::Carrying;
        return true;
    }
    if written < asked {
        return false;
    }
    if asked < RECORDS_MAX {
        run.at = At::Recording { asked: asked + 1, written };
        turn.ask(Effect::WriteStatus(Urgency::Record));
    } else {
        let message = words::UNRECORDED.to_owned();
        ending::conclude(state, turn, (Phase::Error, message), Some(FailurePoint::Apply));
    }
    false
}

fn carry(state: &mut State, turn: &mut Turn<'_>) -> bool {
    let Some(run) = state.run.as_mut() else { return false };
    if run.doubt.is_some() || !run.stale.is_empty() {
        return replan(state, turn);
    }
    let next = run.next_tier();
    let stops_at_once = match turn.view.world.app.policy.order {
        // A failed object stops the later waves, and not the rest of its own.
        Order::Waves => next.is_empty(),
        Order::Stages => true,
    };
    if run.failed && stops_at_once {
        return fail(state, turn);
    }
    if !next.is_empty() {
        return send(state, turn, next);
    }
    let waits = run.group().is_some_and(|group| group.waits);
    if waits {
        run.at = At::Waiting(turn.now);
        return true;
    }
    next_group(run);
    run.group < run.plan.groups.len() || ending::finish(state, turn)
}

fn next_group(run: &mut Run) {
    run.group += 1;
    run.done.clear();
    run.waits_since = None;
    run.at = At::Carrying;
}

/// Sends steps, if nothing outside must come first. Returns whether the run may go on at once.
fn send(state: &mut State, turn: &mut Turn<'_>, steps: Vec<Step>) -> bool {
    let passed_over = state.passed_over(&turn.view).is_some();
    let Some(run) = state.run.as_mut() else { return false };
    let holds = turn.view.world.rewritten_branch() == RewrittenBranch::HoldPrunes;
    let held =
        (turn.view.rewritten && holds && !run.rewritten) || (passed_over && !run.passed_over);
    let by_user =
        state.operation.as_ref().is_some_and(|operation| operation.request.user.is_some());
    let may_prune = by_user || turn.view.world.app.policy.prune;
    let as_planned =
        |step: &Step| (may_prune || !step.action.is_prune()) && is_as_planned(turn, step, held);
    let changed = steps.iter().filter(|step| !as_planned(step));
    run.stale = changed.map(|step| (step.key.clone(), seen(step))).collect();
    if !run.stale.is_empty() {
        return true;
    }
    let since = *run.waits_since.get_or_insert(turn.now);
    let due = later(since, KIND_WAIT);
    if due > turn.now && !steps.iter().all(|step| is_served(turn, step)) {
        turn.wake(due);
        return false;
    }
    match validated(state, turn) {
        Validation::Open => return false,
        Validation::Failed(reasons) => {
            let message = reasons.join("\n");
            ending::conclude(state, turn, (Phase::Failed, message), Some(FailurePoint::Apply));
            return false;
        }
        Validation::Passed => {}
    }
    let Some(run) = state.run.as_mut() else { return false };
    run.waits_since = None;
    run.awaited.extend(steps.iter().map(|step| step.key.clone()));
    turn.effects.extend(steps.into_iter().map(Effect::Carry));
    false
}

/// Whether a step still fits what is seen: a plan may be old when its later groups begin. A removal is
/// of exactly the state that was seen, and of an object that is still ours to remove; none is made when
/// something that holds prunes became known since the plan was made (`held`).
fn is_as_planned(turn: &Turn<'_>, step: &Step, held: bool) -> bool {
    let world = &turn.view.world;
    match (&step.action, world.live.sighting(&step.key)) {
        (Action::Update { uid, .. }, Sighting::Seen(live)) => live.uid == *uid,
        (Action::Prune { .. }, _) if held || !is_still_to_go(turn, step) => false,
        (Action::Prune { uid, seen, .. }, Sighting::Seen(live)) => {
            let inventoried = world.inventory.contains(&step.key);
            let right = removal_right(&world.app.tracking.claim, live, inventoried, world.claims);
            live.uid == *uid && live.resource_version == *seen && right == RemovalRight::Ours
        }
        // What is gone already the server calls gone as well; and where nobody can tell, the server
        // can, because an apply names what it expects.
        (Action::Create(_) | Action::Prune { .. }, Sighting::Absent)
        | (Action::Create(_) | Action::Update { .. }, Sighting::Unknown(_)) => true,
        (Action::Prune { .. }, Sighting::Unknown(_))
        | (Action::Create(_), Sighting::Seen(_))
        | (Action::Update { .. }, Sighting::Absent) => false,
    }
}

/// Whether what has been learnt since the plan was made leaves a prune as it is: a newer render has the
/// object again, or could not be made whole (P1). Each comes before the plan.
fn is_still_to_go(turn: &Turn<'_>, step: &Step) -> bool {
    turn.view.desired.is_some_and(|desired| desired.complete && !desired.has(&step.key))
}

/// Whether the cluster serves a step's kind. One that was defined a moment ago is served soon.
fn is_served(turn: &Turn<'_>, step: &Step) -> bool {
    let fact = turn.view.world.live.kind(&step.key.group_kind(), &step.version);
    step.action.is_prune() || matches!(fact, KindFact::Served(_))
}

/// Whether a group may be applied as a whole.
enum Validation {
    Passed,
    Open,
    Failed(Vec<String>),
}

/// Tries each change of a group before the first is made, where the family wants all or nothing. An
/// absent object is never tried, and a single step is its own trial.
fn validated(state: &mut State, turn: &mut Turn<'_>) -> Validation {
    let Some(run) = state.run.as_ref().filter(|run| run.done.is_empty()) else {
        return Validation::Passed;
    };
    let Some(group) = run.group().filter(|group| group.all_or_nothing && group.steps.len() > 1)
    else {
        return Validation::Passed;
    };
    let (mut open, mut failed) = (Vec::new(), Vec::new());
    for step in &group.steps {
        let (Action::Update { seen, .. }, Some(desired)) = (&step.action, turn.view.desired) else {
            continue;
        };
        let Some(object) = desired.objects.get(&step.key) else { continue };
        let answer = turn
            .view
            .world
            .memory
            .dry_run(&step.key)
            .filter(|answer| answer.desired == object.digest && answer.against == *seen);
        match answer.map(|answer| &answer.changes) {
            None => open.push((object, seen.clone())),
            Some(Ok(_)) => {}
            Some(Err(why)) => failed.push(format!("{} ({}): {why}", step.key, object.origin)),
        }
    }
    if !failed.is_empty() {
        return Validation::Failed(failed);
    }
    if open.is_empty() {
        return Validation::Passed;
    }
    for (object, seen) in open {
        dry_run::ask_about(state, turn, object, &seen);
    }
    Validation::Open
}

/// The world was not as the plan saw it: the same operation is planned anew from what is seen then. A
/// write without an answer may still take effect until its time on the server is over.
fn replan(state: &mut State, turn: &mut Turn<'_>) -> bool {
    let Some(run) = state.run.take() else { return false };
    state.stale_plans = state.stale_plans.saturating_add(1);
    if u64::from(state.stale_plans) > limit::STALE_PLANS_MAX {
        let message = words::too_fast(&run.stale);
        ending::conclude(state, turn, (Phase::Failed, message), Some(FailurePoint::Apply));
        return false;
    }
    let pause = if run.doubt == Some(Doubt::Uncertain) {
        Duration::from_secs(limit::WRITE_TIMEOUT_SECONDS_MAX + 1)
    } else {
        // The change that made the plan stale comes by the watch; a little later it has surely come.
        Duration::from_millis(50 << state.stale_plans)
    };
    state.stale = Some(Stale { seen: run.stale, due: later(turn.now, pause) });
    true
}

fn fail(state: &mut State, turn: &mut Turn<'_>) -> bool {
    let group = state.run.as_ref().and_then(Run::group);
    let prune = group.is_some_and(|group| matches!(group.name, GroupName::Prune(_)));
    let namespace = group.is_some_and(|group| group.name == GroupName::Namespace);
    let operation = state.operation.as_ref();
    let failures = operation.map(|operation| results::failures(operation, turn.view.desired));
    let reasons = failures.unwrap_or_default();
    let point = if prune { FailurePoint::Prune } else { FailurePoint::Apply };
    let app = turn.view.world.app;
    let message = match app.policy.order {
        Order::Waves if namespace => words::namespace_failed(&reasons),
        Order::Waves => words::failed(&reasons),
        Order::Stages => reasons.join("\n"),
    };
    let helps = words::lacks_namespace(&reasons, app).then_some(words::CREATES_NAMESPACE);
    let message = message + helps.unwrap_or_default();
    ending::conclude(state, turn, (Phase::Failed, message), Some(point));
    false
}

/// Waits until all that was applied so far is healthy, and all that was removed is gone.
fn wait(state: &mut State, turn: &mut Turn<'_>, since: Timestamp) -> bool {
    let Some(run) = state.run.as_mut() else { return false };
    if run.doubt.is_some() {
        return replan(state, turn);
    }
    if run.group >= run.plan.groups.len() {
        return ending::finish(state, turn);
    }
    let Some(assessment) = turn.view.assessment else { return false };
    let steps = run.plan.groups.iter().take(run.group + 1).flat_map(|group| &group.steps);
    match waiting::verdict(steps, assessment, &turn.view) {
        waiting::Verdict::Done => {
            next_group(run);
            run.group < run.plan.groups.len() || ending::finish(state, turn)
        }
        waiting::Verdict::Failed(reasons) => {
            let message = words::unsuccessful(&reasons);
            ending::conclude(state, turn, (Phase::Failed, message), Some(FailurePoint::Health));
            false
        }
        waiting::Verdict::Waiting(why, keys) => {
            let message = words::waiting(why, &keys);
            let limit = match turn.view.world.app.policy.order {
                Order::Stages => Some(later(since, waiting::STAGE_WAIT)),
                Order::Waves => None,
            };
            if limit.is_some_and(|limit| limit <= turn.now) {
                let message = message.replacen("waiting", "timeout waiting", 1);
                let end = (Phase::Failed, message);
                ending::conclude(state, turn, end, Some(FailurePoint::Apply));
                return false;
            }
            turn.wake(limit);
            if let Some(operation) = state.running().filter(|o| o.message != message) {
                operation.message = message;
                turn.ask(Effect::WriteStatus(Urgency::News));
            }
            false
        }
    }
}
