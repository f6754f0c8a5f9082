//! Kinds that fail with their pods.

use super::{Status, StatusCode, kstatus, pod};
use crate::object::field;
use serde_json::Value;
use trimtab_model::{GroupVersionKind, Timestamp};

/// The status of a live object, looking at its pods too: a StatefulSet or a ReplicaSet in progress has
/// failed when pods that its selector matches have. Pods that are being deleted, and those that wait
/// for a node, do not count: both pass. For other kinds pods change nothing.
pub fn kstatus_with_pods<'a>(
    kind: &GroupVersionKind,
    object: &Value,
    pods: impl IntoIterator<Item = &'a Value>,
    now: Timestamp,
) -> Status {
    let status = kstatus(kind, object, now);
    let has_pods =
        matches!((kind.group.as_str(), kind.kind.as_str()), ("apps", "StatefulSet" | "ReplicaSet"));
    if !has_pods || status.code != StatusCode::InProgress {
        return status;
    }
    match pods.into_iter().filter(|pod| has_failed(pod, now)).count() {
        0 => status,
        failed => Status::failed(format!("{failed} pods have failed")),
    }
}

fn has_failed(pod: &Value, now: Timestamp) -> bool {
    let deleted = !matches!(field(pod, &["metadata", "deletionTimestamp"]), Ok(None));
    !deleted
        && !pod::is_unschedulable(pod)
        && kstatus(&GroupVersionKind::of("v1", "Pod"), pod, now).code == StatusCode::Failed
}
