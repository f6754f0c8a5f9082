//! What is to be shown of an application, from its state and the view.

use crate::claimant::Waits;
use crate::held::held_message;
use crate::state::State;
use crate::view::{Source, View};
use crate::{
    Condition, ConditionKind, FailurePoint, ObjectReport, Phase, Report, Stage, gate, step, words,
};
use std::collections::BTreeMap;
use trimtab_health::{Code, Health};
use trimtab_model::{NotSupported, ObjectKey, Restraint, limit, text_order};
use trimtab_plan::{Extra, Finding, Ownership, Refusal, Sighting, SyncStatus, Warning, ownership};

/// What is to be shown of an application.
pub fn report(state: &State, view: &View<'_>) -> Report {
    let unreadable = unreadable(view);
    let conditions = conditions(state, view, &unreadable);
    let blind = conditions
        .iter()
        .any(|c| matches!(c.kind, ConditionKind::Comparison | ConditionKind::InvalidSpec));
    let status = match view.assessment {
        Some(assessment) if !blind => assessment.status,
        _ => SyncStatus::Unknown,
    };
    let unknown = || Health { code: Code::Unknown, message: String::new(), failed: false };
    let invalid = conditions.iter().any(|c| c.kind == ConditionKind::InvalidSpec);
    let health = match view.assessment {
        Some(assessment) if !invalid => assessment.health.clone(),
        _ => unknown(),
    };
    let stage = stage(state, view, (&conditions, &unreadable));
    Report {
        status,
        health,
        revisions: revisions(view),
        revision_is_news: true,
        applied: state.applied.clone(),
        objects: objects(view),
        operation: state.operation.clone(),
        history: state.history.clone(),
        conditions,
        inventory: state.inventory.clone(),
        images: images(view),
        request_taken: state.taken.is_some() && state.taken == view.record.requested,
        refreshed: view.record.refresh.clone(),
        stage,
    }
}

fn revisions(view: &View<'_>) -> Vec<trimtab_model::SourceRevision> {
    match (view.desired, view.source) {
        (Some(desired), _) => desired.revisions.clone(),
        (None, Source::Trouble { asked, .. }) => asked.iter().cloned().collect(),
        (None, Source::Ready | Source::Coming) => Vec::new(),
    }
}

fn objects(view: &View<'_>) -> Vec<ObjectReport> {
    let Some(assessment) = view.assessment else { return Vec::new() };
    let is_whole = view.desired.is_some_and(|desired| desired.complete);
    let line = |(key, object): (&ObjectKey, &trimtab_plan::Assessed)| ObjectReport {
        key: key.clone(),
        version: object.version.clone(),
        status: object.status,
        health: object.health.clone(),
        wave: object.wave,
        // What could not be rendered may well be desired.
        requires_pruning: is_whole
            && matches!(object.finding, Finding::Extra(Extra::Orphan | Extra::RequiresPruning)),
        only_marked: is_only_marked(view, key, &object.finding),
    };
    assessment.objects.iter().map(line).collect()
}

/// Whether an object carries our mark, and nothing that we know says that it is ours: what is not desired
/// and was never applied, and what may be of another namespace's application of our name.
fn is_only_marked(view: &View<'_>, key: &ObjectKey, finding: &Finding) -> bool {
    let world = &view.world;
    if *finding == Finding::Extra(Extra::RequiresPruning) || world.inventory.contains(key) {
        return *finding == Finding::Extra(Extra::RequiresPruning);
    }
    let Sighting::Seen(live) = world.live.sighting(key) else { return false };
    let ours = &world.app.tracking.claim;
    live.claims.contains(ours)
        && !matches!(ownership(ours, live, false, world.claims), Ownership::Ours | Ownership::Adopt)
}

fn images(view: &View<'_>) -> Vec<String> {
    let objects = view.desired.into_iter().flat_map(|desired| desired.objects.values());
    let mut images: Vec<String> =
        objects.flat_map(|object| object.images.iter().cloned()).collect();
    images.sort();
    images.dedup();
    images
}

fn conditions(state: &State, view: &View<'_>, unreadable: &[String]) -> Vec<Condition> {
    let mut all: Vec<Condition> = view.invalid.to_vec();
    all.extend(of_the_render(view));
    all.extend(of_the_comparison(view, unreadable));
    all.extend(of_the_windows(state, view));
    all.extend(of_the_run(state, view));
    all.extend(of_the_inventory(state, view));
    all.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| text_order(&a.message, &b.message)));
    all.dedup();
    all
}

fn condition(kind: ConditionKind, message: impl Into<String>) -> Condition {
    Condition { kind, message: message.into() }
}

