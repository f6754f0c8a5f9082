//! What holds for objects of every kind: deletion, generations, and the conditions by convention.

use super::{Computed, Problem, Status, StatusCode};
use crate::object::{conditions, int, text};
use serde_json::Value;

/// The status, if it can be told without knowing the kind.
pub fn status(kind: &str, object: &Value) -> Result<Option<Status>, Problem> {
    let deletion = text(object, &["metadata", "deletionTimestamp"])
        .map_err(|error| looking_up("metadata.deletionTimestamp", &error))?;
    if !deletion.is_empty() {
        let message = "Resource scheduled for deletion";
        return Ok(Some(Status::new(StatusCode::Terminating, message)));
    }
    if let (Some(generation), Some(observed)) = (generation(object)?, observed(object)?)
        && generation != observed
    {
        return Ok(Some(Status::in_progress(format!(
            "{kind} generation is {generation}, but latest observed generation is {observed}"
        ))));
    }
    Ok(conditions(object)?.iter().find_map(|condition| {
        if condition.holds("Reconciling") {
            Some(Status::in_progress(condition.message))
        } else if condition.holds("Stalled") {
            Some(Status::failed(condition.message))
        } else {
            None
        }
    }))
}

/// The status of a kind without a rule of its own: its `Ready` condition, else there is nothing to
/// wait for.
pub fn ready(object: &Value) -> Computed {
    let conditions = conditions(object)?;
    let status = conditions.iter().filter(|condition| condition.kind == "Ready").find_map(
        |ready| match ready.status {
            "True" => Some(Status::current("Resource is Ready")),
            "False" | "Unknown" => Some(Status::in_progress(ready.message)),
            _ => None,
        },
    );
    Ok(status.unwrap_or_else(|| Status::current("Resource is current")))
}

pub fn generation(object: &Value) -> Result<Option<i64>, Problem> {
    let path = ["metadata", "generation"];
    int(object, &path).map_err(|error| looking_up("metadata.generation", &error))
}

pub fn observed(object: &Value) -> Result<Option<i64>, Problem> {
    let path = ["status", "observedGeneration"];
    int(object, &path).map_err(|error| looking_up("status.observedGeneration", &error))
}

fn looking_up(field: &str, error: &dyn std::error::Error) -> Problem {
    Problem(format!("looking up {field} from resource: {error}"))
}
