//! What stands in the way of a Kustomization or a `GitRepository`, as its conditions say it.

use crate::status::condition_name;
use serde_json::Value;
use trimtab_crd::{Obstacle, read, sentence};
use trimtab_sync::{ConditionKind, FailurePoint, Operation};

/// The reasons of a `Ready` that is False for which nothing is begun. What a run fails at it says itself
/// when it ends. Source: kustomize-controller `kustomization_controller.go`, source-controller
/// `gitrepository_controller.go`.
const REASONS: [&str; 9] = [
    reason(FailurePoint::Source),
    reason(FailurePoint::Build),
    reason(FailurePoint::Live),
    reason(FailurePoint::NotSupported),
    "InvalidSpec",
    "UnknownError",
    "AuthenticationFailed",
    "GitOperationFailed",
    "NotSupported",
];

/// Conditions of ours for which a part is not brought into effect.
const KINDS: [ConditionKind; 2] = [ConditionKind::PruneHeld, ConditionKind::Inventory];

/// The reason of `Ready` where something failed.
pub const fn reason(point: FailurePoint) -> &'static str {
    match point {
        FailurePoint::Source => "ArtifactFailed",
        FailurePoint::Build => "BuildFailed",
        FailurePoint::Live | FailurePoint::Apply => "ReconciliationFailed",
        FailurePoint::Prune => "PruneFailed",
        FailurePoint::Health => "HealthCheckFailed",
        FailurePoint::NotSupported => "NotSupportedError",
    }
}

/// What of the conditions stands in the way. What a run says itself when it ends is not in it;
/// `operation` is the last one.
pub fn obstacles(conditions: &[Value], operation: Option<&Operation>) -> Vec<Obstacle> {
    let is_of_a_run =
        |message: &str| operation.is_some_and(|run| *sentence(&run.message) == *message);
    let obstacle = |condition: &Value| {
        let message = read::text(condition, "message")?;
        let found = if condition["type"] == "Ready" && condition["status"] == "False" {
            let found = REASONS.into_iter().find(|known| condition["reason"] == *known)?;
            let is_said = found == reason(FailurePoint::Apply) && is_of_a_run(message);
            (!is_said).then_some(found)?
        } else {
            let mut names = KINDS.map(condition_name).into_iter();
            names.find(|name| condition["type"] == *name && condition["status"] == "True")?
        };
        Some(Obstacle { reason: found, message: message.to_owned() })
    };
    conditions.iter().filter_map(obstacle).collect()
}
