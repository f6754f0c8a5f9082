//! Whether a sync begins. The order of the checks is Argo CD's: argo-cd `controller/appcontroller.go`,
//! `autoSync`.

use crate::state::State;
use crate::step::{Turn, later};
use crate::view::{Source, View, Window};
use crate::{Effect, Operation, Phase, Request, ResultCode, claimant, words};
use std::collections::VecDeque;
use std::time::Duration;
use trimtab_model::{self as model, Backoff, ObjectKey, SelfHeal, Timestamp, Trigger, limit};
use trimtab_plan::{
    Assessment, Desired, Finding, Held, HeldReason, Plan, Reason, Step, SyncRequest, SyncStatus,
    plan,
};

/// Pauses before the self-heals of one revision: 0, 2, 6, 18, 54, 162, 300 s. Source: argo-cd
/// `--self-heal-backoff-*`.
const HEAL: Backoff = Backoff {
    first: Duration::from_secs(2),
    factor: 3,
    longest: Some(Duration::from_secs(limit::BACKOFF_SECONDS_MAX)),
};

/// After this long without a self-heal the pauses begin anew. Source: argo-cd
/// `--self-heal-backoff-cooldown-seconds`.
const HEAL_COOLDOWN: Duration = Duration::from_secs(330);

/// Why a sync begins by itself.
enum Cause {
    /// There is something new.
    New,
    /// Somebody changed what we own; only these objects are repaired.
    Drift(Vec<ObjectKey>, u32),
}

/// Begins an operation if one is asked for, or is due by itself.
pub(crate) fn begin(state: &mut State, turn: &mut Turn<'_>) {
    (state.gate, state.prevented) = (None, None);
    if take_request(state, turn) {
        look_first(state, turn);
        return;
    }
    let view = turn.view;
    let (Some(desired), Some(assessment)) = (view.desired, view.assessment) else { return };
    // What is in view may be of the spec as it was before, and would count as what it is now.
    if matches!(view.source, Source::Coming) {
        return;
    }
    hold_for_later(state, &view, (desired, assessment));
    if view.world.app.policy.trigger == Trigger::Manual {
        return;
    }
    let Some(cause) = cause(state, turn, (desired, assessment)) else { return };
    if let Window::Closed { until, .. } = &view.windows.automatic {
        turn.wake(*until);
        state.prevented = Some(words::prevented(view.world.app.project.as_str(), *until));
        return;
    }
    if wipes_out(&view, assessment) {
        state.gate = Some(format!(
            "Skipping sync attempt to [{}]: {}",
            words::revisions(&desired.revisions),
            words::WIPE_OUT
        ));
        return;
    }
    let policy = &view.world.app.policy;
    let (only, attempts) = match cause {
        Cause::New => (None, 0),
        Cause::Drift(keys, attempts) => (Some(keys), attempts),
    };
    let request = Request {
        self_heal: only.is_some(),
        only,
        self_heal_attempts: attempts,
        retry: view.habits.retry_after.is_none().then_some(policy.retry),
        ..Request::by_itself(policy.prune)
    };
    start(state, turn, request);
}

/// Where nothing prunes by itself, what prunes would wait for after a branch was rewritten is said all
/// the same: whoever turns prunes on later, in whatever process, must find it (P13).
fn hold_for_later(state: &mut State, view: &View<'_>, now: (&Desired, &Assessment)) {
    let policy = &view.world.app.policy;
    if policy.prune && policy.trigger != Trigger::Manual {
        return;
    }
    let is_of_branch = |held: &Held| held.reason == HeldReason::BranchRewritten;
    if view.rewritten || state.held.as_ref().is_some_and(is_of_branch) {
        state.held = held_for_later(view, now);
    }
}

