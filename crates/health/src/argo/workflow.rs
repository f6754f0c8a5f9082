//! `Workflow`, of Argo Workflows.

use super::Health;
use crate::Code;
use crate::object::{Malformed, text_or};
use serde_json::Value;

#[expect(clippy::unnecessary_wraps, reason = "all checks have one signature")]
pub fn health(object: &Value) -> Result<Health, Malformed> {
    let code = match text_or(object, &["status", "phase"], "") {
        "" | "Pending" | "Running" => Code::Progressing,
        "Succeeded" => Code::Healthy,
        "Failed" | "Error" => Code::Degraded,
        _ => Code::Unknown,
    };
    Ok(Health::new(code, text_or(object, &["status", "message"], "")))
}
