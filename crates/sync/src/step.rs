//! One event, one step.

use crate::state::State;
use crate::view::{Room, View, Writes};
use crate::{
    Effect, Event, FailurePoint, Outcome, Phase, attempt, claimant, deletion, dry_run, ending,
    gate, run, words,
};
use std::time::Duration;
use trimtab_inventory::{Entry, Inventory, fits_inline};
use trimtab_model::{ObjectKey, Timestamp};

/// How soon a write of the finalizer that failed is made again.
const FINALIZER_AGAIN: Duration = Duration::from_millis(500);

/// What a step looks at, and what it asks for.
pub(crate) struct Turn<'a> {
    pub view: View<'a>,
    pub now: Timestamp,
    pub effects: Vec<Effect>,
}

impl Turn<'_> {
    pub(crate) fn ask(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(crate) fn wake(&mut self, at: impl Into<Option<Timestamp>>) {
        self.effects.extend(at.into().map(Effect::Wake));
    }
}

/// Takes one event in, and says what to do. It never waits: what it waits for comes as an event, so
/// any event may come at any time, also twice, and a lost one costs nothing but time.
pub fn step(
    mut state: State,
    view: &View<'_>,
    event: Event,
    now: Timestamp,
) -> (State, Vec<Effect>) {
    take_in(&mut state, event, now);
    // What is seen is learnt, whether anything may be written or not.
    state.learn_files(view);
    let mut turn = Turn { view: *view, now, effects: Vec::new() };
    match view.writes {
        Writes::Allowed => decide(&mut state, &mut turn),
        // What was begun goes on where it stands when we may write again.
        Writes::NotLeading | Writes::Settling | Writes::Observe | Writes::ForeignOwner(_) => {}
    }
    (state, turn.effects)
}

/// Takes in what happened, without deciding anything: of many answers that come together, each is
/// taken in, and one step with [`Event::Look`] decides.
pub fn take_in(state: &mut State, event: Event, now: Timestamp) {
    match event {
        // That a record is in the cluster is seen in the view; a status that was not written is
        // written again by the writer.
        Event::Look | Event::StatusWritten(Err(_)) | Event::FinalizerWritten(Ok(())) => {}
        Event::StatusWritten(Ok(())) => run::recorded(state),
        Event::SourcesSeen => state.awaits_look = false,
        Event::FinalizerWritten(Err(_)) => {
            state.finalizer.asked = false;
            state.finalizer.again = Some(later(now, FINALIZER_AGAIN));
        }
        Event::Carried { key, outcome } => carried(state, now, &key, &outcome),
    }
}

fn carried(state: &mut State, now: Timestamp, key: &ObjectKey, outcome: &Outcome) {
    if !run::carried(state, now, key, outcome) {
        deletion::carried(state, now, key, outcome);
    }
}

/// Goes as far as it can without waiting.
fn decide(state: &mut State, turn: &mut Turn<'_>) {
    let view = turn.view;
    if view.record.requested != state.taken {
        state.taken = None;
    }
    gate::forget_losses(state, turn);
    claimant::look(state, turn);
    if view.world.app.deleting.is_some() {
        deletion::advance(state, turn);
        return;
    }
    if view.world.app.suspended {
        return;
    }
    // What may write nothing leaves nothing behind that a finalizer would have to wait for.
    if view.habits.finalizer && !view.finalizer && view.restraints().next().is_none() {
        finalizer(state, turn, Effect::AddFinalizer);
        return;
    }
    state.finalizer.asked = false;
    dry_run::ask(state, turn);
    advance(state, turn);
}

/// Asks for a write of the finalizer, once.
pub(crate) fn finalizer(state: &mut State, turn: &mut Turn<'_>, write: Effect) {
    match state.finalizer.again {
        Some(again) if again > turn.now => turn.wake(again),
        _ if state.finalizer.asked => {}
        _ => {
            state.finalizer.asked = true;
            turn.ask(write);
        }
    }
}

fn advance(state: &mut State, turn: &mut Turn<'_>) {
    if turn.view.record.terminate && state.is_running() {
        ending::terminate(state, turn);
    }
    if sends_what_is_forbidden(state, &turn.view) {
        turn.ask(Effect::Withdraw);
    }
    if let Some(why) = stopped(state, &turn.view) {
        stop(state, turn, why);
        return;
    }
    if !state.is_running() {
        ending::adopt(state, turn);
        gate::begin(state, turn);
    }
    // A plan leads to a record, a record to steps, steps to an end: the bound is never met.
    for _ in 0..8 {
        if !state.is_running() || !run::progress(state, turn) {
            return;
        }
    }
}

/// Why no sync may run at all, if so.
fn stopped(state: &State, view: &View<'_>) -> Option<(FailurePoint, String)> {
    if let Some(wrong) = view.invalid.first() {
        return Some((FailurePoint::Source, format!("InvalidSpecError: {}", wrong.message)));
    }
    let fields: Vec<&str> = view.restraints().map(|field| &*field.field).collect();
    if !fields.is_empty() {
        return Some((FailurePoint::NotSupported, words::not_supported(&fields.join(", "))));
    }
    no_room(state, view).map(|why| (FailurePoint::Apply, format!("InventoryError: {why}")))
}

/// Whether a step that was sent is one that is refused meanwhile: the project does not permit it any more.
fn sends_what_is_forbidden(state: &State, view: &View<'_>) -> bool {
    let awaited = state.run.iter().flat_map(|run| &run.awaited);
    let refused = |key: &ObjectKey| view.desired.is_some_and(|d| d.refused.contains_key(key));
    awaited.into_iter().any(refused)
}

/// Why what would be applied cannot be written down before it is (P5), if so: it is too much for the
/// status, and there is nothing else to write it into. An inventory that is unknown is not written.
pub(crate) fn no_room(state: &State, view: &View<'_>) -> Option<String> {
    let Room::StatusOnly(why) = view.room else { return None };
    let desired = view.desired.into_iter().flat_map(|desired| &desired.objects);
    let desired = desired.map(|(key, o)| (key.clone(), Entry { version: o.version.clone() }));
    let all = state.inventory.union(&Inventory::Known(desired.collect()));
    let entries = all.known().ok().filter(|entries| !fits_inline(entries))?;
    Some(words::no_room(entries.len(), why))
}

/// Nothing is begun, and what waits for its turn is not sent either. What is on its way is waited for;
/// what stands in the middle stays there, with its record in the cluster. A person who asks for a sync is
/// told why there is none.
fn stop(state: &mut State, turn: &mut Turn<'_>, (point, why): (FailurePoint, String)) {
    if state.is_carrying() {
        turn.ask(Effect::Withdraw);
    }
    state.run = state.run.take().filter(|run| !run.awaited.is_empty());
    if !state.is_running() && gate::take_request(state, turn) {
        if let Some(operation) = state.operation.as_mut() {
            operation.request.retry = None;
        }
        ending::conclude(state, turn, (Phase::Error, why), Some(point));
    }
}

/// Begins an attempt where none stands.
pub(crate) fn begun(state: &mut State, turn: &mut Turn<'_>) -> bool {
    state.run.is_some() || attempt::begin(state, turn)
}

pub(crate) fn later(time: Timestamp, pause: Duration) -> Timestamp {
    time.checked_add(pause).unwrap_or(Timestamp::MAX)
}
