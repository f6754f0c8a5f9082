//! Status as kstatus computes it, with Flux's own rule for Jobs.
//!
//! Source of rules and messages: fluxcd/cli-utils 1.2.1, `pkg/kstatus/status` and
//! `pkg/kstatus/polling/statusreaders`; fluxcd/pkg `runtime/statusreaders/job.go`.

mod custom_resource_definition;
mod daemon_set;
mod deployment;
mod generic;
mod job;
mod persistent_volume_claim;
mod pod;
mod pods;
mod replica_set;
mod service;
mod stateful_set;

pub use pods::kstatus_with_pods;

use crate::Code;
use crate::object::Malformed;
use serde_json::Value;
use std::fmt;
use trimtab_model::{GroupVersionKind, Timestamp};

/// Where an object stands on the way to its desired state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusCode {
    /// On its way.
    InProgress,
    /// It will not get there by itself.
    Failed,
    /// There.
    Current,
    /// Being deleted.
    Terminating,
    /// Not in the cluster.
    NotFound,
    /// It could not be judged.
    Unknown,
}

impl StatusCode {
    /// The word that users see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Failed => "Failed",
            Self::Current => "Current",
            Self::Terminating => "Terminating",
            Self::NotFound => "NotFound",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The same in the words that both families share here.
impl From<StatusCode> for Code {
    fn from(status: StatusCode) -> Self {
        match status {
            StatusCode::Current => Self::Healthy,
            StatusCode::InProgress | StatusCode::Terminating => Self::Progressing,
            StatusCode::NotFound => Self::Missing,
            StatusCode::Failed => Self::Degraded,
            StatusCode::Unknown => Self::Unknown,
        }
    }
}

/// The status of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// In one word.
    pub code: StatusCode,
    /// In a sentence.
    pub message: String,
    /// When the answer may change although the object does not.
    pub changes_at: Option<Timestamp>,
}

impl Status {
    /// The status of an object that is not in the cluster.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NotFound, "Resource not found")
    }

    fn new(code: StatusCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), changes_at: None }
    }

    fn current(message: impl Into<String>) -> Self {
        Self::new(StatusCode::Current, message)
    }

    fn in_progress(message: impl Into<String>) -> Self {
        Self::new(StatusCode::InProgress, message)
    }

    fn failed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::Failed, message)
    }
}

/// The status of a live object now. Only a pod that cannot be scheduled is judged by time.
pub fn kstatus(kind: &GroupVersionKind, object: &Value, now: Timestamp) -> Status {
    computed(kind, object, now).unwrap_or_else(|error| Status::new(StatusCode::Unknown, error.0))
}

/// Why an object has no status.
struct Problem(String);

impl From<Malformed> for Problem {
    fn from(malformed: Malformed) -> Self {
        Self(malformed.to_string())
    }
}

type Computed = Result<Status, Problem>;

fn computed(kind: &GroupVersionKind, object: &Value, now: Timestamp) -> Computed {
    let (group, name) = (kind.group.as_str(), kind.kind.as_str());
    // Flux reads Jobs by its own rule alone: not even their deletion is looked at.
    if (group, name) == ("batch", "Job") {
        return job::status(object).map_err(|Problem(problem)| {
            Problem(format!("Failed to compute job status: {problem}"))
        });
    }
    if let Some(status) = generic::status(name, object)? {
        return Ok(status);
    }
    match (group, name) {
        ("", "Service") => Ok(service::status(object)),
        ("", "Pod") => pod::status(object, now),
        ("", "Secret" | "ConfigMap") | ("batch", "CronJob") => {
            Ok(Status::current("Resource is always ready"))
        }
        ("", "PersistentVolumeClaim") => Ok(persistent_volume_claim::status(object)),
        ("apps", "StatefulSet") => Ok(stateful_set::status(object)),
        ("apps" | "extensions", "DaemonSet") => daemon_set::status(name, object),
        ("apps" | "extensions", "Deployment") => deployment::status(object),
        ("apps" | "extensions", "ReplicaSet") => replica_set::status(object),
        ("policy", "PodDisruptionBudget") => {
            Ok(Status::current("AllowedDisruptions has been computed."))
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            custom_resource_definition::status(object)
        }
        _ => generic::ready(object),
    }
}
