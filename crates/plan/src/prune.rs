//! What becomes of live objects that the render no longer has (P1, P2, P3, P13).

use crate::planning::Draft;
use crate::{
    Action, Assessed, Assessment, Desired, Extra, Finding, Held, HeldReason, KeepReason,
    LiveObject, Reason, RemovalRight, Sighting, Step, SyncRequest, World, groups, options,
    removal_right,
};
use trimtab_model::{Digest, ObjectKey, PruneLimit, PruneOption, RewrittenBranch, Uid};

/// Decisions about everything that is live and not desired.
#[derive(Default)]
pub(crate) struct Removals {
    prunes: Vec<groups::Removal>,
    kept: Vec<(ObjectKey, KeepReason)>,
    held: Option<Held>,
}

impl Removals {
    pub(crate) fn into_draft(self, draft: &mut Draft) {
        self.kept.into_iter().for_each(|(key, reason)| draft.keep(&key, reason));
        draft.prunes = self.prunes;
        draft.held = self.held;
    }
}

/// Decides what is pruned. `blocked` says that an object of the render was refused: then nothing is.
pub(crate) fn removals(
    world: &World<'_>,
    desired: &Desired,
    assessment: &Assessment,
    request: &SyncRequest,
    blocked: bool,
) -> Removals {
    let mut all = Removals::default();
    let whole = desired.complete && !blocked;
    for (key, assessed) in &assessment.objects {
        let extra = match assessed.finding {
            _ if desired.has(key) => continue,
            Finding::Extra(extra) => extra,
            _ => {
                all.kept.push((key.clone(), unread(key, request)));
                continue;
            }
        };
        match removal(world, (key, extra), request, whole) {
            Ok(live) => all.prunes.push(prune(world, assessed, live)),
            Err(reason) => all.kept.push((key.clone(), reason)),
        }
    }
    all.held = held(world, request, &all.prunes);
    if all.held.is_some() {
        let prunes = std::mem::take(&mut all.prunes);
        all.kept.extend(prunes.into_iter().map(|prune| (prune.step.key, KeepReason::Held)));
    }
    all
}

/// Whether a render has all of the inventory that may be pruned and is still there. What its files hold
/// beside manifests is then no object of ours.
pub fn misses_nothing(world: &World<'_>, desired: &Desired) -> bool {
    let Ok(inventory) = world.inventory.known() else { return false };
    let policy = &world.app.policy;
    let may_go = |key: &ObjectKey| match world.live.sighting(key) {
        Sighting::Absent => false,
        Sighting::Unknown(_) => true,
        Sighting::Seen(live) => {
            let options = options::live_options(&world.app.annotations, policy.options, live);
            !options.leave_alone && options.prune != PruneOption::Keep
        }
    };
    desired.complete && !inventory.keys().any(|key| !desired.has(key) && may_go(key))
}

/// Why an object stays whose state is not known. What this sync does not prune anyway is no trouble.
fn unread(key: &ObjectKey, request: &SyncRequest) -> KeepReason {
    match (request.names(key), request.prune) {
        (false, _) => KeepReason::NotSelected,
        (true, false) => KeepReason::PruneOff,
        (true, true) => KeepReason::NotReadable,
    }
}

