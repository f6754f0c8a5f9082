//! Whether a sync begins. The order of the checks is Argo CD's: argo-cd `controller/appcontroller.go`,
//! `autoSync`.

use crate::state::State;
use crate::step::later;
use crate::view::{View, Window};
use crate::{Effect, Operation, Phase, Request, words};
use std::collections::VecDeque;
use std::time::Duration;
use trimtab_model::{Backoff, ObjectKey, SelfHeal, Timestamp, Trigger, limit};
use trimtab_plan::{Assessment, Desired, Finding, SyncStatus};

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
pub(crate) fn begin(state: &mut State, view: &View<'_>, effects: &mut Vec<Effect>, now: Timestamp) {
    state.gate = None;
    if let Some(request) = view.record.requested.as_ref().filter(|_| !state.request_taken) {
        state.request_taken = true;
        start(state, view, request.clone(), now);
        return;
    }
    if view.record.requested.is_none() {
        state.request_taken = false;
    }
    if view.world.app.policy.trigger == Trigger::Manual {
        return;
    }
    let (Some(desired), Some(assessment)) = (view.desired, view.assessment) else { return };
    if let Window::Closed(until) = view.windows.automatic {
        effects.extend(until.map(Effect::Wake));
        return;
    }
    let Some(cause) = cause(state, view, desired, assessment, effects, now) else { return };
    if wipes_out(view, assessment) {
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
        user: None,
        prune: policy.prune,
        dry_run: false,
        revision: None,
        self_heal: only.is_some(),
        only,
        self_heal_attempts: attempts,
        retry: view.habits.retry_after.is_none().then_some(policy.retry),
        options: Vec::new(),
        info: Vec::new(),
    };
    start(state, view, request, now);
}

fn start(state: &mut State, view: &View<'_>, request: Request, now: Timestamp) {
    state.run = None;
    state.spec_ran = Some(view.world.app.digest);
    // An operation's identity is its start: two of one second are told apart by the next second.
    let before = state.operation.as_ref().map(|operation| operation.started_at);
    let now = whole_second(now);
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
        sources: trimtab_model::Source::digest_of(&view.world.app.sources),
        retries: 0,
        results: Vec::new(),
    });
}

/// Times in a status are whole seconds: one that is not would be another after a restart.
fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// A newer render takes the place of the one that is being carried out.
pub(crate) fn supersede(state: &mut State, view: &View<'_>, now: Timestamp) {
    let request = state.operation.as_ref().map(|operation| operation.request.clone());
    if let Some(mut request) = request {
        request.only = None;
        request.self_heal = false;
        request.self_heal_attempts = 0;
        start(state, view, request, now);
    }
}

fn cause(
    state: &State,
    view: &View<'_>,
    desired: &Desired,
    assessment: &Assessment,
    effects: &mut Vec<Effect>,
    now: Timestamp,
) -> Option<Cause> {
    if !desired.complete {
        return None;
    }
    let last = state.operation.as_ref();
    let attempted = last.is_some_and(|last| {
        last.revisions == desired.revisions
            && last.sources == trimtab_model::Source::digest_of(&view.world.app.sources)
    });
    // The family that runs at each change of its resource also runs when everything is as desired.
    let changed = view.habits.runs_on_change
        && (state.applied != desired.revisions || asked_anew(state, view) || spec_changed(state, view));
    if assessment.status != SyncStatus::OutOfSync {
        return (changed && assessment.status == SyncStatus::Synced && !waits(state, view, attempted, effects, now))
            .then_some(Cause::New);
    }
    if only_prunes(assessment) && !view.world.app.policy.prune && !changed {
        return None;
    }
    if !attempted || changed {
        return (!waits(state, view, attempted && !asked_anew(state, view), effects, now)).then_some(Cause::New);
    }
    let last = last?;
    if approved(state, view) {
        return Some(Cause::New);
    }
    if last.phase != Phase::Succeeded {
        return match view.habits.retry_after {
            Some(_) => (!waits(state, view, true, effects, now)).then_some(Cause::New),
            None => None,
        };
    }
    drift(state, view, assessment, effects, now)
}

/// After a failed run of the family that retries by itself, whether its pause is not over yet.
fn waits(state: &State, view: &View<'_>, attempted: bool, effects: &mut Vec<Effect>, now: Timestamp) -> bool {
    let failed = state.operation.as_ref().filter(|o| attempted && o.phase.is_over() && o.phase != Phase::Succeeded);
    let (Some(pause), Some(finished)) = (view.habits.retry_after, failed.and_then(|o| o.finished_at))
    else {
        return false;
    };
    let due = later(finished, pause);
    if due > now {
        effects.push(Effect::Wake(due));
    }
    due > now
}

fn asked_anew(state: &State, view: &View<'_>) -> bool {
    let asked = view.record.refresh.as_ref().map(|refresh| &refresh.token);
    asked.is_some() && asked != state.refresh_handled.as_ref()
}

fn spec_changed(state: &State, view: &View<'_>) -> bool {
    state.spec_ran.is_some_and(|ran| ran != view.world.app.digest)
}

/// Whether the prunes that the last plan held have been approved since (P2).
fn approved(state: &State, view: &View<'_>) -> bool {
    let approval = view.world.app.policy.approval.as_ref();
    let held = state.held.as_ref();
    approval.zip(held).is_some_and(|(approval, held)| approval.covers(&held.set))
}

fn only_prunes(assessment: &Assessment) -> bool {
    let mut different = assessment.objects.values().filter(|o| o.status == SyncStatus::OutOfSync);
    different.all(|object| matches!(object.finding, Finding::Extra(_)))
}

fn drift(
    state: &State,
    view: &View<'_>,
    assessment: &Assessment,
    effects: &mut Vec<Effect>,
    now: Timestamp,
) -> Option<Cause> {
    let last = state.operation.as_ref()?;
    let due = match view.world.app.policy.self_heal {
        SelfHeal::Never => return None,
        SelfHeal::AtInterval(interval) => {
            if asked_anew(state, view) { now } else { later(state.last_run.unwrap_or(now), interval) }
        }
        SelfHeal::Immediate => heal_due(last, now),
    };
    let due = due.max(contended_until(state, assessment).unwrap_or(due));
    if due > now {
        effects.push(Effect::Wake(due));
        return None;
    }
    let different = assessment.objects.iter().filter(|(_, object)| object.status != SyncStatus::Synced);
    let keys = different.map(|(key, _)| key.clone()).collect();
    Some(Cause::Drift(keys, attempts(last, now) + 1))
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
    let last = contended(state).filter(|key| different(key)).filter_map(|key| state.heals.get(key)?.back());
    last.max().map(|last| later(*last, pause))
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

/// Asks the server about each object that only it can compare.
pub(crate) fn ask_dry_runs(
    state: &State,
    view: &View<'_>,
    desired: &Desired,
    assessment: &Assessment,
    effects: &mut Vec<Effect>,
) {
    let _ = (state, view);
    for (key, assessed) in &assessment.objects {
        let (Finding::NeedsDryRun, Some(object), Some((_, seen))) =
            (&assessed.finding, desired.objects.get(key), &assessed.live)
        else {
            continue;
        };
        effects.push(Effect::DryRun {
            key: key.clone(),
            version: object.version.clone(),
            body: object.body.clone(),
            desired: object.digest,
            against: seen.clone(),
        });
    }
}
