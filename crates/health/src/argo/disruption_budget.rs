//! `PodDisruptionBudget`. Source: argo-cd `resource_customizations/policy/PodDisruptionBudget`.

use super::Health;
use crate::object::{Malformed, conditions};
use serde_json::Value;

/// Too few pods to disrupt any may be just what is wanted, so it is healthy.
pub fn health(object: &Value) -> Result<Health, Malformed> {
    let mut health = Health::progressing("Waiting for status");
    for condition in conditions(object)? {
        let message = format!("PodDisruptionBudget has {}", condition.reason);
        if condition.status == "False" && condition.reason != "InsufficientPods" {
            return Ok(Health::degraded(message));
        }
        health = Health::healthy(message);
    }
    Ok(health)
}
