//! The end of an application: what becomes of its objects, and when its resource may go.

use crate::state::State;
use crate::step::{Turn, finalizer, later};
use crate::{Announcement, Effect, Happening, Outcome, Urgency, claimant, words};
use std::time::Duration;
use trimtab_model::{DeletionPolicy, ObjectKey, Order, Timestamp, Uid};
use trimtab_plan::{Group, KeepReason, Plan, Step, lint_removal, removal_plan};

/// How soon a removal that failed, or had to wait, is looked at again.
const REMOVE_AGAIN: Duration = Duration::from_secs(5);

/// How soon a delete is asked for again when the object was not as it was seen.
const STALE_AGAIN: Duration = Duration::from_millis(200);

/// Goes as far as it can without waiting. Without our finalizer the deletion is not ours to do.
pub(crate) fn advance(state: &mut State, turn: &mut Turn<'_>) {
    let view = turn.view;
    if state.is_carrying() {
        // What an apply makes that is on its way must go as well; none begins any more.
        turn.ask(Effect::Withdraw);
        return;
    }
    if !view.finalizer {
        return;
    }
    state.run = None;
    let app = view.world.app;
    if view.kind_goes_away {
        let left = state.inventory.len();
        let message = format!(
            "the resource's kind or namespace is being deleted, which is no wish to delete its {left} \
             objects: they stay"
        );
        release(state, turn, Some(message));
        return;
    }
    match (app.suspended, app.policy.order) {
        // Nothing at all is done with it, whatever becomes of it.
        (true, Order::Waves) => return,
        (true, Order::Stages) => return release(state, turn, None),
        (false, Order::Waves | Order::Stages) => {}
    }
    if app.policy.deletion == DeletionPolicy::Orphan {
        release(state, turn, None);
        return;
    }
    let restraints: Vec<&str> = view.restraints().map(|field| &*field.field).collect();
    // Where nothing was ever applied there is nothing to restrain.
    let is_bare = state.inventory.known().is_ok_and(trimtab_inventory::Entries::is_empty);
    if !restraints.is_empty() && !is_bare {
        trouble(state, turn, words::not_supported(&restraints.join(", ")));
        return;
    }
    remove(state, turn);
}

fn remove(state: &mut State, turn: &mut Turn<'_>) {
    if let Err(error) = state.inventory.known() {
        let message = format!("{error}: nothing is deleted; restore it, or take the finalizer off");
        trouble(state, turn, message);
        return;
    }
    let plan = removal_plan(&turn.view.world);
    if let Err(breach) = lint_removal(&plan, &turn.view.world) {
        turn.ask(Effect::Park(breach.to_string()));
        return;
    }
    state.waits_for = claimant::awaited(&plan);
    let terminating = plan.kept.iter().filter(|kept| kept.reason == KeepReason::Terminating);
    let terminating: Vec<&ObjectKey> = terminating.map(|kept| &kept.key).collect();
    if !terminating.is_empty() {
        state.removal.began.get_or_insert(turn.now);
    }
    let waits = match turn.view.world.app.policy.deletion {
        DeletionPolicy::RemoveAndWait(timeout) => {
            let limit = state.removal.began.map(|began| later(began, timeout));
            turn.wake(limit.filter(|limit| *limit > turn.now));
            limit.is_none_or(|limit| limit > turn.now)
        }
        DeletionPolicy::Cascade(_) => true,
        DeletionPolicy::Remove | DeletionPolicy::Orphan => false,
    };
    if waits && !terminating.is_empty() {
        return;
    }
    if !groups(&plan, waits).is_empty() {
        if let Some(again) = state.removal.again.filter(|again| *again > turn.now) {
            turn.wake(again);
            return;
        }
        let open = groups(&plan, waits).iter().flat_map(|group| &group.steps);
        let open = open.filter(|step| ask(state, turn, step)).count();
        if waits || open > 0 {
            return;
        }
    }
    let waiting = |reason: &KeepReason| reason.waits() && *reason != KeepReason::Terminating;
    if let Some(kept) = plan.kept.iter().find(|kept| waiting(&kept.reason)) {
        trouble(state, turn, format!("{}: {}", kept.key, kept.reason));
        turn.wake(later(turn.now, REMOVE_AGAIN));
        return;
    }
    let waited = matches!(turn.view.world.app.policy.deletion, DeletionPolicy::RemoveAndWait(_));
    let left = terminating.first().filter(|_| waited).map(|first| {
        format!(
            "{} objects did not go in time, {first} among them: nobody waits for them any more, and what \
             holds them may keep them",
            terminating.len()
        )
    });
    release(state, turn, left);
}

/// What is removed now: the next group, or everything where nothing is waited for.
fn groups(plan: &Plan, waits: bool) -> &[Group] {
    let end = if waits { plan.groups.len().min(1) } else { plan.groups.len() };
    &plan.groups[..end]
}

/// Asks for a delete, once for each incarnation. Returns whether it is still open.
fn ask(state: &mut State, turn: &mut Turn<'_>, step: &Step) -> bool {
    let Some(uid) = step.action.uid() else { return false };
    let incarnation = (step.key.clone(), uid.clone());
    if let Some(accepted) = state.removal.asked.get(&incarnation) {
        return !accepted;
    }
    state.removal.asked.insert(incarnation, false);
    state.removal.began.get_or_insert(turn.now);
    turn.ask(Effect::Carry(step.clone()));
    true
}

/// A delete came back. What was not asked for here says nothing of the removal: it may be the answer to
/// a step of a sync that this process has forgotten.
pub(crate) fn carried(state: &mut State, now: Timestamp, key: &ObjectKey, outcome: &Outcome) {
    let removal = &mut state.removal;
    // The incarnations of one object stand together.
    let first = (key.clone(), Uid::from(""));
    if removal.asked.range(first.clone()..).next().is_none_or(|((asked, _), _)| asked != key) {
        return;
    }
    match outcome {
        // The watch shows its end; it is not asked twice.
        Outcome::Deleted | Outcome::Gone | Outcome::Applied { .. } => {
            let asked = removal.asked.range_mut(first..).take_while(|((asked, _), _)| asked == key);
            asked.for_each(|(_, accepted)| *accepted = true);
        }
        Outcome::Stale | Outcome::Uncertain => {
            removal.asked.retain(|(asked, _), _| asked != key);
            removal.again = Some(later(now, STALE_AGAIN));
        }
        Outcome::Failed(failure) => {
            removal.asked.retain(|(asked, _), _| asked != key);
            removal.again = Some(later(now, REMOVE_AGAIN));
            removal.trouble = Some(format!("{key}: {}", failure.message));
        }
    }
}

fn trouble(state: &mut State, turn: &mut Turn<'_>, message: String) {
    if state.removal.trouble.as_ref() == Some(&message) {
        return;
    }
    turn.ask(Effect::Announce(Announcement {
        warning: true,
        what: Happening::Deletion,
        message: format!("Unable to delete application resources: {message}"),
    }));
    turn.ask(Effect::WriteStatus(Urgency::News));
    state.removal.trouble = Some(message);
}

fn release(state: &mut State, turn: &mut Turn<'_>, left: Option<String>) {
    if !state.finalizer.asked
        && let Some(message) = left
        && state.removal.trouble.as_ref() != Some(&message)
    {
        state.removal.trouble = Some(message.clone());
        let what = Happening::Deletion;
        turn.ask(Effect::Announce(Announcement { warning: true, what, message }));
    }
    finalizer(state, turn, Effect::RemoveFinalizer);
}
