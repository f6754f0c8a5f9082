//! `HorizontalPodAutoscaler`. Version 2 has conditions; version 1 has them as JSON in an annotation.

use super::Health;
use crate::object::{Condition, Malformed, conditions, field};
use serde_json::{Map, Value};

const ANNOTATION: [&str; 3] =
    ["metadata", "annotations", "autoscaling.alpha.kubernetes.io/conditions"];

/// The conditions, by type and reason, in which nothing scales.
const DEGRADED: [(&str, &str); 8] = [
    ("AbleToScale", "FailedGetScale"),
    ("AbleToScale", "FailedUpdateScale"),
    ("ScalingActive", "FailedGetResourceMetric"),
    ("ScalingActive", "FailedGetObjectMetric"),
    ("ScalingActive", "FailedGetPodsMetric"),
    ("ScalingActive", "FailedGetExternalMetric"),
    ("ScalingActive", "FailedComputeMetricsReplicas"),
    ("ScalingActive", "InvalidSelector"),
];

pub fn health_v2(object: &Value) -> Result<Health, Malformed> {
    Ok(judge(&conditions(object)?))
}

pub fn health_v1(object: &Value) -> Result<Health, Malformed> {
    let Some(Value::String(annotation)) = field(object, &ANNOTATION)? else {
        return Ok(judge(&[]));
    };
    Ok(match serde_json::from_str::<Option<Vec<Map<String, Value>>>>(annotation) {
        Ok(listed) => judge(&listed.iter().flatten().map(condition).collect::<Vec<_>>()),
        Err(error) => {
            Health::failed(format!("failed to convert conditions annotation to typed: {error}"))
        }
    })
}

fn condition(fields: &Map<String, Value>) -> Condition<'_> {
    // Go reads JSON names whatever their case, and the annotation is read that way.
    let text = |name: &str| {
        let named = |(key, _): &(&String, &Value)| key.eq_ignore_ascii_case(name);
        fields.iter().find(named).and_then(|(_, value)| value.as_str()).unwrap_or_default()
    };
    Condition {
        kind: text("type"),
        status: text("status"),
        reason: text("reason"),
        message: text("message"),
    }
}

fn judge(conditions: &[Condition<'_>]) -> Health {
    let broken = conditions.iter().find(|one| DEGRADED.contains(&(one.kind, one.reason)));
    let works =
        conditions.iter().find(|one| one.holds("AbleToScale") || one.holds("ScalingLimited"));
    match (broken, works) {
        (Some(condition), _) => Health::degraded(condition.message),
        (None, Some(condition)) => Health::healthy(condition.message),
        (None, None) => Health::progressing("Waiting to Autoscale"),
    }
}
