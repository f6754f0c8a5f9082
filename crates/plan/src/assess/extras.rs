//! Objects that are not desired: in our inventory, or carrying our mark.

use super::health_of;
use crate::{
    Assessed, Desired, Elsewhere, Extra, Finding, LiveObject, Sighting, SyncStatus, World, options,
};
use std::collections::{BTreeMap, BTreeSet};
use trimtab_model::{ObjectKey, OwnerClaim, Version, Wave};

/// Assesses what is not desired. What is managed by its owners, and what the project does not permit,
/// is not ours to look at.
///
/// What only carries our mark may be of another namespace's application of our name: it is shown where
/// there is none, and our mark is among the doubts.
pub(super) fn extras(
    world: &World<'_>,
    desired: &Desired,
) -> (BTreeMap<ObjectKey, Assessed>, BTreeSet<OwnerClaim>) {
    let claim = &world.app.tracking.claim;
    let marked = world.live.owned_by(claim);
    let keys: BTreeSet<ObjectKey> =
        inventoried(world).chain(marked).filter(|key| !desired.has(key)).collect();
    let extras =
        keys.into_iter().filter_map(|key| Some((key.clone(), extra(world, desired, &key)?)));
    let mut extras: BTreeMap<ObjectKey, Assessed> = extras.collect();
    let is_only_marked =
        |object: &Assessed| object.finding == Finding::Extra(Extra::RequiresPruning);
    let is_doubtful = extras.values().any(is_only_marked);
    if is_doubtful && matches!(world.claims.elsewhere(claim), Elsewhere::Is(_)) {
        extras.retain(|_, object| !is_only_marked(object));
    }
    (extras, is_doubtful.then(|| claim.clone()).into_iter().collect())
}

/// The keys of the inventory; of one that is unknown, none can be named.
fn inventoried(world: &World<'_>) -> impl Iterator<Item = ObjectKey> {
    world.inventory.known().into_iter().flatten().map(|(key, _)| key.clone())
}

fn version(world: &World<'_>, key: &ObjectKey) -> Version {
    world.inventory.get(key).map_or_else(|| Version::from(""), |entry| entry.version.clone())
}

fn extra(world: &World<'_>, desired: &Desired, key: &ObjectKey) -> Option<Assessed> {
    let live = match world.live.sighting(key) {
        Sighting::Absent => return None,
        Sighting::Unknown(why) => {
            return Some(Assessed {
                version: version(world, key),
                status: SyncStatus::Unknown,
                finding: Finding::Unknown(why.to_owned()),
                live: None,
                health: None,
                health_counts: false,
                wave: Wave::default(),
            });
        }
        Sighting::Seen(live) => live,
    };
    if !live.owners.is_empty() || !world.permits(&live.key) {
        return None;
    }
    let app = world.app;
    let options = options::live_options(&app.annotations, app.policy.options, live);
    let extra = kind_of(world, live)?;
    let status = match extra {
        // What could not be rendered may well be desired. Source: argo-cd 3.5.1, `CompareAppState`.
        _ if !desired.complete => SyncStatus::Unknown,
        Extra::Orphan | Extra::RequiresPruning if !options.ignore_extraneous => {
            SyncStatus::OutOfSync
        }
        Extra::Orphan | Extra::RequiresPruning | Extra::ClaimedBy | Extra::NotOurs => {
            SyncStatus::Synced
        }
    };
    Some(Assessed {
        version: live.version.clone(),
        status,
        finding: Finding::Extra(extra),
        live: Some((live.uid.clone(), live.resource_version.clone())),
        health: health_of(world, live, options.ignore_health),
        health_counts: true,
        wave: options::wave(&app.annotations, live.annotations.as_slice()),
    })
}

/// What an object that is not desired is to us. Kinds that are never marked are never ours.
fn kind_of(world: &World<'_>, live: &LiveObject) -> Option<Extra> {
    let tracking = &world.app.tracking;
    if !tracking.marks(&live.key.group_kind()) {
        return None;
    }
    let ours = live.claims.contains(&tracking.claim);
    Some(match (ours, world.inventory.contains(&live.key)) {
        (true, true) => Extra::Orphan,
        (true, false) => Extra::RequiresPruning,
        (false, _) if live.claims.iter().all(|claim| claim.is_unnamed(&tracking.claim)) => {
            Extra::NotOurs
        }
        (false, _) => Extra::ClaimedBy,
    })
}
