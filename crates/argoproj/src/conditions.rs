//! Conditions of an Application: a type, a sentence, since when.

use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use trimtab_crd::{read, sentence};
use trimtab_model::{Timestamp, limit, text_order};
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
        ConditionKind::Window => "SyncWindowWarning",
        ConditionKind::PruneHeld => "PruneHeldWarning",
        ConditionKind::PruneWaiting => "PruneWaitingWarning",
        ConditionKind::Contended => "ContendedWarning",
        ConditionKind::ClaimedBy => "ClaimedByWarning",
        ConditionKind::Inventory => "InventoryError",
        ConditionKind::Truncated => TRUNCATED,
        ConditionKind::Unknown => "UnknownError",
    }
}

/// Writes conditions sorted by type and, as people count, by message: of one file the first mistake stands
/// first. One that stood there already keeps its time. What
/// the list of objects has to say comes as a type and a message.
pub fn write(
    conditions: &[Condition],
    list: Option<(&str, &str)>,
    status: &Value,
    now: Timestamp,
) -> Vec<Value> {
    let told = conditions.iter().filter(|c| c.kind != ConditionKind::Truncated);
    let told = told.map(|c| (name(c.kind), c.message.as_str())).chain(list);
    let mut wanted: Vec<(&str, Cow<'_, str>)> =
        told.map(|(kind, message)| (kind, sentence(message))).collect();
    sort(&mut wanted);
    wanted.dedup();
    let wanted = bounded(wanted);
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
            json!({"type": kind, "message": message, "lastTransitionTime": since(kind, &message)})
        })
        .collect()
}

/// What one condition takes beside its type and message.
const FRAME_BYTES: u64 = 80;

/// Keeps as many conditions as may stand in a status, errors before warnings and at least one of each
/// type (P11); the rest of a type is counted in one more of it.
fn bounded<'a>(wanted: Vec<(&'a str, Cow<'a, str>)>) -> Vec<(&'a str, Cow<'a, str>)> {
    let bytes =
        |(kind, message): &(&str, Cow<'_, str>)| (kind.len() + message.len()) as u64 + FRAME_BYTES;
    let first = |at: usize| at == 0 || wanted[at - 1].0 != wanted[at].0;
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|at| (!first(*at), !wanted[*at].0.ends_with("Error"), *at));
    let mut room = limit::STATUS_CONDITIONS_BYTES_MAX;
    let mut stays = vec![false; wanted.len()];
    for at in order {
        let taken = bytes(&wanted[at]);
        stays[at] = first(at) || taken <= room;
        room = room.saturating_sub(taken);
    }
    let mut more: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for (condition, stays) in wanted.into_iter().zip(stays) {
        if stays {
            kept.push(condition);
        } else {
            *more.entry(condition.0).or_default() += 1;
        }
    }
    let counted = more.into_iter();
    kept.extend(counted.map(|(kind, n)| (kind, format!("{n} more of these are not shown").into())));
    sort(&mut kept);
    kept
}

/// By type, then by message as people count.
fn sort(conditions: &mut [(&str, Cow<'_, str>)]) {
    conditions.sort_unstable_by(|a, b| a.0.cmp(b.0).then_with(|| text_order(&a.1, &b.1)));
}
