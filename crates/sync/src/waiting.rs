//! Whether what was applied is healthy, and what was removed is gone.

use crate::View;
use std::collections::BTreeSet;
use std::time::Duration;
use trimtab_health::Code;
use trimtab_model::ObjectKey;
use trimtab_plan::{Action, Assessment, Finding, Sighting, Step};

/// The longest that a stage waits for its definitions and classes. Source: fluxcd/pkg
/// `ssa/manager_wait.go`.
pub(crate) const STAGE_WAIT: Duration = Duration::from_mins(1);

/// Whether the next group may begin.
pub(crate) enum Verdict {
    Done,
    /// Not yet: why, and which objects.
    Waiting(&'static str, BTreeSet<ObjectKey>),
    /// Never.
    Failed(Vec<String>),
}

/// Judges the objects of some steps. Only healthy and degraded ones decide; all others are waited for.
pub(crate) fn verdict<'a>(
    steps: impl Iterator<Item = &'a Step>,
    assessment: &Assessment,
    view: &View<'_>,
) -> Verdict {
    let (mut unhealthy, mut present, mut failed) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for step in steps {
        match step.action {
            Action::Prune { .. } => {
                if !is_gone(step, view) {
                    present.insert(step.key.clone());
                }
            }
            Action::Create(_) | Action::Update { .. } => match applied(step, assessment) {
                Applied::Healthy => {}
                Applied::Unhealthy => drop(unhealthy.insert(step.key.clone())),
                Applied::Failed(why) => failed.push(why),
            },
        }
    }
    if !failed.is_empty() {
        Verdict::Failed(failed)
    } else if !unhealthy.is_empty() {
        Verdict::Waiting("healthy state of", unhealthy)
    } else if !present.is_empty() {
        Verdict::Waiting("deletion of", present)
    } else {
        Verdict::Done
    }
}

/// Whether exactly this incarnation is gone; what somebody made anew under its name is not waited for.
fn is_gone(step: &Step, view: &View<'_>) -> bool {
    match view.world.live.sighting(&step.key) {
        Sighting::Absent => true,
        Sighting::Unknown(_) => false,
        Sighting::Seen(live) => Some(&live.uid) != step.action.uid(),
    }
}

enum Applied {
    Healthy,
    Unhealthy,
    Failed(String),
}

fn applied(step: &Step, assessment: &Assessment) -> Applied {
    // The destination's namespace stands in no assessment; it is there when its apply has succeeded.
    let Some(assessed) = assessment.objects.get(&step.key) else { return Applied::Healthy };
    let key = &step.key;
    if assessed.finding == Finding::Absent {
        return Applied::Failed(format!(
            "Resource {}/{}/{} is missing, it might have been deleted",
            key.group, key.kind, key.name
        ));
    }
    match &assessed.health {
        _ if assessed.live.is_none() => Applied::Unhealthy,
        None => Applied::Healthy,
        Some(_) if !assessed.health_counts => Applied::Unhealthy,
        Some(health) => match health.code {
            Code::Healthy => Applied::Healthy,
            Code::Degraded => Applied::Failed(format!("{key}: {}", health.message)),
            Code::Suspended | Code::Progressing | Code::Missing | Code::Unknown => {
                Applied::Unhealthy
            }
        },
    }
}

/// The objects that are not healthy at the end of a run that waits for all, as people read them:
/// those that failed, and those that are on their way.
pub(crate) fn of_all(assessment: &Assessment) -> (Vec<String>, Vec<String>) {
    let (mut failed, mut waiting) = (Vec::new(), Vec::new());
    for (key, assessed) in &assessment.objects {
        if matches!(assessed.finding, Finding::Extra(_)) {
            continue;
        }
        let named = |status: &str| format!("{key} status: '{status}'");
        let code = assessed.health.as_ref().map_or(Code::Healthy, |health| health.code);
        match code {
            Code::Missing => waiting.push(named("NotFound")),
            _ if assessed.live.is_none() => waiting.push(named("NotFound")),
            _ if !assessed.health_counts => waiting.push(named("InProgress")),
            Code::Healthy => {}
            Code::Degraded => failed.push(named("Failed")),
            Code::Unknown => waiting.push(named("Unknown")),
            Code::Suspended | Code::Progressing => waiting.push(named("InProgress")),
        }
    }
    (failed, waiting)
}