/// What is wrong with the source, the settings and what was rendered.
fn of_the_render(view: &View<'_>) -> Vec<Condition> {
    let mut all = Vec::new();
    if let Source::Trouble { message, .. } = view.source {
        all.push(condition(ConditionKind::Comparison, message));
    }
    let of_objects = view.desired.iter().flat_map(|desired| &desired.not_supported);
    let of_project = view.world.project.into_iter().flat_map(|project| &project.not_supported);
    for field in view.world.app.not_supported.iter().chain(of_project).chain(of_objects) {
        all.push(not_supported(field));
    }
    if let Some(desired) = view.desired {
        let of = |kind: ConditionKind| move |text: &String| condition(kind, text);
        all.extend(desired.problems.iter().map(of(ConditionKind::Comparison)));
        all.extend(desired.repeated.iter().map(of(ConditionKind::RepeatedResource)));
        all.extend(desired.warnings.iter().map(of(ConditionKind::LeftOut)));
    }
    all
}

/// What is told of the cluster beside what is rendered.
fn of_the_comparison(view: &View<'_>, unreadable: &[String]) -> Vec<Condition> {
    let unreadable = unreadable.iter();
    let mut all: Vec<Condition> =
        unreadable.map(|message| condition(ConditionKind::Comparison, message)).collect();
    let Some(assessment) = view.assessment else { return all };
    all.extend(assessment.warnings.iter().map(|warning| match warning {
        Warning::Shared(text) => condition(ConditionKind::SharedResource, text),
        Warning::Repeated(text) => condition(ConditionKind::RepeatedResource, text),
        Warning::LeftOut(text) => condition(ConditionKind::LeftOut, text),
    }));
    let claimed =
        assessment.objects.iter().filter(|(_, o)| o.finding == Finding::Extra(Extra::ClaimedBy));
    all.extend(claimed.map(|(key, _)| {
        let text = format!("{key} now carries another application's mark: it is left alone");
        condition(ConditionKind::ClaimedBy, text)
    }));
    all
}

/// What of the sync windows is not as somebody meant it, and a sync that waits for them.
fn of_the_windows(state: &State, view: &View<'_>) -> Vec<Condition> {
    let mut all = view.windows.remarks.clone();
    // Of windows that cannot be read the remark says more.
    let is_said = all.iter().any(|remark| remark.kind == ConditionKind::Sync);
    let prevented = state.prevented.iter().filter(|_| !is_said);
    all.extend(prevented.map(|message| condition(ConditionKind::Window, message)));
    all
}

/// What went wrong with syncs, prunes and deletions, or keeps them waiting.
fn of_the_run(state: &State, view: &View<'_>) -> Vec<Condition> {
    let mut troubles = sync_troubles(state);
    if troubles.is_empty() {
        troubles = cannot_be_applied(view);
    }
    let troubles = troubles.into_iter();
    let mut all: Vec<Condition> =
        troubles.map(|message| condition(ConditionKind::Sync, message)).collect();
    if let Some(held) = &state.held {
        let sources = view.world.app.sources.len();
        let file = state.passed_over(view).map(|file| words::file(file, sources));
        let text = held_message(held, &view.world.app.id.name, file.as_deref());
        all.push(condition(ConditionKind::PruneHeld, text));
    }
    let waits = state.waits.as_ref().and_then(Waits::message);
    all.extend(waits.map(|message| condition(ConditionKind::PruneWaiting, message)));
    all.extend(gate::contended(state).map(|key| {
        condition(
            ConditionKind::Contended,
            format!(
                "{key} is changed or deleted again and again by somebody else: find out who, by the object's managedFields or the audit log, and let one of the two go; it is repaired every 5 minutes until then, and at once by `trimtab app sync {}`",
                view.world.app.id.name
            ),
        )
    }));
    if let Some(message) = &state.removal.trouble {
        all.push(condition(ConditionKind::Deletion, message));
    }
    all
}

fn of_the_inventory(state: &State, view: &View<'_>) -> Vec<Condition> {
    let mut all = Vec::new();
    if let Err(error) = state.inventory.known() {
        let text = words::unknown_inventory(&error.to_string(), view.world.app.policy.order);
        all.push(condition(ConditionKind::Inventory, text));
    }
    if let Some(message) = step::no_room(state, view) {
        all.push(condition(ConditionKind::Inventory, message));
    }
    all
}

