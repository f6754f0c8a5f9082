//! What stands between desired and live, object by object, and what that makes of the application.

mod compare;
mod extras;
mod summary;

pub use compare::baseline_after;

use crate::ownership::{self, Ownership, ownership};
use crate::{
    Assessed, Assessment, Desired, DesiredObject, Finding, LiveObject, Refusal, Sighting,
    SyncStatus, Warning, World,
};
use std::collections::{BTreeMap, BTreeSet};
use summary::health_of;
use trimtab_health::{Code, Health};
use trimtab_model::{ObjectKey, OwnerClaim, ResourceVersion, Version, Wave};

/// Assesses an application. An object that is as it was left costs two comparisons of digests.
pub fn assess(world: &World<'_>, desired: &Desired) -> Assessment {
    let mut objects: BTreeMap<ObjectKey, Assessed> = desired
        .objects
        .iter()
        .map(|(key, object)| (key.clone(), assessed(world, object)))
        .collect();
    for (key, refusal) in &desired.refused {
        let at = desired.refused_at.get(key).cloned().unwrap_or_else(|| ("".into(), Wave(0)));
        objects.insert(key.clone(), refused(world, (key, refusal), at));
    }
    let (extras, mut doubts) = extras::extras(world, desired);
    objects.extend(extras);
    let shared = shared(world, desired, &mut doubts);
    let warnings = warnings(desired, shared);
    let (status, health) = summary::of(world, desired, &objects);
    Assessment { objects, status, health, warnings, doubts }
}

fn assessed(world: &World<'_>, object: &DesiredObject) -> Assessed {
    let blank = Assessed {
        version: object.version.clone(),
        status: SyncStatus::Unknown,
        finding: Finding::Absent,
        live: None,
        health: None,
        health_counts: false,
        wave: object.wave,
    };
    match world.live.sighting(&object.key) {
        Sighting::Unknown(why) => Assessed { finding: Finding::Unknown(why.to_owned()), ..blank },
        Sighting::Absent if created_unseen(world, &object.key) => {
            Assessed { status: SyncStatus::Synced, finding: Finding::Same, ..blank }
        }
        Sighting::Absent => {
            Assessed { status: SyncStatus::OutOfSync, health: Some(missing()), ..blank }
        }
        Sighting::Seen(live) => {
            let finding = compare::finding(world, object, live);
            Assessed {
                status: status_of(world, object, &finding),
                health: health_of(world, live, object.options.ignore_health),
                health_counts: !is_older_than_ours(world, live),
                live: Some((live.uid.clone(), live.resource_version.clone())),
                finding,
                ..blank
            }
        }
    }
}

/// Before a dry run has decided, nothing new is shown of an object that we applied; of any other
/// nothing is known.
fn status_of(world: &World<'_>, object: &DesiredObject, finding: &Finding) -> SyncStatus {
    match finding {
        Finding::Same => SyncStatus::Synced,
        Finding::Absent | Finding::Changed | Finding::Drifted | Finding::Refused(_) => {
            SyncStatus::OutOfSync
        }
        Finding::NeedsDryRun => match world.memory.baseline(&object.key) {
            Some(baseline) if baseline.desired == object.digest => SyncStatus::Synced,
            Some(_) | None => SyncStatus::Unknown,
        },
        Finding::Extra(_) | Finding::Unknown(_) => SyncStatus::Unknown,
    }
}

/// An object of the render that is not applied, as far as it is live at all.
fn refused(
    world: &World<'_>,
    (key, refusal): (&ObjectKey, &Refusal),
    (version, wave): (Version, Wave),
) -> Assessed {
    let (finding, live, health) = match world.live.sighting(key) {
        // Whatever there is, it is not looked at: that it may not be there is all there is to say.
        Sighting::Unknown(_) if matches!(refusal, Refusal::NotPermitted(_)) => {
            (Finding::Refused(refusal.to_string()), None, None)
        }
        Sighting::Unknown(why) => (Finding::Unknown(why.to_owned()), None, None),
        Sighting::Absent => (Finding::Absent, None, Some(missing())),
        Sighting::Seen(live) => (
            Finding::Refused(refusal.to_string()),
            Some((live.uid.clone(), live.resource_version.clone())),
            health_of(world, live, false),
        ),
    };
    let status = match refusal {
        Refusal::NotPermitted(_)
        | Refusal::KindUnknowable(_)
        | Refusal::OwnerUnknown(_)
        | Refusal::OwnerUnseen(..) => SyncStatus::Unknown,
        Refusal::UnknownKind(_)
        | Refusal::OtherVersion(_)
        | Refusal::Invalid(_)
        | Refusal::OwnedBy(_) => SyncStatus::OutOfSync,
    };
    Assessed { version, status, finding, live, health, health_counts: true, wave }
}

fn missing() -> Health {
    Health { code: Code::Missing, message: String::new(), failed: false }
}

/// Whether the object was created by us, in a state that the watch has not come to yet.
pub(crate) fn created_unseen(world: &World<'_>, key: &ObjectKey) -> bool {
    let Some(baseline) = world.memory.baseline(key) else { return false };
    world.live.seen_up_to(key).is_some_and(|seen| seen.is_older_than(&baseline.resource_version))
}

/// Whether the watch shows a state from before our last reply for the object: such a state is never
/// compared, and its health does not count.
pub(crate) fn is_older_than_ours(world: &World<'_>, live: &LiveObject) -> bool {
    let ours: Option<&ResourceVersion> =
        world.memory.baseline(&live.key).map(|baseline| &baseline.resource_version);
    ours.is_some_and(|ours| live.resource_version.is_older_than(ours))
}

fn warnings(desired: &Desired, shared: Vec<String>) -> Vec<Warning> {
    let mut warnings: Vec<Warning> =
        desired.repeated.iter().cloned().map(Warning::Repeated).collect();
    warnings.extend(desired.warnings.iter().cloned().map(Warning::LeftOut));
    warnings.extend(shared.into_iter().map(Warning::Shared));
    warnings.sort();
    warnings.dedup();
    warnings
}

/// Which desired objects another application has, and the marks by which nobody can tell that here.
/// Only an object that is not ours without a doubt costs a question.
fn shared(world: &World<'_>, desired: &Desired, doubts: &mut BTreeSet<OwnerClaim>) -> Vec<String> {
    let ours = &world.app.tracking.claim;
    let mut all = Vec::new();
    for key in desired.objects.keys() {
        let Sighting::Seen(live) = world.live.sighting(key) else { continue };
        let inventoried = world.inventory.contains(key);
        if inventoried && live.claims.iter().all(|claim| claim == ours) {
            continue;
        }
        doubts.extend(ownership::doubts(ours, live, inventoried, world.claims).cloned());
        match ownership(ours, live, inventoried, world.claims) {
            Ownership::Theirs(owner) => all.push(format!(
                "{}/{} is part of applications {} and {owner}",
                key.kind, key.name, world.app.id
            )),
            Ownership::Ours
            | Ownership::Adopt
            | Ownership::HandOver(_)
            | Ownership::Undecided(_)
            | Ownership::Unseen(..) => {}
        }
    }
    all
}
