//! Questions that only the server can answer.

use crate::Effect;
use crate::state::{AskedDryRun, State};
use crate::step::{Turn, later};
use std::time::Duration;
use trimtab_model::{Digest, ObjectKey, ResourceVersion};
use trimtab_plan::{DesiredObject, Finding};

/// After this long without an answer the question is asked again.
const DRY_RUN_AGAIN: Duration = Duration::from_secs(30);

/// Asks about each object that nothing else can compare. The answers come with a later view.
pub(crate) fn ask(state: &mut State, turn: &mut Turn<'_>) {
    let (Some(desired), Some(assessment)) = (turn.view.desired, turn.view.assessment) else {
        return;
    };
    state.dry_runs.retain(|key, _| {
        let object = assessment.objects.get(key);
        object.is_some_and(|object| object.finding == Finding::NeedsDryRun)
    });
    for (key, assessed) in &assessment.objects {
        if let (Finding::NeedsDryRun, Some(object), Some((_, seen))) =
            (&assessed.finding, desired.objects.get(key), &assessed.live)
        {
            ask_about(state, turn, object, seen);
        }
    }
}

/// Whether the server was asked about this document against this state, or is asked now.
pub(crate) fn ask_about(
    state: &mut State,
    turn: &mut Turn<'_>,
    object: &DesiredObject,
    seen: &ResourceVersion,
) {
    let question = (object.digest, seen.clone());
    if let Some(asked) = state.dry_runs.get(&object.key)
        && is_open(asked, &question)
        && later(asked.at, DRY_RUN_AGAIN) > turn.now
    {
        turn.wake(later(asked.at, DRY_RUN_AGAIN));
        return;
    }
    note(state, turn, &object.key, question);
    turn.ask(Effect::DryRun {
        key: object.key.clone(),
        version: object.version.clone(),
        body: object.body.clone(),
        desired: object.digest,
        against: seen.clone(),
    });
    turn.wake(later(turn.now, DRY_RUN_AGAIN));
}

fn is_open(asked: &AskedDryRun, (desired, against): &(Digest, ResourceVersion)) -> bool {
    asked.desired == *desired && asked.against == *against
}

fn note(
    state: &mut State,
    turn: &Turn<'_>,
    key: &ObjectKey,
    (desired, against): (Digest, ResourceVersion),
) {
    state.dry_runs.insert(key.clone(), AskedDryRun { desired, against, at: turn.now });
}
