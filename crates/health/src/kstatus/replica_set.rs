//! `ReplicaSet`.

use super::{Computed, Status};
use crate::object::{conditions, int_or};
use serde_json::Value;

pub fn status(object: &Value) -> Computed {
    if conditions(object)?.iter().any(|condition| condition.holds("ReplicaFailure")) {
        return Ok(Status::in_progress("Replica Failure condition. Check Pods"));
    }
    let wanted = int_or(object, &["spec", "replicas"], 1);
    let count = |name| int_or(object, &["status", name], 0);
    let (all, labelled) = (count("replicas"), count("fullyLabeledReplicas"));
    let (ready, available) = (count("readyReplicas"), count("availableReplicas"));
    Ok(if wanted > labelled {
        Status::in_progress(format!("Labelled: {labelled}/{wanted}"))
    } else if wanted > available {
        Status::in_progress(format!("Available: {available}/{wanted}"))
    } else if wanted > ready {
        Status::in_progress(format!("Ready: {ready}/{wanted}"))
    } else if all > wanted {
        Status::in_progress(format!("Pending termination: {}", all.saturating_sub(wanted)))
    } else {
        Status::current(format!("ReplicaSet is available. Replicas: {all}"))
    })
}
