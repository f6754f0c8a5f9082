//! The end of an application: what becomes of its objects, and when its resource may go.

use crate::state::State;
use crate::step::later;
use crate::view::View;
use crate::{Announcement, Effect, Happening, Outcome, Urgency};
use std::time::Duration;
use trimtab_model::{DeletionPolicy, ObjectKey, Timestamp};
use trimtab_plan::{GroupName, Sighting};

/// How soon a failed or stale delete is looked at again.
const AGAIN: Duration = Duration::from_secs(5);

/// Goes as far as it can without waiting. Without our finalizer the deletion is not ours to do.
pub(crate) fn advance(state: &mut State, view: &View<'_>, effects: &mut Vec<Effect>, now: Timestamp) {
    if !view.finalizer {
        return;
    }
    if view.kind_goes_away {
        let left = view.world.inventory.len();
        let message = format!(
            "the resource's kind or namespace is being deleted, which is no wish to delete its {left} objects: they stay"
        );
        release(state, effects, Some(message));
        return;
    }
    let waits = match view.world.app.policy.deletion {
        DeletionPolicy::Orphan => {
            release(state, effects, None);
            return;
        }
        DeletionPolicy::Remove => None,
        DeletionPolicy::Cascade(_) => Some(None),
        DeletionPolicy::RemoveAndWait(timeout) => Some(Some(timeout)),
    };
    remove(state, view, waits, effects, now);
}

fn remove(
    state: &mut State,
    view: &View<'_>,
    waits: Option<Option<Duration>>,
    effects: &mut Vec<Effect>,
    now: Timestamp,
) {
    let plan = trimtab_plan::removal_plan(&view.world);
    for group in &plan.groups {
        debug_assert!(matches!(group.name, GroupName::Prune(_)), "a removal has no applies");
        let mut open = false;
        for step in &group.steps {
            let object = match view.world.live.sighting(&step.key) {
                Sighting::Absent => continue,
                Sighting::Unknown(_) => {
                    open = true;
                    continue;
                }
                Sighting::Seen(object) => object,
            };
            open |= waits.is_some() || object.deleting.is_none();
            if object.deleting.is_none() && state.deletes.insert(step.key.clone()) {
                effects.push(Effect::Carry(step.clone()));
            }
        }
        if open && !given_up(view, waits, now) {
            if let (Some(Some(timeout)), Some(since)) = (waits, view.world.app.deleting) {
                effects.push(Effect::Wake(later(since, timeout)));
            }
            return;
        }
    }
    if let Some(kept) = plan.kept.iter().find(|kept| kept.reason.waits()) {
        trouble(state, effects, format!("{}: {:?}", kept.key, kept.reason));
        effects.push(Effect::Wake(later(now, AGAIN)));
        return;
    }
    release(state, effects, None);
}

/// Whether a wait for termination is over. Source: kustomize-controller, `deletionPolicy`.
fn given_up(view: &View<'_>, waits: Option<Option<Duration>>, now: Timestamp) -> bool {
    match (waits, view.world.app.deleting) {
        (Some(Some(timeout)), Some(since)) => later(since, timeout) <= now,
        _ => false,
    }
}

/// A delete came back.
pub(crate) fn carried(state: &mut State, key: &ObjectKey, outcome: &Outcome) {
    match outcome {
        // The watch shows its end; it is not asked twice.
        Outcome::Deleted | Outcome::Gone | Outcome::Applied { .. } => {}
        Outcome::Stale | Outcome::Uncertain => {
            state.deletes.remove(key);
        }
        Outcome::Failed(failure) => {
            state.deletes.remove(key);
            state.deletion_trouble = Some(format!("{key}: {}", failure.message));
        }
    }
}

fn trouble(state: &mut State, effects: &mut Vec<Effect>, message: String) {
    if state.deletion_trouble.as_ref() == Some(&message) {
        return;
    }
    effects.push(Effect::Announce(Announcement {
        warning: true,
        what: Happening::Deletion,
        message: format!("Unable to delete application resources: {message}"),
    }));
    effects.push(Effect::WriteStatus(Urgency::News));
    state.deletion_trouble = Some(message);
}

fn release(state: &mut State, effects: &mut Vec<Effect>, left: Option<String>) {
    if std::mem::replace(&mut state.finalizer_asked, true) {
        return;
    }
    effects.extend(left.map(|message| {
        Effect::Announce(Announcement { warning: true, what: Happening::Deletion, message })
    }));
    effects.push(Effect::RemoveFinalizer);
}
