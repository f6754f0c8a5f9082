//! `DaemonSet`.

use super::Health;
use crate::object::{Malformed, int, text};
use serde_json::Value;

pub fn health(object: &Value) -> Result<Health, Malformed> {
    let generation = int(object, &["metadata", "generation"])?.unwrap_or(0);
    if generation > status(object, "observedGeneration")? {
        return Ok(Health::progressing(
            "Waiting for rollout to finish: observed daemon set generation less than desired \
             generation",
        ));
    }
    let updated = status(object, "updatedNumberScheduled")?;
    let wanted = status(object, "desiredNumberScheduled")?;
    if text(object, &["spec", "updateStrategy", "type"])? == "OnDelete" {
        return Ok(Health::healthy(format!(
            "daemon set {updated} out of {wanted} new pods have been updated"
        )));
    }
    let name = text(object, &["metadata", "name"])?;
    if updated < wanted {
        return Ok(Health::progressing(format!(
            "Waiting for daemon set {name:?} rollout to finish: {updated} out of {wanted} new pods \
             have been updated..."
        )));
    }
    let available = status(object, "numberAvailable")?;
    if available < wanted {
        return Ok(Health::progressing(format!(
            "Waiting for daemon set {name:?} rollout to finish: {available} of {wanted} updated \
             pods are available..."
        )));
    }
    Ok(Health::healthy(""))
}

fn status(object: &Value, name: &str) -> Result<i64, Malformed> {
    Ok(int(object, &["status", name])?.unwrap_or(0))
}
