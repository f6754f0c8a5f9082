//! `APIService`.

use super::Health;
use crate::Code;
use crate::object::{Malformed, conditions};
use serde_json::Value;

pub fn health(object: &Value) -> Result<Health, Malformed> {
    let available = conditions(object)?.into_iter().find(|condition| condition.kind == "Available");
    Ok(available.map_or_else(
        || Health::progressing("Waiting to be processed"),
        |one| {
            let code = if one.status == "True" { Code::Healthy } else { Code::Progressing };
            Health::new(code, format!("{}: {}", one.reason, one.message))
        },
    ))
}
