//! `Deployment`.

use super::{Computed, Problem, Status};
use crate::object::{conditions, int_or};
use serde_json::Value;

/// The deadline that stands for none: the deployment controller then reports no progress.
const NO_DEADLINE: i64 = i32::MAX as i64;

pub fn status(object: &Value) -> Computed {
    let state = state(object)?;
    if state.late {
        return Ok(Status::failed("Progress deadline exceeded"));
    }
    Ok(replicas(object).unwrap_or_else(|| {
        if !state.progressed {
            Status::in_progress("ReplicaSet not Available")
        } else if !state.available {
            Status::in_progress("Deployment not Available")
        } else {
            let replicas = int_or(object, &["status", "replicas"], 0);
            Status::current(format!("Deployment is available. Replicas: {replicas}"))
        }
    }))
}

/// What the conditions say, as three facts of their own.
struct State {
    late: bool,
    progressed: bool,
    available: bool,
}

fn state(object: &Value) -> Result<State, Problem> {
    let deadline = int_or(object, &["spec", "progressDeadlineSeconds"], NO_DEADLINE);
    let mut state = State { late: false, progressed: deadline == NO_DEADLINE, available: false };
    for condition in conditions(object)? {
        state.late |=
            condition.kind == "Progressing" && condition.reason == "ProgressDeadlineExceeded";
        state.progressed |=
            condition.holds("Progressing") && condition.reason == "NewReplicaSetAvailable";
        state.available |= condition.holds("Available");
    }
    Ok(state)
}

/// The first count that is not as wanted.
fn replicas(object: &Value) -> Option<Status> {
    let wanted = int_or(object, &["spec", "replicas"], 1);
    let count = |name| int_or(object, &["status", name], 0);
    let (all, updated) = (count("replicas"), count("updatedReplicas"));
    let (ready, available) = (count("readyReplicas"), count("availableReplicas"));
    let message = if wanted > all {
        format!("Replicas: {all}/{wanted}")
    } else if wanted > updated {
        format!("Updated: {updated}/{wanted}")
    } else if all > wanted {
        format!("Pending termination: {}", all.saturating_sub(wanted))
    } else if updated > available {
        format!("Available: {available}/{updated}")
    } else if wanted > ready {
        format!("Ready: {ready}/{wanted}")
    } else {
        return None;
    };
    Some(Status::in_progress(message))
}
