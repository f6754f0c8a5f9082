//! Events of a Kustomization and of a `GitRepository`.

use crate::names;
use crate::revision::revision_text;
use trimtab_crd::{Event, duration};
use trimtab_model::App;
use trimtab_sync::{Announcement, Happening, Operation};

/// The reason that the family does not have: another controller is at work.
const FOREIGN_OWNER: &str = "ForeignOwner";

/// The event that tells of a happening, in the family's words. `operation` is the run that ended.
/// Source: kustomize-controller `kustomization_controller.go`.
pub fn event(told: &Announcement, app: &App, operation: Option<&Operation>) -> Event {
    let (reason, message) = match (told.what, told.warning) {
        (Happening::OperationCompleted, false) => {
            ("ReconciliationSucceeded", finished(told, app, operation))
        }
        (Happening::OperationCompleted, true) | (Happening::Deletion, _) => {
            ("ReconciliationFailed", told.message.clone())
        }
        (Happening::TakenOver, _) => ("TakenOver", told.message.clone()),
        (Happening::ForeignOwner, _) => (FOREIGN_OWNER, told.message.clone()),
    };
    let revision = operation.and_then(|operation| operation.revisions.first());
    let annotations = revision
        .map(|revision| (format!("{}/revision", names::KUSTOMIZE_GROUP), revision_text(revision)));
    Event {
        warning: told.warning,
        reason,
        message,
        component: names::COMPONENT,
        annotations: annotations.into_iter().collect(),
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
