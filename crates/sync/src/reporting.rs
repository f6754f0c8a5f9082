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
use trimtab_model::{NotSupported, ObjectKey, Restraint};
use trimtab_plan::{Extra, Finding, Refusal, SyncStatus, Warning};

/// What is to be shown of an application.
pub fn report(state: &State, view: &View<'_>) -> Report {
    let conditions = conditions(state, view);
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
        stage: stage(state, view),
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
    let line = |(key, object): (&ObjectKey, &trimtab_plan::Assessed)| ObjectReport {
        key: key.clone(),
        version: object.version.clone(),
        status: object.status,
        health: object.health.clone(),
        wave: object.wave,
        requires_pruning: matches!(
            object.finding,
            Finding::Extra(Extra::Orphan | Extra::RequiresPruning)
        ),
    };
    assessment.objects.iter().map(line).collect()
}

fn images(view: &View<'_>) -> Vec<String> {
    let objects = view.desired.into_iter().flat_map(|desired| desired.objects.values());
    let mut images: Vec<String> =
        objects.flat_map(|object| object.images.iter().cloned()).collect();
    images.sort();
    images.dedup();
    images
}

/// How many objects that cannot be applied are named one by one.
const REFUSED_SHOWN_MAX: usize = 10;

fn conditions(state: &State, view: &View<'_>) -> Vec<Condition> {
    let mut all: Vec<Condition> =
        view.invalid.iter().chain(&view.windows.remarks).cloned().collect();
    let mut add = |kind, message: String| all.push(Condition { kind, message });
    if let Source::Trouble { message, .. } = view.source {
        add(ConditionKind::Comparison, message.clone());
    }
    let of_objects = view.desired.iter().flat_map(|desired| &desired.not_supported);
    let of_project = view.world.project.into_iter().flat_map(|project| &project.not_supported);
    for field in view.world.app.not_supported.iter().chain(of_project).chain(of_objects) {
        let (kind, message) = not_supported(field);
        add(kind, message);
    }
    if let Some(desired) = view.desired {
        for problem in &desired.problems {
            add(ConditionKind::Comparison, problem.clone());
        }
        for text in &desired.repeated {
            add(ConditionKind::RepeatedResource, text.clone());
        }
        for text in &desired.warnings {
            add(ConditionKind::LeftOut, text.clone());
        }
    }
    for message in unreadable(view) {
        add(ConditionKind::Comparison, message);
    }
    for warning in view.assessment.into_iter().flat_map(|assessment| &assessment.warnings) {
        match warning {
            Warning::Shared(text) => add(ConditionKind::SharedResource, text.clone()),
            Warning::Repeated(text) => add(ConditionKind::RepeatedResource, text.clone()),
            Warning::LeftOut(text) => add(ConditionKind::LeftOut, text.clone()),
        }
    }
    let troubles = sync_troubles(state);
    if troubles.is_empty() {
        for message in cannot_be_applied(view) {
            add(ConditionKind::Sync, message);
        }
    }
    for message in troubles {
        add(ConditionKind::Sync, message);
    }
    // Of windows that cannot be read the remark says more.
    let is_said = view.windows.remarks.iter().any(|remark| remark.kind == ConditionKind::Sync);
    if let Some(message) = state.prevented.as_ref().filter(|_| !is_said) {
        add(ConditionKind::Window, message.clone());
    }
    if let Some(held) = &state.held {
        add(ConditionKind::PruneHeld, held_message(held, state.passed_over(view)));
    }
    if let Some(message) = state.waits.as_ref().and_then(Waits::message) {
        add(ConditionKind::PruneWaiting, message);
    }
    for key in gate::contended(state) {
        add(
            ConditionKind::Contended,
            format!(
                "{key} is changed or deleted again and again by somebody else: find out who, by the object's managedFields or the audit log, and let one of the two go; it is repaired every 5 minutes until then"
            ),
        );
    }
    if let Some(message) = &state.removal.trouble {
        add(ConditionKind::Deletion, message.clone());
    }
    if let Err(error) = state.inventory.known() {
        let order = view.world.app.policy.order;
        add(ConditionKind::Inventory, words::unknown_inventory(&error.to_string(), order));
    }
    if let Some(message) = step::no_room(state, view) {
        add(ConditionKind::Inventory, message);
    }
    let claimed = view.assessment.into_iter().flat_map(|assessment| &assessment.objects);
    for (key, _) in claimed.filter(|(_, o)| o.finding == Finding::Extra(Extra::ClaimedBy)) {
        add(
            ConditionKind::ClaimedBy,
            format!("{key} now carries another application's mark: it is left alone"),
        );
    }
    all.sort();
    all.dedup();
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
        _ => None,
    };
    let mut sentences: Vec<String> = refused.filter_map(sentence).collect();
    let more = sentences.len().saturating_sub(REFUSED_SHOWN_MAX);
    if more > 0 {
        sentences.truncate(REFUSED_SHOWN_MAX);
        sentences.push(format!("{more} more objects cannot be applied"));
    }
    sentences
}

fn finding<'a>(view: &View<'a>, key: &ObjectKey) -> Option<&'a Finding> {
    Some(&view.assessment?.objects.get(key)?.finding)
}

fn not_supported(field: &NotSupported) -> (ConditionKind, String) {
    let name = &field.field;
    match field.restraint {
        Restraint::Restrains => (
            ConditionKind::NotSupported,
            format!(
                "`{name}` is not supported yet, and without it more would be done than asked: nothing is written; remove it, or keep this application with its present controller"
            ),
        ),
        Restraint::Adds => {
            (ConditionKind::LeftOut, format!("`{name}` is not supported yet and is left out"))
        }
    }
}

fn sync_troubles(state: &State) -> Vec<String> {
    let mut troubles: Vec<String> = state.gate.iter().cloned().collect();
    if let Some(operation) = &state.operation {
        let automatic = operation.request.user.is_none();
        if automatic && matches!(operation.phase, Phase::Failed | Phase::Error) {
            let revisions = words::revisions(&operation.revisions);
            troubles
                .push(format!("Failed last sync attempt to [{revisions}]: {}", operation.message));
        }
    }
    troubles
}

fn stage(state: &State, view: &View<'_>) -> Stage {
    if let Some(message) = view.invalid.first().map(|condition| condition.message.clone()) {
        return Stage::Failed(FailurePoint::Source, message);
    }
    let restrained =
        conditions(state, view).into_iter().find(|c| c.kind == ConditionKind::NotSupported);
    if let Some(condition) = restrained {
        return Stage::Failed(FailurePoint::NotSupported, condition.message);
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
    state.stage.clone()
}
