//! `CronJob`. Source: argo-cd `resource_customizations/batch/CronJob`.

use super::Health;
use crate::object::{Malformed, field, flag, list, text};
use serde_json::Value;

pub fn health(object: &Value) -> Result<Health, Malformed> {
    if flag(object, &["spec", "suspend"])? {
        return Ok(Health::healthy("CronJob is Suspended"));
    }
    if field(object, &["status"])?.is_none() {
        return Ok(Health::progressing("Waiting for CronJob"));
    }
    let scheduled = text(object, &["status", "lastScheduleTime"])?;
    let successful = text(object, &["status", "lastSuccessfulTime"])?;
    let active = !list(object, &["status", "active"])?.is_empty();
    Ok(match (scheduled, successful) {
        ("", _) => Health::healthy("CronJob has not been scheduled yet"),
        (_, "") => {
            Health::healthy("The CronJob never completed successfully. It may not be healthy")
        }
        _ if active => {
            Health::healthy("The job is running. Its last execution may not have been successful")
        }
        // Both are RFC 3339 in UTC to the second, so their order as text is their order in time.
        _ if successful < scheduled => {
            Health::degraded("CronJob has not completed its last execution successfully")
        }
        _ => Health::healthy("CronJob has completed its last execution successfully"),
    })
}
