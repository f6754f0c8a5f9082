//! A second look at a plan before it is carried out: the invariants, asked of the plan itself and not
//! of the code that made it.

use crate::prune::{over_budget, set_of};
use crate::{
    Action, Claimant, Desired, Elsewhere, HeldReason, Plan, Reason, Sighting, Step, SyncRequest,
    Wanted, World,
};
use std::collections::BTreeSet;
use trimtab_model::{ObjectKey, OwnerClaim, RewrittenBranch, Uid};

/// A plan that must not be carried out. Finding one is a bug of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem} ({invariant})")]
pub struct Breach {
    /// The invariant, by its number in `docs/concepts/invariants.md`.
    pub invariant: &'static str,
    /// The object.
    pub key: ObjectKey,
    /// What is wrong.
    pub problem: &'static str,
}

/// Checks a plan of a sync: P1 (what is pruned), P2 (how much), P3 (who owns it) and P8 (that each
/// step names what it saw).
pub fn lint(
    plan: &Plan,
    world: &World<'_>,
    desired: &Desired,
    request: &SyncRequest,
) -> Result<(), Breach> {
    let mut seen = BTreeSet::new();
    for step in plan.steps() {
        if !seen.insert(&step.key) {
            return Err(breach("P16", step, "appears in two steps"));
        }
        match &step.action {
            Action::Create(_) => created(world, desired, step)?,
            Action::Update { uid, .. } => updated(world, desired, (step, uid))?,
            Action::Prune { uid, .. } => {
                if !matches!(step.reason, Reason::NoLongerDesired) {
                    return Err(breach("P1", step, "a sync prunes only what is no longer desired"));
                }
                if desired.has(&step.key) || !desired.complete {
                    return Err(breach("P1", step, "is not absent from a complete render"));
                }
                if desired.refused.values().any(crate::Refusal::stops_others) {
                    return Err(breach("P1", step, "an object of the render was refused"));
                }
                if !request.prune {
                    return Err(breach("P1", step, "the sync does not prune"));
                }
                let inventoried = world.inventory.contains(&step.key);
                if world.inventory.is_unknown() || !(inventoried || request.explicit) {
                    return Err(breach("P1", step, "is not in the inventory"));
                }
                removable(world, (step, uid))?;
            }
        }
    }
    budget(plan, world, request)
}

/// Checks a plan of a deletion.
pub fn lint_removal(plan: &Plan, world: &World<'_>) -> Result<(), Breach> {
    for step in plan.steps() {
        let Action::Prune { uid, .. } = &step.action else {
            return Err(breach("P1", step, "a deletion only removes"));
        };
        if step.reason != Reason::Cascade || world.app.deleting.is_none() {
            return Err(breach("P1", step, "nobody asked for the deletion"));
        }
        if world.inventory.is_unknown() || !world.inventory.contains(&step.key) {
            return Err(breach("P1", step, "is not in the inventory"));
        }
        removable(world, (step, uid))?;
    }
    Ok(())
}

fn breach(invariant: &'static str, step: &Step, problem: &'static str) -> Breach {
    Breach { invariant, key: step.key.clone(), problem }
}

fn created(world: &World<'_>, desired: &Desired, step: &Step) -> Result<(), Breach> {
    if step.reason != Reason::NamespaceAskedFor && !desired.objects.contains_key(&step.key) {
        return Err(breach("P3", step, "is created and not desired"));
    }
    match world.live.sighting(&step.key) {
        Sighting::Absent => Ok(()),
        Sighting::Seen(_) | Sighting::Unknown(_) => {
            Err(breach("P3", step, "is created and not known to be absent"))
        }
    }
}

