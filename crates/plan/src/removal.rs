//! The removal of everything that a deleted application applied.

use crate::assess::created_unseen;
use crate::{
    Action, KeepReason, Kept, LiveObject, Plan, Reason, RemovalRight, Sighting, Step, World,
    groups, options, removal_right,
};
use std::collections::{BTreeMap, BTreeSet};
use trimtab_model::{DeletionPolicy, Digest, ObjectKey, Propagation};

/// Plans what goes when the application is deleted: highest wave first, only what carries our mark now
/// and stands in the inventory. What is kept stands in the plan with its reason; while one of these
/// reasons [waits](KeepReason::waits), the application must not go yet. Prune budgets do not count:
/// a person asked for the deletion.
pub fn removal_plan(world: &World<'_>) -> Plan {
    let claim = &world.app.tracking.claim;
    let marked = world.live.owned_by(claim);
    let inventoried = world.inventory.known().into_iter().flatten().map(|(key, _)| key.clone());
    let keys: BTreeSet<ObjectKey> = inventoried.chain(marked).collect();
    let (mut removals, mut kept) = (Vec::new(), Vec::new());
    for key in keys {
        match removal(world, &key) {
            Ok(Some(removal)) => removals.push(removal),
            Ok(None) => {}
            Err(reason) => kept.push(Kept { key, reason }),
        }
    }
    let waits = match world.app.policy.deletion {
        DeletionPolicy::Cascade(_) | DeletionPolicy::RemoveAndWait(_) => true,
        DeletionPolicy::Remove | DeletionPolicy::Orphan => false,
    };
    let mut plan = Plan {
        revisions: Vec::new(),
        groups: groups::cascade(removals, waits),
        kept,
        refused: BTreeMap::new(),
        held: None,
        digest: Digest::of(b""),
    };
    plan.digest = plan.own_digest();
    plan
}

/// What becomes of one object; nothing where it is gone already.
fn removal(world: &World<'_>, key: &ObjectKey) -> Result<Option<groups::Removal>, KeepReason> {
    let live = match world.live.sighting(key) {
        // We created it a moment ago: gone it will be seen later.
        Sighting::Absent if created_unseen(world, key) => return Err(KeepReason::NotReadable),
        Sighting::Absent => return Ok(None),
        Sighting::Unknown(_) => return Err(KeepReason::NotReadable),
        Sighting::Seen(live) => live,
    };
    if world.app.policy.deletion == DeletionPolicy::Orphan {
        return Err(KeepReason::AskedTo);
    }
    if world.inventory.is_unknown() {
        return Err(KeepReason::InventoryUnknown);
    }
    if !world.inventory.contains(key) {
        return Err(KeepReason::NotInInventory);
    }
    if !live.owners.is_empty() || is_self(world, key) || !world.permits(key) {
        return Err(KeepReason::NotOurs);
    }
    // It stands in the inventory: else it is kept above.
    match removal_right(&world.app.tracking.claim, live, true, world.claims) {
        RemovalRight::Ours => {}
        RemovalRight::NotOurs => return Err(KeepReason::NotOurs),
        RemovalRight::Unnamed => return Err(KeepReason::Unnamed),
        RemovalRight::Claimed(owner) => return Err(KeepReason::ClaimedBy(owner)),
        RemovalRight::Undecided(owner) => return Err(KeepReason::ClaimantUnknown(owner)),
    }
    let app = world.app;
    let options = options::live_options(&app.annotations, app.policy.options, live);
    if options.leave_alone || !options.delete {
        return Err(KeepReason::AskedTo);
    }
    if live.deleting.is_some() {
        return Err(KeepReason::Terminating);
    }
    Ok(Some(step(world, live)))
}

fn step(world: &World<'_>, live: &LiveObject) -> groups::Removal {
    let propagation = match world.app.policy.deletion {
        DeletionPolicy::Cascade(propagation) => propagation,
        DeletionPolicy::Orphan | DeletionPolicy::Remove | DeletionPolicy::RemoveAndWait(_) => {
            Propagation::Background
        }
    };
    groups::Removal {
        wave: options::wave(&world.app.annotations, live.annotations.as_slice()),
        last: false,
        step: Step {
            key: live.key.clone(),
            version: live.version.clone(),
            action: Action::Prune {
                uid: live.uid.clone(),
                seen: live.resource_version.clone(),
                propagation,
            },
            reason: Reason::Cascade,
            tier: 0,
        },
    }
}

fn is_self(world: &World<'_>, key: &ObjectKey) -> bool {
    let id = &world.app.id;
    key.group_kind() == id.kind
        && key.name == id.name
        && key.namespace.as_ref() == Some(&id.namespace)
}
