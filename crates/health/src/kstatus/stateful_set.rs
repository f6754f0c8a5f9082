//! `StatefulSet`. Its controller sets no conditions, so a failure cannot be told from slowness.

use super::Status;
use crate::object::{int_or, text_or};
use serde_json::Value;

pub fn status(object: &Value) -> Status {
    if text_or(object, &["spec", "updateStrategy", "type"], "") == "OnDelete" {
        return Status::current("StatefulSet is using the ondelete update strategy");
    }
    let wanted = int_or(object, &["spec", "replicas"], 1);
    let count = |name| int_or(object, &["status", name], 0);
    let (all, ready) = (count("replicas"), count("readyReplicas"));
    if wanted > all {
        return Status::in_progress(format!("Replicas: {all}/{wanted}"));
    }
    if wanted > ready {
        return Status::in_progress(format!("Ready: {ready}/{wanted}"));
    }
    if all > wanted {
        let old = all.saturating_sub(wanted);
        return Status::in_progress(format!("Pending termination: {old}"));
    }
    let partition = ["spec", "updateStrategy", "rollingUpdate", "partition"];
    match int_or(object, &partition, -1) {
        -1 => rolled_out(object, wanted),
        partition => partitioned(count("updatedReplicas"), wanted.saturating_sub(partition)),
    }
}

fn partitioned(updated: i64, wanted: i64) -> Status {
    if updated < wanted {
        Status::in_progress(format!("updated: {updated}/{wanted}"))
    } else {
        Status::current(format!("Partition rollout complete. updated: {updated}"))
    }
}

fn rolled_out(object: &Value, wanted: i64) -> Status {
    let current = int_or(object, &["status", "currentReplicas"], 0);
    if wanted > current {
        return Status::in_progress(format!("current: {current}/{wanted}"));
    }
    let revision = |name| text_or(object, &["status", name], "");
    if revision("currentRevision") != revision("updateRevision") {
        return Status::in_progress("Waiting for updated revision to match current");
    }
    let all = int_or(object, &["status", "replicas"], 0);
    Status::current(format!("All replicas scheduled as expected. Replicas: {all}"))
}