fn updated(world: &World<'_>, desired: &Desired, (step, uid): (&Step, &Uid)) -> Result<(), Breach> {
    if !desired.complete || !desired.objects.contains_key(&step.key) {
        return Err(breach("P3", step, "is updated and not desired"));
    }
    let Sighting::Seen(live) = world.live.sighting(&step.key) else {
        return Err(breach("P8", step, "is updated and not seen"));
    };
    if live.uid != *uid || Some(&live.resource_version) != step.action.seen() {
        return Err(breach("P8", step, "names another state than the one that was seen"));
    }
    let ours = &world.app.tracking.claim;
    let is_ours = |claim: &OwnerClaim| claim == ours || claim.is_unnamed(ours);
    for other in live.claims.iter().filter(|claim| !is_ours(claim)) {
        match world.claims.status_of(other, &step.key) {
            Claimant::Gone => nowhere_else(world, step, other)?,
            Claimant::NoLongerHasIt => {}
            Claimant::HasIt => return Err(breach("P3", step, "another application has it")),
            Claimant::Unknown => return Err(breach("P3", step, "its owner is not known")),
        }
    }
    match live.claims.iter().find(|claim| is_ours(claim)) {
        Some(claim) if !world.inventory.contains(&step.key) => nowhere_else(world, step, claim),
        Some(_) | None => Ok(()),
    }
}

/// Whether no other namespace has an application that a mark may mean.
fn nowhere_else(world: &World<'_>, step: &Step, claim: &OwnerClaim) -> Result<(), Breach> {
    match world.claims.elsewhere(claim) {
        Elsewhere::Nobody => Ok(()),
        Elsewhere::Is(_) => Err(breach("P3", step, "an application of another namespace has it")),
        Elsewhere::Unknown(_) => Err(breach("P3", step, "it may be another namespace's")),
    }
}

fn removable(world: &World<'_>, (step, uid): (&Step, &Uid)) -> Result<(), Breach> {
    let Sighting::Seen(live) = world.live.sighting(&step.key) else {
        return Err(breach("P8", step, "is removed and not seen"));
    };
    if live.uid != *uid || Some(&live.resource_version) != step.action.seen() {
        return Err(breach("P8", step, "names another state than the one that was seen"));
    }
    let ours = &world.app.tracking.claim;
    if !live.claims.contains(ours) {
        return Err(breach("P1", step, "does not carry our mark"));
    }
    if !world.inventory.contains(&step.key) {
        nowhere_else(world, step, ours)?;
    }
    if world.claims.wanted(&step.key, ours) != Wanted::ByNobody {
        return Err(breach("P3", step, "another application may want it"));
    }
    for other in live.claims.iter().filter(|claim| *claim != ours) {
        match world.claims.status_of(other, &step.key) {
            Claimant::HasIt | Claimant::Unknown => {
                return Err(breach("P3", step, "another application may have it"));
            }
            Claimant::Gone => nowhere_else(world, step, other)?,
            Claimant::NoLongerHasIt => {}
        }
    }
    Ok(())
}

fn budget(plan: &Plan, world: &World<'_>, request: &SyncRequest) -> Result<(), Breach> {
    let policy = &world.app.policy;
    let prunes: Vec<&Step> = plan.steps().filter(|step| step.action.is_prune()).collect();
    let Some(first) = prunes.first() else { return Ok(()) };
    if let Some(held) = &plan.held {
        return Err(match held.reason {
            HeldReason::OverBudget { .. } => breach("P2", first, "is pruned while prunes wait"),
            HeldReason::BranchRewritten => breach("P13", first, "is pruned while prunes wait"),
            HeldReason::FilePassedOver => breach("P1", first, "is pruned while prunes wait"),
        });
    }
    let set = set_of(prunes.iter().map(|step| (&step.key, &step.action)));
    if policy.approval.as_ref().is_some_and(|approval| approval.covers(&set)) {
        return Ok(());
    }
    if over_budget(policy.prune_limit, prunes.len(), world.inventory.len()) {
        return Err(breach("P2", first, "is pruned over the budget without a yes"));
    }
    if request.rewritten && world.rewritten_branch() == RewrittenBranch::HoldPrunes {
        return Err(breach("P13", first, "is pruned after the branch was rewritten"));
    }
    if request.passed_over {
        return Err(breach("P1", first, "is pruned while a file may hold it that cannot be read"));
    }
    Ok(())
}