/// The prunes that would wait because the branch was rewritten, were there any.
pub(crate) fn held_for_later(
    view: &View<'_>,
    (desired, assessment): (&Desired, &Assessment),
) -> Option<Held> {
    let request = SyncRequest {
        prune: true,
        explicit: view.world.app.policy.trigger == Trigger::Manual,
        apply_all: false,
        only: None,
        rewritten: view.rewritten,
        passed_over: false,
    };
    let held = view.rewritten.then(|| plan(&view.world, desired, assessment, &request).held)?;
    held.filter(|held| held.reason == HeldReason::BranchRewritten)
}

/// Makes an operation of what a person asks for, once.
pub(crate) fn take_request(state: &mut State, turn: &Turn<'_>) -> bool {
    let requested = &turn.view.record.requested;
    let Some(request) = requested.clone().filter(|_| state.taken != *requested) else {
        return false;
    };
    state.taken = Some(request.clone());
    start(state, turn, request);
    true
}

/// Whoever asks means what is there at that moment, which may have been pushed since the last look: the
/// operation has no revision before the sources have been looked at.
fn look_first(state: &mut State, turn: &mut Turn<'_>) {
    state.awaits_look = true;
    if let Some(operation) = state.running() {
        operation.revisions.clear();
    }
    turn.ask(Effect::LookAtSources);
}

fn start(state: &mut State, turn: &Turn<'_>, request: Request) {
    let view = turn.view;
    state.run = None;
    state.awaits_look = false;
    state.stale = None;
    state.stale_plans = 0;
    state.spec_ran = Some(view.world.app.digest);
    state.refresh_handled = view.record.refresh.as_ref().map(|refresh| refresh.token.clone());
    // An operation's identity is its start: two of one second are told apart by the next second.
    let before = state.operation.as_ref().map(|operation| operation.started_at);
    let now = whole_second(turn.now);
    let started_at = match before {
        Some(before) if before >= now => later(before, Duration::from_secs(1)),
        _ => now,
    };
    state.operation = Some(Operation {
        request,
        phase: Phase::Running,
        message: words::RUNNING.into(),
        started_at,
        finished_at: None,
        revisions: view.desired.map(|desired| desired.revisions.clone()).unwrap_or_default(),
        sources: model::Source::digest_of(&view.world.app.sources),
        retries: 0,
        results: Vec::new(),
    });
}

/// Times in a status are whole seconds: one that is not would be another after a restart.
fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// A newer render takes the place of the one that is being carried out.
pub(crate) fn supersede(state: &mut State, turn: &Turn<'_>) {
    let request = state.operation.as_ref().map(|operation| operation.request.clone());
    if let Some(mut request) = request {
        request.only = None;
        request.self_heal = false;
        request.self_heal_attempts = 0;
        start(state, turn, request);
    }
}

fn cause(
    state: &mut State,
    turn: &mut Turn<'_>,
    (desired, assessment): (&Desired, &Assessment),
) -> Option<Cause> {
    let view = turn.view;
    if !desired.complete || assessment.status == SyncStatus::Unknown {
        return None;
    }
    let attempted = state.operation.as_ref().is_some_and(|last| {
        last.revisions == desired.revisions
            && last.sources == model::Source::digest_of(&view.world.app.sources)
    });
    // That a person ends a sync is no wish for another one.
    let anew = asked_anew(state, &view) || (spec_changed(state, &view) && !view.record.terminate);
    // The family that runs at each change of its resource also runs when everything is as desired.
    let changed = view.habits.runs_on_change && (state.applied != desired.revisions || anew);
    let waits = attempted && has_failed(state) && has_done_all(state, assessment);
    if waits && is_free(state, turn, (desired, assessment)) {
        return Some(Cause::New);
    }
    let failed = attempted && !anew && has_failed(state) && !waits;
    if assessment.status == SyncStatus::Synced {
        state.held = None;
        if !waits {
            state.waits_for.clear();
        }
        return (changed && !(failed && pauses(state, turn))).then_some(Cause::New);
    }
    if only_prunes(assessment) && !view.world.app.policy.prune && !changed {
        return None;
    }
    if failed {
        return (is_worth_a_retry(state, turn, (desired, assessment)) && !pauses(state, turn))
            .then_some(Cause::New);
    }
    if !attempted || changed {
        return Some(Cause::New);
    }
    let pending = pending(state, turn, (desired, assessment));
    if pending.steps().any(|step| was_held_back(state, step)) {
        return Some(Cause::New);
    }
    drift(state, turn, (assessment, &pending))
}

