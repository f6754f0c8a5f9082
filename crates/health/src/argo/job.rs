//! `Job`.

use super::Health;
use crate::Code;
use crate::object::{Malformed, conditions};
use serde_json::Value;

/// The presence of a condition counts, not its truth; only `Suspended` must be true.
pub fn health(object: &Value) -> Result<Health, Malformed> {
    let (mut failure, mut message, mut suspended, mut over) = (None, "", false, false);
    for condition in conditions(object)? {
        match condition.kind {
            "Failed" => failure = Some(condition.message),
            "Complete" => message = condition.message,
            "Suspended" => {
                message = condition.message;
                suspended |= condition.status == "True";
            }
            _ => continue,
        }
        over = true;
    }
    Ok(match failure {
        Some(failure) => Health::degraded(failure),
        None if !over => Health::progressing(message),
        None if suspended => Health::new(Code::Suspended, ""),
        None => Health::healthy(message),
    })
}
