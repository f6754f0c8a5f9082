//! `Service`.

use super::Status;
use crate::object::text_or;
use serde_json::Value;

pub fn status(object: &Value) -> Status {
    let balanced = text_or(object, &["spec", "type"], "ClusterIP") == "LoadBalancer";
    if balanced && text_or(object, &["spec", "clusterIP"], "").is_empty() {
        return Status::in_progress("ClusterIP not set. Service type: LoadBalancer");
    }
    Status::current("Service is ready")
}
