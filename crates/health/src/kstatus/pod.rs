//! `Pod`.

use super::{Computed, Problem, Status};
use crate::object::{conditions, list, text, text_or};
use serde_json::Value;
use std::time::Duration;
use trimtab_model::Timestamp;

/// How long a new pod may stay unscheduled before it has failed.
const SCHEDULE_WINDOW: Duration = Duration::from_secs(15);

pub fn status(object: &Value, now: Timestamp) -> Computed {
    match text_or(object, &["status", "phase"], "") {
        "Succeeded" => Ok(Status::current("Pod has completed successfully")),
        "Failed" => Ok(Status::current("Pod has completed, but not successfully")),
        "Running" => running(object),
        "Pending" => pending(object, now),
        "" => Ok(Status::in_progress("Pod phase not available")),
        phase => Err(Problem(format!("unknown phase {phase}"))),
    }
}

/// Whether the scheduler has found no place for the pod.
pub fn is_unschedulable(object: &Value) -> bool {
    conditions(object).is_ok_and(|conditions| {
        let unscheduled = conditions
            .iter()
            .find(|condition| condition.kind == "PodScheduled" && condition.status == "False");
        unscheduled.is_some_and(|condition| condition.reason == "Unschedulable")
    })
}

fn running(object: &Value) -> Computed {
    if conditions(object)?.iter().any(|condition| condition.holds("Ready")) {
        return Ok(Status::current("Pod is Ready"));
    }
    let looping = crash_looping(object)?;
    Ok(if looping.is_empty() {
        Status::in_progress("Pod is running but is not Ready")
    } else {
        Status::failed(format!("Containers in CrashLoop state: {}", looping.join(",")))
    })
}

fn crash_looping(object: &Value) -> Result<Vec<&str>, Problem> {
    let mut names = Vec::new();
    for container in list(object, &["status", "containerStatuses"])? {
        if text(container, &["state", "waiting", "reason"])? == "CrashLoopBackOff" {
            names.push(text(container, &["name"])?);
        }
    }
    Ok(names)
}

fn pending(object: &Value, now: Timestamp) -> Computed {
    conditions(object)?;
    if !is_unschedulable(object) {
        return Ok(Status::in_progress("Pod is in the Pending phase"));
    }
    let created = text_or(object, &["metadata", "creationTimestamp"], "");
    let deadline = created.parse::<Timestamp>().ok();
    let deadline = deadline.and_then(|created| created.checked_add(SCHEDULE_WINDOW).ok());
    Ok(match deadline {
        Some(deadline) if now < deadline => Status {
            changes_at: Some(deadline),
            ..Status::in_progress("Pod has not been scheduled")
        },
        _ => Status::failed("Pod could not be scheduled"),
    })
}
