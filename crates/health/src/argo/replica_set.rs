//! `ReplicaSet`.

use super::Health;
use crate::object::{Malformed, conditions, int};
use serde_json::Value;

pub fn health(object: &Value) -> Result<Health, Malformed> {
    let generation = int(object, &["metadata", "generation"])?.unwrap_or(0);
    let observed = int(object, &["status", "observedGeneration"])?.unwrap_or(0);
    if generation > observed {
        return Ok(Health::progressing(
            "Waiting for rollout to finish: observed replica set generation less than desired \
             generation",
        ));
    }
    let failure = conditions(object)?.into_iter().find(|one| one.kind == "ReplicaFailure");
    if let Some(failure) = failure.filter(|failure| failure.status == "True") {
        return Ok(Health::degraded(failure.message));
    }
    let available = int(object, &["status", "availableReplicas"])?.unwrap_or(0);
    let wanted = int(object, &["spec", "replicas"])?.filter(|wanted| available < *wanted);
    Ok(wanted.map_or_else(
        || Health::healthy(""),
        |wanted| {
            Health::progressing(format!(
                "Waiting for rollout to finish: {available} out of {wanted} new replicas are \
                 available..."
            ))
        },
    ))
}
