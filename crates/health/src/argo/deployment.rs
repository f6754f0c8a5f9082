//! `Deployment`.

use super::Health;
use crate::Code;
use crate::object::{Malformed, conditions, flag, int, text};
use serde_json::Value;

pub fn health(object: &Value) -> Result<Health, Malformed> {
    if flag(object, &["spec", "paused"])? {
        return Ok(Health::new(Code::Suspended, "Deployment is paused"));
    }
    let generation = int(object, &["metadata", "generation"])?.unwrap_or(0);
    if generation > status(object, "observedGeneration")? {
        return Ok(Health::progressing(
            "Waiting for rollout to finish: observed deployment generation less than desired \
             generation",
        ));
    }
    if late(object)? {
        let name = text(object, &["metadata", "name"])?;
        return Ok(Health::degraded(format!("Deployment {name:?} exceeded its progress deadline")));
    }
    replicas(object)
}

fn late(object: &Value) -> Result<bool, Malformed> {
    let progress =
        conditions(object)?.into_iter().find(|condition| condition.kind == "Progressing");
    Ok(progress.is_some_and(|condition| condition.reason == "ProgressDeadlineExceeded"))
}

fn replicas(object: &Value) -> Result<Health, Malformed> {
    let updated = status(object, "updatedReplicas")?;
    if let Some(wanted) = int(object, &["spec", "replicas"])?.filter(|wanted| updated < *wanted) {
        return Ok(Health::progressing(format!(
            "Waiting for rollout to finish: {updated} out of {wanted} new replicas have been \
             updated..."
        )));
    }
    let old = status(object, "replicas")?.saturating_sub(updated);
    if old > 0 {
        return Ok(Health::progressing(format!(
            "Waiting for rollout to finish: {old} old replicas are pending termination..."
        )));
    }
    let available = status(object, "availableReplicas")?;
    if available < updated {
        return Ok(Health::progressing(format!(
            "Waiting for rollout to finish: {available} of {updated} updated replicas are \
             available..."
        )));
    }
    Ok(Health::healthy(""))
}

fn status(object: &Value, name: &str) -> Result<i64, Malformed> {
    Ok(int(object, &["status", name])?.unwrap_or(0))
}