/// What cannot be read of the cluster, one sentence for each reason. Of what is refused before it is
/// looked for, the refusal says enough.
fn unreadable(view: &View<'_>) -> Vec<String> {
    let is_refused =
        |key: &ObjectKey| view.desired.is_some_and(|desired| desired.refused.contains_key(key));
    let mut reasons: BTreeMap<&str, Vec<&ObjectKey>> = BTreeMap::new();
    for (key, object) in view.assessment.into_iter().flat_map(|assessment| &assessment.objects) {
        if let Finding::Unknown(why) = &object.finding
            && !is_refused(key)
        {
            reasons.entry(why).or_default().push(key);
        }
    }
    let sentence = |(why, keys): (&str, Vec<&ObjectKey>)| {
        Some(words::unreadable(keys.first().copied()?, keys.len() - 1, why))
    };
    reasons.into_iter().filter_map(sentence).collect()
}

/// Objects that cannot be applied, where no sync has said so: nobody has asked for one yet, or the last
/// one went well and a version of their kind, say, is not served any more.
fn cannot_be_applied(view: &View<'_>) -> Vec<String> {
    let refused = view.desired.into_iter().flat_map(|desired| &desired.refused);
    let sentence = |(key, refusal): (&ObjectKey, &Refusal)| match (refusal, finding(view, key)) {
        (Refusal::Invalid(why), _) => Some(why.clone()),
        (Refusal::UnknownKind(_), Some(Finding::Refused(why))) => Some(format!("{key}: {why}")),
        // Unlike a definition that is yet to come, this only a person can change.
        (Refusal::OtherVersion(why), Some(Finding::Refused(_) | Finding::Absent)) => {
            Some(format!("{key}: {why}"))
        }
        (
            Refusal::NotPermitted(_)
            | Refusal::UnknownKind(_)
            | Refusal::OtherVersion(_)
            | Refusal::KindUnknowable(_)
            | Refusal::OwnedBy(_)
            | Refusal::OwnerUnknown(_)
            | Refusal::OwnerUnseen(..),
            _,
        ) => None,
    };
    let mut sentences: Vec<String> = refused.filter_map(sentence).collect();
    let shown_max = usize::try_from(limit::REFUSED_SHOWN_OBJECTS_MAX).unwrap_or(usize::MAX);
    let more = sentences.len().saturating_sub(shown_max);
    if more > 0 {
        sentences.truncate(shown_max);
        sentences.push(format!("{more} more objects cannot be applied"));
    }
    sentences
}

fn finding<'a>(view: &View<'a>, key: &ObjectKey) -> Option<&'a Finding> {
    Some(&view.assessment?.objects.get(key)?.finding)
}

/// What is told of something that is accepted and does not act yet.
pub fn not_supported(field: &NotSupported) -> Condition {
    let name = &field.field;
    match field.restraint {
        Restraint::Restrains => condition(
            ConditionKind::NotSupported,
            format!(
                "`{name}` is not known or not supported yet, and without it more would be done than asked: nothing is written; change or remove it, or keep this application with its present controller"
            ),
        ),
        Restraint::Adds => condition(
            ConditionKind::LeftOut,
            format!("`{name}` is not supported yet and is left out"),
        ),
    }
}

fn sync_troubles(state: &State) -> Vec<String> {
    let mut troubles: Vec<String> = state.gate.iter().cloned().collect();
    if let Some(operation) = &state.operation {
        let automatic = operation.request.user.is_none();
        if automatic && matches!(operation.phase, Phase::Failed | Phase::Error) {
            let revisions = words::revisions(&operation.revisions);
            troubles.push(format!("{}{revisions}]: {}", words::FAILED_LAST, operation.message));
        }
    }
    troubles
}

/// Whether a sentence is about a sync that began by itself and failed, which its end told already.
pub fn tells_of_a_failed_sync(message: &str) -> bool {
    message.starts_with(words::FAILED_LAST)
}

fn stage(
    state: &State,
    view: &View<'_>,
    (conditions, unreadable): (&[Condition], &[String]),
) -> Stage {
    if let Some(message) = view.invalid.first().map(|condition| condition.message.clone()) {
        return Stage::Failed(FailurePoint::Source, message);
    }
    let restrained = conditions.iter().find(|c| c.kind == ConditionKind::NotSupported);
    if let Some(condition) = restrained {
        return Stage::Failed(FailurePoint::NotSupported, condition.message.clone());
    }
    match view.source {
        Source::Trouble { message, .. } if !state.is_running() => {
            return Stage::Failed(FailurePoint::Source, message.clone());
        }
        Source::Coming if view.desired.is_none() => return Stage::Waiting("Source".into()),
        Source::Ready | Source::Coming | Source::Trouble { .. } => {}
    }
    if let Some(desired) = view.desired.filter(|desired| !desired.complete) {
        return Stage::Failed(FailurePoint::Build, desired.problems.join("\n"));
    }
    if let Some(why) = unreadable.first().filter(|_| !state.is_running()) {
        return Stage::Failed(FailurePoint::Live, why.clone());
    }
    state.stage.clone()
}
