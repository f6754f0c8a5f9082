//! What the objects make of their application.

use crate::{Assessed, Desired, Extra, Finding, LiveObject, SyncStatus, World, options};
use std::collections::BTreeMap;
use trimtab_health::{Code, Health, Part, app};
use trimtab_model::{ObjectKey, Order};

/// The health of a live object by the family's way of judging; `None` where its kind has no check, or
/// where it asks not to count. Waves come with checks by kind, stages with kstatus.
pub(crate) fn health_of(world: &World<'_>, live: &LiveObject, ignore: bool) -> Option<Health> {
    let app = world.app;
    let asked = || options::live_options(&app.annotations, app.policy.options, live).ignore_health;
    if ignore || asked() {
        return None;
    }
    match app.policy.order {
        Order::Waves => live.health.clone(),
        Order::Stages => Some(Health {
            code: Code::from(live.status.code),
            message: live.status.message.clone(),
            failed: false,
        }),
    }
}

/// The application's sync status and health.
pub(super) fn of(
    world: &World<'_>,
    desired: &Desired,
    objects: &BTreeMap<ObjectKey, Assessed>,
) -> (SyncStatus, Health) {
    (status(desired, objects), health(world, objects))
}

/// What is not known makes the whole unknown: an error is never empty, and never OutOfSync.
fn status(desired: &Desired, objects: &BTreeMap<ObjectKey, Assessed>) -> SyncStatus {
    let unknown = |object: &Assessed| match object.finding {
        Finding::Unknown(_) => true,
        Finding::NeedsDryRun => object.status == SyncStatus::Unknown,
        Finding::Same
        | Finding::Absent
        | Finding::Changed
        | Finding::Drifted
        | Finding::Refused(_)
        | Finding::Extra(_) => false,
    };
    let differs = |object: &Assessed| match &object.finding {
        Finding::Absent | Finding::Changed | Finding::Drifted | Finding::Refused(_) => true,
        Finding::Extra(_) => object.status == SyncStatus::OutOfSync,
        Finding::Same | Finding::NeedsDryRun | Finding::Unknown(_) => false,
    };
    if !desired.complete || objects.values().any(unknown) {
        SyncStatus::Unknown
    } else if objects.values().any(differs) {
        SyncStatus::OutOfSync
    } else {
        SyncStatus::Synced
    }
}

fn health(world: &World<'_>, objects: &BTreeMap<ObjectKey, Assessed>) -> Health {
    let parts = objects.iter().filter_map(|(key, object)| part(world, key, object));
    Health { code: app(parts), message: String::new(), failed: false }
}

/// What one object contributes. Another application's is none of ours; one that we applied and have
/// not seen yet is on its way.
fn part(world: &World<'_>, key: &ObjectKey, object: &Assessed) -> Option<Part> {
    let app = &world.app.id;
    let kind = key.group_kind();
    match &object.finding {
        Finding::Extra(Extra::ClaimedBy | Extra::NotOurs) => return None,
        Finding::Unknown(_) => return Some(Part::Live(Code::Unknown)),
        Finding::Absent => return Some(Part::Missing),
        Finding::Refused(_) if object.live.is_none() => return Some(Part::Missing),
        Finding::Same
        | Finding::Changed
        | Finding::Drifted
        | Finding::NeedsDryRun
        | Finding::Refused(_)
        | Finding::Extra(_) => {}
    }
    let is_self =
        kind == app.kind && key.name == app.name && key.namespace.as_ref() == Some(&app.namespace);
    Some(match (&object.live, &object.health) {
        (None, _) => Part::Live(Code::Progressing),
        _ if is_self => Part::Silent,
        (Some(_), None) => Part::Silent,
        (Some(_), Some(health)) if kind == app.kind => Part::ChildApp(health.code),
        // Our reply is newer than what the watch shows: whatever it was, it is on its way again.
        (Some(_), Some(_)) if !object.health_counts => Part::Live(Code::Progressing),
        (Some(_), Some(health)) => Part::Live(health.code),
    })
}
