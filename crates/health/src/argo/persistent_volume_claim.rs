//! `PersistentVolumeClaim`.

use super::Health;
use crate::Code;
use crate::object::{Malformed, text};
use serde_json::Value;

pub fn health(object: &Value) -> Result<Health, Malformed> {
    let code = match text(object, &["status", "phase"])? {
        "Lost" => Code::Degraded,
        "Pending" => Code::Progressing,
        "Bound" => Code::Healthy,
        _ => Code::Unknown,
    };
    Ok(Health::new(code, ""))
}
