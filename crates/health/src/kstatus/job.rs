//! `Job`, by Flux's rule: a Job is current when it has completed, not while it runs.

use super::{Computed, Status};
use crate::object::{conditions, field, int_or, text_or};
use serde_json::Value;

pub fn status(object: &Value) -> Computed {
    if matches!(field(object, &["spec", "suspend"]), Ok(Some(Value::Bool(true)))) {
        return Ok(Status::current("Job is suspended"));
    }
    let parallelism = int_or(object, &["spec", "parallelism"], 1);
    let completions = int_or(object, &["spec", "completions"], parallelism);
    let count = |name| int_or(object, &["status", name], 0);
    let (active, succeeded, failed) = (count("active"), count("succeeded"), count("failed"));
    for condition in conditions(object)? {
        if condition.holds("Complete") {
            return Ok(Status::current(format!(
                "Job Completed. succeeded: {succeeded}/{completions}"
            )));
        }
        if condition.holds("Failed") {
            return Ok(Status::failed(format!("Job Failed. failed: {failed}/{completions}")));
        }
    }
    Ok(Status::in_progress(if text_or(object, &["status", "startTime"], "").is_empty() {
        format!("Job not started. active: 0/{parallelism}")
    } else {
        format!("Job in progress. success:{succeeded}, active: {active}, failed: {failed}")
    }))
}
