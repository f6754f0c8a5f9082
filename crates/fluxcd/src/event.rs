//! Events of a Kustomization and of a `GitRepository`.

use crate::names;
use crate::obstacles::reason;
use crate::revision::revision_text;
use trimtab_crd::{Event, Obstacle, duration};
use trimtab_model::{App, AppId, SourceRevision};
use trimtab_sync::{Announcement, FailurePoint, Happening, Operation, Stage};

/// The reason that the family does not have: another controller is at work.
const FOREIGN_OWNER: &str = "ForeignOwner";

/// The event that tells of a happening, in the family's words. `operation` is the run that ended, and
/// `stage` says how: a failed run is told with the reason of `Ready`.
/// Source: kustomize-controller `kustomization_controller.go`.
pub fn event(
    told: &Announcement,
    app: &App,
    (operation, stage): (Option<&Operation>, &Stage),
) -> Event {
    let (reason, message) = match (told.what, told.warning) {
        (Happening::OperationCompleted, false) => {
            ("ReconciliationSucceeded", finished(told, app, operation))
        }
        (Happening::OperationCompleted, true) => (reason(point(stage)), told.message.clone()),
        (Happening::Deletion, _) => (reason(FailurePoint::Apply), told.message.clone()),
        (Happening::TakenOver, _) => ("TakenOver", told.message.clone()),
        (Happening::ForeignOwner, _) => (FOREIGN_OWNER, told.message.clone()),
    };
    let revision = operation.and_then(|operation| operation.revisions.first());
    Event {
        warning: told.warning,
        reason,
        message,
        component: names::COMPONENT,
        annotations: annotations(revision),
    }
}

/// At which point a failed run ended; one that a person ended did so while it applied.
fn point(stage: &Stage) -> FailurePoint {
    match stage {
        Stage::Failed(point, _) => *point,
        Stage::Idle | Stage::Waiting(_) | Stage::Applying | Stage::CheckingHealth | Stage::Done => {
            FailurePoint::Apply
        }
    }
}

/// The revision that a Kustomization is brought to, as the family's events name it.
fn annotations(revision: Option<&SourceRevision>) -> Vec<(String, String)> {
    let revision = revision.map(revision_text).into_iter();
    revision.map(|text| (format!("{}/revision", names::KUSTOMIZE_GROUP), text)).collect()
}

/// The event that tells what stands in the way of a Kustomization, with the revision that was rendered
/// last, or of a source.
pub fn obstacle_event(obstacle: &Obstacle, id: &AppId, revision: Option<&SourceRevision>) -> Event {
    let is_source = id.kind.group.as_str() == names::SOURCE_GROUP;
    Event {
        warning: true,
        reason: obstacle.reason,
        message: obstacle.message.clone(),
        component: if is_source { names::SOURCE_COMPONENT } else { names::COMPONENT },
        annotations: annotations(revision),
    }
}

/// The event that says why nothing is written into a source: another controller writes it (P9).
pub fn foreign_source_event(why: &str) -> Event {
    Event {
        warning: true,
        reason: FOREIGN_OWNER,
        message: why.to_owned(),
        component: names::SOURCE_COMPONENT,
        annotations: Vec::new(),
    }
}

fn finished(told: &Announcement, app: &App, operation: Option<&Operation>) -> String {
    let Some((run, end)) = operation.and_then(|run| Some((run, run.finished_at?))) else {
        return told.message.clone();
    };
    let took = end.duration_since(run.started_at).try_into().unwrap_or_default();
    let next = match app.policy.self_heal {
        trimtab_model::SelfHeal::AtInterval(interval) => {
            format!(", next run in {}", duration::format(interval))
        }
        trimtab_model::SelfHeal::Never | trimtab_model::SelfHeal::Immediate => String::new(),
    };
    format!("Reconciliation finished in {}{next}", duration::format(took))
}
