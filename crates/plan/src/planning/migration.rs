//! Whether predecessors' entries must move into ours before an apply.

use crate::{LiveObject, World};
use serde_json::Value;
use trimtab_model::{LAST_APPLIED, Tracking};

/// Whether the object has update entries of known predecessors, or kubectl's annotation, or may have
/// no entries at all. What is not kept (a Secret, the entries of others) may say otherwise: who
/// carries the step out reads the object first.
pub(super) fn needs_migration(world: &World<'_>, live: &LiveObject) -> bool {
    let Some(body) = world.live.body(live) else { return true };
    let metadata = &body["metadata"];
    metadata["annotations"].get(LAST_APPLIED).is_some()
        || metadata["managedFields"].as_array().is_none_or(|entries| {
            entries.is_empty() || entries.iter().any(|e| is_predecessor(&world.app.tracking, e))
        })
}

fn is_predecessor(tracking: &Tracking, entry: &Value) -> bool {
    let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default();
    text("operation") == "Update"
        && text("subresource").is_empty()
        && tracking.predecessors.iter().any(|known| known.means(text("manager")))
}