/// What is left to do after a sync of the same revision has succeeded.
fn pending(
    state: &mut State,
    turn: &mut Turn<'_>,
    (desired, assessment): (&Desired, &Assessment),
) -> Plan {
    let view = &turn.view;
    let request = SyncRequest {
        prune: view.world.app.policy.prune,
        explicit: false,
        apply_all: false,
        only: None,
        rewritten: view.rewritten,
        passed_over: state.passed_over(view).is_some(),
    };
    let plan = plan(&view.world, desired, assessment, &request);
    state.held = plan.held.clone().or_else(|| held_for_later(view, (desired, assessment)));
    state.waits_for = claimant::awaited(&plan);
    claimant::note(state, turn, &plan);
    plan
}

/// Whether a step could not be taken by the last sync and can be now: its prunes were held or had to
/// wait, or another application had the object. That is no drift: nobody changed anything of ours.
fn was_held_back(state: &State, step: &Step) -> bool {
    step.action.is_prune()
        || matches!(step.reason, Reason::HandOver(_))
        || (!state.inventory.is_unknown()
            && !state.inventory.contains(&step.key)
            && step.reason != Reason::NamespaceAskedFor)
}

fn has_failed(state: &State) -> bool {
    let last = state.operation.as_ref();
    last.is_some_and(|last| last.phase.is_over() && last.phase != Phase::Succeeded)
}

/// Whether a failed sync did all that it could: what it could not do are objects that other applications
/// have, or that could not be read. Of such an object nothing was written down, as it is before each try to
/// apply one (P5), unless it has turned out to be as desired, and ours.
fn has_done_all(state: &State, assessment: &Assessment) -> bool {
    let Some(last) = &state.operation else { return false };
    let failed = last.results.iter().filter(|line| line.code == ResultCode::SyncFailed);
    let mut failed = failed.peekable();
    let is_same = |key: &ObjectKey| {
        assessment.objects.get(key).is_some_and(|object| object.finding == Finding::Same)
    };
    last.message.starts_with(words::FAILED_TO_APPLY)
        && !state.inventory.is_unknown()
        && failed.peek().is_some()
        && failed.all(|line| {
            let of_another = words::is_of_another(&line.message);
            if state.inventory.contains(&line.key) {
                of_another && is_same(&line.key)
            } else {
                of_another || line.message == words::UNREAD
            }
        })
}

/// Whether nobody else has an object of the render any more.
fn is_free(state: &mut State, turn: &mut Turn<'_>, now: (&Desired, &Assessment)) -> bool {
    pending(state, turn, now).refused.is_empty()
}

/// Whether the family tries a failed run again by itself, and something can come of it: where objects
/// are refused and nothing else is left to do, it would only fail again, until what is seen changes.
fn is_worth_a_retry(state: &mut State, turn: &mut Turn<'_>, now: (&Desired, &Assessment)) -> bool {
    turn.view.habits.retry_after.is_some() && {
        let pending = pending(state, turn, now);
        !pending.is_empty() || pending.refused.is_empty()
    }
}

/// After a failed run of the family that retries by itself, whether its pause is not over yet.
fn pauses(state: &State, turn: &mut Turn<'_>) -> bool {
    let finished = state.operation.as_ref().and_then(|operation| operation.finished_at);
    let Some((pause, finished)) = turn.view.habits.retry_after.zip(finished) else { return false };
    let due = later(finished, pause);
    if due > turn.now {
        turn.wake(due);
    }
    due > turn.now
}

fn asked_anew(state: &State, view: &View<'_>) -> bool {
    let asked = view.record.refresh.as_ref().map(|refresh| &refresh.token);
    asked.is_some() && asked != state.refresh_handled.as_ref()
}

