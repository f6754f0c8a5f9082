//! `CustomResourceDefinition`.

use super::{Computed, Status};
use crate::object::conditions;
use serde_json::Value;

pub fn status(object: &Value) -> Computed {
    for condition in conditions(object)? {
        match (condition.kind, condition.status) {
            ("NamesAccepted", "False") => return Ok(Status::failed(condition.message)),
            ("Established", "False") if condition.reason != "Installing" => {
                return Ok(Status::failed(condition.message));
            }
            ("Established", "True") => return Ok(Status::current("CRD is established")),
            _ => {}
        }
    }
    Ok(Status::in_progress("Install in progress"))
}
