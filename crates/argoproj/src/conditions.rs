//! Conditions of an Application: a type, a sentence, since when.

use serde_json::{Value, json};
use trimtab_crd::read;
use trimtab_model::Timestamp;
use trimtab_sync::{Condition, ConditionKind};

/// The type that says that the inventory stands in shards, and the list of objects was cut (P11).
pub const TRUNCATED: &str = "ResourcesTruncatedWarning";

/// The type that says that objects which were never applied are not listed.
pub const UNLISTED: &str = "ResourcesUnlistedWarning";

/// The family's name of a kind. Types of ours end as the family's do, so that clients show them as
/// errors or warnings.
pub fn name(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::InvalidSpec => "InvalidSpecError",
        ConditionKind::Comparison => "ComparisonError",
        ConditionKind::NotSupported => "NotSupportedError",
        ConditionKind::LeftOut => "NotSupportedWarning",
        ConditionKind::Sync => "SyncError",
        ConditionKind::Deletion => "DeletionError",
        ConditionKind::SharedResource => "SharedResourceWarning",
        ConditionKind::RepeatedResource => "RepeatedResourceWarning",
        ConditionKind::PruneHeld => "PruneHeldWarning",
        ConditionKind::Contended => "ContendedWarning",
        ConditionKind::ClaimedBy => "ClaimedByWarning",
        ConditionKind::Inventory => "InventoryError",
        ConditionKind::Truncated => TRUNCATED,
        ConditionKind::Unknown => "UnknownError",
    }
}

/// Writes conditions sorted by type and message. One that stood there already keeps its time. What
/// the list of objects has to say comes as a type and a message.
pub fn write(
    conditions: &[Condition],
    list: Option<(&str, &str)>,
    status: &Value,
    now: Timestamp,
) -> Vec<Value> {
    let told = conditions.iter().filter(|c| c.kind != ConditionKind::Truncated);
    let mut wanted: Vec<(&str, &str)> =
        told.map(|c| (name(c.kind), c.message.as_str())).chain(list).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let since = |kind: &str, message: &str| {
        read::list(status, "conditions")
            .iter()
            .find(|old| old["type"] == kind && old["message"] == message)
            .and_then(|old| read::text(old, "lastTransitionTime"))
            .map_or_else(|| read::seconds(now), str::to_owned)
    };
    wanted
        .into_iter()
        .map(|(kind, message)| {
            json!({"type": kind, "message": message, "lastTransitionTime": since(kind, message)})
        })
        .collect()
}