fn spec_changed(state: &State, view: &View<'_>) -> bool {
    state.spec_ran.is_some_and(|ran| ran != view.world.app.digest)
}

fn only_prunes(assessment: &Assessment) -> bool {
    let mut different = assessment.objects.values().filter(|o| o.status == SyncStatus::OutOfSync);
    different.all(|object| matches!(object.finding, Finding::Extra(_)))
}

fn drift(
    state: &State,
    turn: &mut Turn<'_>,
    (assessment, pending): (&Assessment, &Plan),
) -> Option<Cause> {
    let last = state.operation.as_ref()?;
    let keys: Vec<ObjectKey> = pending.steps().map(|step| step.key.clone()).collect();
    if keys.is_empty() {
        return None;
    }
    let due = match turn.view.world.app.policy.self_heal {
        SelfHeal::Never => return None,
        SelfHeal::AtInterval(interval) => later(state.last_run.unwrap_or(turn.now), interval),
        SelfHeal::Immediate => heal_due(last, turn.now),
    };
    let due = due.max(contended_until(state, assessment).unwrap_or(due));
    if due > turn.now {
        turn.wake(due);
        return None;
    }
    Some(Cause::Drift(keys, attempts(last, turn.now) + 1))
}

/// How often this revision has been healed in a row.
fn attempts(last: &Operation, now: Timestamp) -> u32 {
    let finished = last.finished_at.unwrap_or(now);
    let recent = later(finished, HEAL_COOLDOWN) > now;
    if last.request.self_heal && recent { last.request.self_heal_attempts } else { 0 }
}

fn heal_due(last: &Operation, now: Timestamp) -> Timestamp {
    let finished = last.finished_at.unwrap_or(now);
    match attempts(last, now) {
        0 => now,
        attempts => later(finished, HEAL.pause(attempts - 1)),
    }
}

/// Objects that were lost again and again (P7).
pub(crate) fn contended(state: &State) -> impl Iterator<Item = &ObjectKey> {
    let losses = usize::try_from(limit::CONTENDED_LOSSES).unwrap_or(usize::MAX);
    state.heals.iter().filter(move |(_, times)| times.len() >= losses).map(|(key, _)| key)
}

/// A contended object waits the longest pause between two repairs.
fn contended_until(state: &State, assessment: &Assessment) -> Option<Timestamp> {
    let pause = Duration::from_secs(limit::BACKOFF_SECONDS_MAX);
    let different = |key: &ObjectKey| {
        assessment.objects.get(key).is_some_and(|object| object.status == SyncStatus::OutOfSync)
    };
    let last = contended(state)
        .filter(|key| different(key))
        .filter_map(|key| state.heals.get(key)?.back());
    last.max().map(|last| later(*last, pause))
}

/// Forgets losses that are too old to count, also where nothing is lost any more, and comes back when
/// the next ones are.
pub(crate) fn forget_losses(state: &mut State, turn: &mut Turn<'_>) {
    for times in state.heals.values_mut() {
        forget_old(times, turn.now);
    }
    state.heals.retain(|_, times| !times.is_empty());
    let window = Duration::from_secs(limit::CONTENDED_WINDOW_SECONDS + 1);
    let first = contended(state).filter_map(|key| state.heals.get(key)?.front()).min();
    turn.wake(first.map(|first| later(*first, window)));
}

/// Forgets losses that are too old to count.
pub(crate) fn forget_old(times: &mut VecDeque<Timestamp>, now: Timestamp) {
    let window = Duration::from_secs(limit::CONTENDED_WINDOW_SECONDS);
    while times.front().is_some_and(|first| later(*first, window) < now) {
        times.pop_front();
    }
}

/// Whether a sync by itself would remove everything that there is.
fn wipes_out(view: &View<'_>, assessment: &Assessment) -> bool {
    let policy = &view.world.app.policy;
    let all_go = assessment.objects.values().all(|o| matches!(o.finding, Finding::Extra(_)));
    policy.prune && !policy.allow_empty && all_go
}
