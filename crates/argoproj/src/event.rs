//! Events of an Application.

use crate::names;
use serde_json::Value;
use trimtab_crd::{Event, Obstacle, read};
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
    let server = app.destination.cluster.as_deref();
    let namespace = app.destination.namespace.as_ref().map(ToString::to_string);
    Event {
        warning: told.warning,
        reason: reason(told.what),
        message: told.message.clone(),
        component: names::COMPONENT,
        annotations: destination(server, namespace.as_deref()),
    }
}

/// The event that tells what stands in the way of a resource, which may be one that cannot be read.
pub fn obstacle_event(obstacle: &Obstacle, resource: &Value) -> Event {
    let server = read::text(resource, "spec.destination.server");
    let server = server.or_else(|| read::text(resource, "spec.destination.name"));
    Event {
        warning: true,
        reason: obstacle.reason,
        message: obstacle.message.clone(),
        component: names::COMPONENT,
        annotations: destination(server, read::text(resource, "spec.destination.namespace")),
    }
}

/// The family's annotations of its events.
fn destination(server: Option<&str>, namespace: Option<&str>) -> Vec<(String, String)> {
    let server = server.unwrap_or(names::IN_CLUSTER_SERVER);
    vec![
        ("dest-namespace".to_owned(), namespace.unwrap_or_default().to_owned()),
        ("dest-server".to_owned(), server.to_owned()),
    ]
}
