//! Events of an Application.

use crate::names;
use trimtab_crd::Event;
use trimtab_model::App;
use trimtab_sync::{Announcement, Happening};

/// The reason of the event that tells of a happening. Source: argo-cd `util/argo/audit_logger.go`.
pub fn reason(happening: Happening) -> &'static str {
    match happening {
        Happening::OperationCompleted => "OperationCompleted",
        Happening::Deletion => "StatusRefreshed",
        Happening::TakenOver => "TakenOver",
        Happening::ForeignOwner => "ForeignOwner",
    }
}

/// The event that tells of a happening, as the family posts it.
pub fn event(told: &Announcement, app: &App) -> Event {
    let server = app.destination.cluster.as_deref().unwrap_or(names::IN_CLUSTER_SERVER);
    let namespace = app.destination.namespace.as_ref().map(ToString::to_string);
    Event {
        warning: told.warning,
        reason: reason(told.what),
        message: told.message.clone(),
        component: names::COMPONENT,
        annotations: vec![
            ("dest-namespace".to_owned(), namespace.unwrap_or_default()),
            ("dest-server".to_owned(), server.to_owned()),
        ],
    }
}
