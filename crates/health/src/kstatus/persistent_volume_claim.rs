//! `PersistentVolumeClaim`.

use super::Status;
use crate::object::text_or;
use serde_json::Value;

pub fn status(object: &Value) -> Status {
    match text_or(object, &["status", "phase"], "unknown") {
        "Bound" => Status::current("PVC is Bound"),
        phase => Status::in_progress(format!("PVC is not Bound. phase: {phase}")),
    }
}
