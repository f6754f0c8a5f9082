//! From an assessment to a plan: what to do with each object, and why.

mod draft;
mod migration;

pub(crate) use draft::Draft;

use crate::{
    Action, Assessed, Assessment, Desired, DesiredObject, Finding, KeepReason, LiveObject,
    Ownership, Plan, Reason, Refusal, Sighting, Step, SyncRequest, World, options, ownership,
    prune,
};
use migration::needs_migration;
use serde_json::json;
use trimtab_model::{Document, GroupKind, NamespaceCreation, ObjectKey, OwnerClaim};

/// Plans one sync. The plan is complete: what is not done stands in it too, with its reason.
pub fn plan(
    world: &World<'_>,
    desired: &Desired,
    assessment: &Assessment,
    request: &SyncRequest,
) -> Plan {
    let mut draft = Draft::new(world.app.policy.order);
    let refused = desired.refused.iter().filter(|(key, _)| request.names(key));
    refused.for_each(|(key, refusal)| draft.refuse(key, refusal.clone()));
    desired.left_alone.keys().for_each(|key| draft.keep(key, KeepReason::AskedTo));
    for (key, object) in &desired.objects {
        match decision(world, desired, (object, assessment.objects.get(key)), request) {
            Decision::Apply(action, reason) => draft.apply(object, action, reason),
            Decision::Keep(reason) => draft.keep(key, reason),
            Decision::Refuse(refusal) => draft.refuse(key, refusal),
        }
    }
    if desired.complete {
        namespace(world, desired, &mut draft);
    }
    let blocked = draft.block();
    prune::removals(world, desired, assessment, request, blocked).into_draft(&mut draft);
    draft.finish(desired)
}

impl SyncRequest {
    /// Whether this sync was asked for this object.
    pub fn names(&self, key: &ObjectKey) -> bool {
        self.only.as_ref().is_none_or(|only| only.iter().any(|asked| means(asked, key)))
    }
}

/// Whether a key that a person wrote means an object; an absent namespace matches any.
fn means(asked: &ObjectKey, key: &ObjectKey) -> bool {
    asked.group == key.group
        && asked.kind == key.kind
        && asked.name == key.name
        && (asked.namespace.is_none() || asked.namespace == key.namespace)
}

/// What to do with one desired object.
enum Decision {
    Apply(Action, Reason),
    Keep(KeepReason),
    Refuse(Refusal),
}

fn decision(
    world: &World<'_>,
    desired: &Desired,
    (object, assessed): (&DesiredObject, Option<&Assessed>),
    request: &SyncRequest,
) -> Decision {
    if !request.names(&object.key) {
        return Decision::Keep(KeepReason::NotSelected);
    }
    if !desired.complete {
        return Decision::Keep(KeepReason::RenderIncomplete);
    }
    let Some(assessed) = assessed else { return Decision::Keep(KeepReason::NotReadable) };
    match (&assessed.finding, world.live.sighting(&object.key)) {
        (Finding::Unknown(_), _) | (_, Sighting::Unknown(_)) => {
            Decision::Keep(KeepReason::NotReadable)
        }
        (Finding::Absent, Sighting::Absent) => match creator(world, &object.key) {
            Some(other) => Decision::Refuse(Refusal::OwnedBy(other)),
            None => Decision::Apply(Action::Create(object.body.clone()), Reason::Absent),
        },
        // We created it, and the watch has not shown it yet.
        (Finding::Same, Sighting::Absent) => Decision::Keep(KeepReason::Same),
        (_, Sighting::Absent) => Decision::Keep(KeepReason::NotReadable),
        (_, Sighting::Seen(live)) => change(world, object, live, (&assessed.finding, request)),
    }
}

/// The other application that creates an absent object. Of two that both have it in their inventories,
/// the first by name does: else each would wait for the other, or both would send it, and the server
/// takes the second apply of one manager for a change of the first.
fn creator(world: &World<'_>, key: &ObjectKey) -> Option<OwnerClaim> {
    let ours = &world.app.tracking.claim;
    let other = world.claims.creator(key, ours)?;
    (!world.inventory.contains(key) || other < *ours).then_some(other)
}

/// What to do with a desired object that is there.
fn change(
    world: &World<'_>,
    object: &DesiredObject,
    live: &LiveObject,
    (finding, request): (&Finding, &SyncRequest),
) -> Decision {
    let app = world.app;
    if options::live_options(&app.annotations, app.policy.options, live).leave_alone {
        return Decision::Keep(KeepReason::AskedTo);
    }
    let inventoried = world.inventory.contains(&object.key);
    let owner = ownership(&app.tracking.claim, live, inventoried, world.claims);
    let reason = match owner {
        Ownership::Theirs(owner) => return Decision::Refuse(Refusal::OwnedBy(owner)),
        Ownership::Undecided(owner) => return Decision::Refuse(Refusal::OwnerUnknown(owner)),
        Ownership::Unseen(owner, why) => {
            return Decision::Refuse(Refusal::OwnerUnseen(owner, why));
        }
        Ownership::Ours => None,
        Ownership::Adopt => Some(Reason::Adopt),
        Ownership::HandOver(former) => Some(Reason::HandOver(former)),
    };
    if live.deleting.is_some() {
        return Decision::Keep(KeepReason::Terminating);
    }
    if object.options.create_only {
        return Decision::Keep(KeepReason::AskedTo);
    }
    let reason = match finding {
        Finding::Same | Finding::NeedsDryRun if request.apply_all => Reason::SyncApplies,
        Finding::Same => return Decision::Keep(KeepReason::Same),
        Finding::NeedsDryRun => return Decision::Keep(KeepReason::NeedsDryRun),
        Finding::Refused(why) => return Decision::Refuse(Refusal::Invalid(why.clone())),
        Finding::Changed => reason.unwrap_or(Reason::Changed),
        Finding::Drifted => reason.unwrap_or(Reason::Drifted),
        Finding::Absent | Finding::Extra(_) | Finding::Unknown(_) => {
            return Decision::Keep(KeepReason::NotReadable);
        }
    };
    Decision::Apply(update(world, object, live), reason)
}

fn update(world: &World<'_>, object: &DesiredObject, live: &LiveObject) -> Action {
    Action::Update {
        body: object.body.clone(),
        uid: live.uid.clone(),
        seen: live.resource_version.clone(),
        migrate: !object.options.keep_predecessors && needs_migration(world, live),
    }
}

/// The destination's namespace goes before everything else, when it is asked for, is absent, and no
/// manifest describes it. It is not marked, so it never becomes ours.
fn namespace(world: &World<'_>, desired: &Desired, draft: &mut Draft) {
    let (NamespaceCreation::WhenAbsent, Some(namespace)) =
        (world.app.policy.create_namespace, &world.app.destination.namespace)
    else {
        return;
    };
    let key = ObjectKey::cluster(&GroupKind::new("", "Namespace"), namespace.as_str());
    if desired.has(&key) {
        return;
    }
    match world.live.sighting(&key) {
        // Where it cannot be seen, whoever is applied into it says if it is absent.
        Sighting::Seen(_) | Sighting::Unknown(_) => {}
        Sighting::Absent => {
            let body = json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace.as_str()},
            });
            draft.create_namespace(Step {
                key,
                version: "v1".into(),
                action: Action::Create(Document::of(&body)),
                reason: Reason::NamespaceAskedFor,
                tier: 0,
            });
        }
    }
}
