//! `DaemonSet`. Its controller always reports the generation that it has seen, so one that has not
//! is not there yet.

use super::generic::{generation, observed};
use super::{Computed, Status};
use crate::object::int_or;
use serde_json::Value;

pub fn status(kind: &str, object: &Value) -> Computed {
    if generation(object)?.is_none() {
        return Ok(Status::in_progress(format!("{kind} metadata.generation not found")));
    }
    if observed(object)?.is_none() {
        return Ok(Status::in_progress(format!("{kind} status.observedGeneration not found")));
    }
    Ok(pods(object))
}

fn pods(object: &Value) -> Status {
    let count = |name| int_or(object, &["status", name], 0);
    let wanted = int_or(object, &["status", "desiredNumberScheduled"], -1);
    let (current, updated) = (count("currentNumberScheduled"), count("updatedNumberScheduled"));
    let (available, ready) = (count("numberAvailable"), count("numberReady"));
    if wanted == -1 {
        Status::in_progress("Missing .status.desiredNumberScheduled")
    } else if wanted > current {
        Status::in_progress(format!("Current: {current}/{wanted}"))
    } else if wanted > updated {
        Status::in_progress(format!("Updated: {updated}/{wanted}"))
    } else if wanted > available {
        Status::in_progress(format!("Available: {available}/{wanted}"))
    } else if wanted > ready {
        Status::in_progress(format!("Ready: {ready}/{wanted}"))
    } else {
        Status::current(format!("All replicas scheduled as expected. Replicas: {wanted}"))
    }
}
