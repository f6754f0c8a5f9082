//! What stands in the way of an Application, as its conditions say it.

use crate::conditions::name;
use serde_json::Value;
use trimtab_crd::{Obstacle, read};
use trimtab_sync::{ConditionKind, Operation, tells_of_a_failed_sync};

/// The kinds of conditions for which an Application, or a part of it, is not brought into effect. That its
/// deletion cannot go on is told by the deletion; the others warn of what is done, or not done, as meant.
const KINDS: [ConditionKind; 7] = [
    ConditionKind::InvalidSpec,
    ConditionKind::Comparison,
    ConditionKind::NotSupported,
    ConditionKind::Sync,
    ConditionKind::PruneHeld,
    ConditionKind::Inventory,
    ConditionKind::Unknown,
];

/// What of the conditions stands in the way, by their types. What a sync says itself when it ends is not
/// in it; `operation` is the last one.
pub fn obstacles(conditions: &[Value], operation: Option<&Operation>) -> Vec<Obstacle> {
    let runs = operation.is_some_and(|operation| !operation.phase.is_over());
    let is_of_a_sync = |kind: ConditionKind, message: &str| {
        kind == ConditionKind::Sync && (runs || tells_of_a_failed_sync(message))
    };
    let obstacle = |condition: &Value| {
        let kind = KINDS.into_iter().find(|kind| condition["type"] == name(*kind))?;
        let message = read::text(condition, "message").filter(|said| !is_of_a_sync(kind, said))?;
        Some(Obstacle { reason: name(kind), message: message.to_owned() })
    };
    conditions.iter().filter_map(obstacle).collect()
}
