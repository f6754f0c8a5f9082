//! A prune that waits until it is known what another application renders (P3): whom it waits for, and
//! since when.

use crate::state::State;
use crate::step::{Turn, later};
use crate::{Effect, Urgency, View};
use std::collections::BTreeSet;
use std::time::Duration;
use trimtab_model::{ObjectKey, OwnerClaim, Timestamp};
use trimtab_plan::{KeepReason, Plan, Refusal, RemovalRight, Sighting, removal_right};

/// How long nothing is said: a render on its way is no news.
const SILENCE: Duration = Duration::from_secs(10);

/// A prune that waits for another application's render.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waits {
    /// The first object that waits.
    key: ObjectKey,
    /// Whose render, if that is known.
    owner: Option<OwnerClaim>,
    /// Since when.
    since: Timestamp,
    /// Whether it has lasted long enough to be said.
    told: bool,
}

impl Waits {
    /// What is said of it.
    pub(crate) fn message(&self) -> Option<String> {
        let key = &self.key;
        let whom = match &self.owner {
            Some(owner) => format!("{owner} may want it, and what that one renders is not known"),
            None => "not all applications that may want it have been seen".to_owned(),
        };
        self.told.then(|| {
            format!(
                "{key} is not pruned yet: {whom}; look at the conditions of that application, mend or delete it"
            )
        })
    }
}

/// Those for whom a plan leaves something undone: until it is known what they want, or that changes.
pub(crate) fn awaited(plan: &Plan) -> BTreeSet<OwnerClaim> {
    let refused = plan.refused.values().filter_map(Refusal::owner);
    let kept = plan.kept.iter().filter_map(|kept| match &kept.reason {
        KeepReason::ClaimedBy(owner) | KeepReason::ClaimantUnknown(Some(owner)) => Some(owner),
        _ => None,
    });
    refused.chain(kept).cloned().collect()
}

/// Takes in what a plan that would prune waits for.
pub(crate) fn note(state: &mut State, turn: &mut Turn<'_>, plan: &Plan) {
    let prunes = turn.view.world.app.policy.prune
        || state.operation.as_ref().is_some_and(|operation| operation.request.prune);
    let waits = plan.kept.iter().filter(|_| prunes).find_map(|kept| match &kept.reason {
        KeepReason::ClaimantUnknown(owner) => Some((kept.key.clone(), owner.clone())),
        _ => None,
    });
    state.waits = waits.map(|(key, owner)| match state.waits.take() {
        Some(known) if known.owner == owner => Waits { key, ..known },
        _ => Waits { key, owner, since: turn.now, told: false },
    });
    tell(state, turn);
}

/// Forgets what waits no more, whether a plan says so or not, and says what has waited for long.
pub(crate) fn look(state: &mut State, turn: &mut Turn<'_>) {
    if state.waits.as_ref().is_some_and(|waits| !is_undecided(waits, &turn.view)) {
        state.waits = None;
    }
    tell(state, turn);
}

fn tell(state: &mut State, turn: &mut Turn<'_>) {
    let Some(waits) = state.waits.as_mut().filter(|waits| !waits.told) else { return };
    let due = later(waits.since, SILENCE);
    if due <= turn.now {
        waits.told = true;
        turn.ask(Effect::WriteStatus(Urgency::News));
    } else {
        turn.wake(due);
    }
}

fn is_undecided(waits: &Waits, view: &View<'_>) -> bool {
    let Sighting::Seen(live) = view.world.live.sighting(&waits.key) else { return false };
    let inventoried = view.world.inventory.contains(&waits.key);
    let claims = view.world.claims;
    let right = removal_right(&view.world.app.tracking.claim, live, inventoried, claims);
    matches!(right, RemovalRight::Undecided(_))
}
