//! `CustomResourceDefinition`.
//! Source: argo-cd `resource_customizations/apiextensions.k8s.io/CustomResourceDefinition`.

use super::Health;
use crate::object::{Condition, Malformed, conditions};
use serde_json::Value;

/// A definition without any status yet is on its way; the reference fails to judge it, which is an
/// evident mistake.
pub fn health(object: &Value) -> Result<Health, Malformed> {
    let conditions = conditions(object)?;
    if conditions.is_empty() {
        return Ok(Health::progressing("Status conditions not found"));
    }
    if let Some(verdict) = conditions.iter().find_map(verdict) {
        return Ok(verdict);
    }
    let established = conditions.iter().any(|condition| condition.holds("Established"));
    Ok(if established {
        Health::healthy("CRD is healthy")
    } else {
        Health::degraded("CRD is not established")
    })
}

/// What one condition decides alone.
fn verdict(condition: &Condition<'_>) -> Option<Health> {
    let message = condition.message;
    match (condition.kind, condition.status) {
        ("Terminating", "True") => {
            Some(Health::progressing(format!("CRD is terminating: {message}")))
        }
        ("NamesAccepted", "False") => {
            Some(Health::degraded(format!("CRD names have not been accepted: {message}")))
        }
        ("NonStructuralSchema", "True") => {
            Some(Health::degraded(format!("Schema violations found: {message}")))
        }
        ("Established", status) if status != "True" && condition.reason == "Installing" => {
            Some(Health::progressing("CRD is being installed"))
        }
        _ => None,
    }
}