/// Decides the fate of one object: to prune, or why it stays.
fn removal<'a>(
    world: &World<'a>,
    (key, extra): (&ObjectKey, Extra),
    request: &SyncRequest,
    whole: bool,
) -> Result<&'a LiveObject, KeepReason> {
    let Sighting::Seen(live) = world.live.sighting(key) else {
        return Err(unread(key, request));
    };
    if world.inventory.is_unknown() {
        return Err(KeepReason::InventoryUnknown);
    }
    let inventoried = world.inventory.contains(key);
    match removal_right(&world.app.tracking.claim, live, inventoried, world.claims) {
        RemovalRight::Ours => {}
        RemovalRight::NotOurs => return Err(KeepReason::NotOurs),
        RemovalRight::Unnamed => return Err(KeepReason::Unnamed),
        RemovalRight::Claimed(owner) => return Err(KeepReason::ClaimedBy(owner)),
        RemovalRight::Undecided(owner) => return Err(KeepReason::ClaimantUnknown(owner)),
    }
    if !whole {
        return Err(KeepReason::RenderIncomplete);
    }
    let policy = &world.app.policy;
    let options = options::live_options(&world.app.annotations, policy.options, live);
    if options.leave_alone || options.prune == PruneOption::Keep {
        return Err(KeepReason::AskedTo);
    }
    if live.deleting.is_some() {
        return Err(KeepReason::Terminating);
    }
    if !request.names(key) {
        return Err(KeepReason::NotSelected);
    }
    if !request.prune {
        return Err(KeepReason::PruneOff);
    }
    match extra {
        Extra::Orphan => Ok(live),
        Extra::RequiresPruning if request.explicit => Ok(live),
        Extra::RequiresPruning => Err(KeepReason::NotInInventory),
        Extra::ClaimedBy | Extra::NotOurs => Err(KeepReason::NotOurs),
    }
}

fn prune(world: &World<'_>, assessed: &Assessed, live: &LiveObject) -> groups::Removal {
    let policy = &world.app.policy;
    let options = options::live_options(&world.app.annotations, policy.options, live);
    groups::Removal {
        wave: assessed.wave,
        last: options.prune_last,
        step: Step {
            key: live.key.clone(),
            version: live.version.clone(),
            action: Action::Prune {
                uid: live.uid.clone(),
                seen: live.resource_version.clone(),
                propagation: policy.options.propagation,
            },
            reason: Reason::NoLongerDesired,
            tier: 0,
        },
    }
}

/// Whether the prunes wait for a yes: too many at once (P2), after a branch was rewritten (P13), or while
/// a file that may have held them holds nothing (P1).
/// A yes to exactly this set lets them go.
fn held(world: &World<'_>, request: &SyncRequest, prunes: &[groups::Removal]) -> Option<Held> {
    let policy = &world.app.policy;
    let inventory = world.inventory.len();
    let reason = if prunes.is_empty() {
        return None;
    } else if request.rewritten && world.rewritten_branch() == RewrittenBranch::HoldPrunes {
        HeldReason::BranchRewritten
    } else if request.passed_over {
        HeldReason::FilePassedOver
    } else if over_budget(policy.prune_limit, prunes.len(), inventory) {
        HeldReason::OverBudget { prunes: prunes.len(), inventory }
    } else {
        return None;
    };
    let set = set_of(prunes.iter().map(|prune| (&prune.step.key, &prune.step.action)));
    let approved = policy.approval.as_ref().is_some_and(|approval| approval.covers(&set));
    let keys = prunes.iter().map(|prune| prune.step.key.clone()).collect();
    (!approved).then_some(Held { keys, set, reason })
}

/// Whether a plan prunes more than it may without a yes: more than so many objects, and more than so
/// much of the inventory.
pub(crate) fn over_budget(limit: PruneLimit, prunes: usize, inventory: usize) -> bool {
    match limit {
        PruneLimit::Unlimited => false,
        PruneLimit::Budget { objects, percent } => {
            let prunes = prunes as u128;
            prunes > u128::from(objects) && prunes * 100 > u128::from(percent) * inventory as u128
        }
    }
}

/// The digest of one set of prunes: keys and incarnations, so that a yes to it never covers an object
/// that was made anew under an old name.
pub(crate) fn set_of<'a>(prunes: impl Iterator<Item = (&'a ObjectKey, &'a Action)>) -> Digest {
    let mut parts: Vec<String> = prunes
        .map(|(key, action)| {
            let uid = action.uid().map_or("", Uid::as_str);
            format!("{}|{key}|{uid}", key.group)
        })
        .collect();
    parts.sort_unstable();
    Digest::of_parts(parts.iter().map(String::as_bytes))
}
