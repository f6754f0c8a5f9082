//! Health as Argo CD judges it.
//!
//! Source of rules and messages: argo-cd 3.5.1, `gitops-engine/pkg/health`; for three kinds,
//! `resource_customizations`.

mod api_service;
mod autoscaler;
mod cron_job;
mod custom_resource_definition;
mod daemon_set;
mod deployment;
mod disruption_budget;
mod ingress;
mod job;
mod persistent_volume_claim;
mod pod;
mod replica_set;
mod service;
mod stateful_set;
mod workflow;

use crate::Code;
use crate::object::{self, Malformed};
use serde_json::Value;
use trimtab_model::GroupVersionKind;

/// How a live object is doing, and what its kind's check says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// In one word.
    pub code: Code,
    /// In a sentence; often empty where nothing is wrong.
    pub message: String,
    /// The check itself failed, so the code is `Unknown` and the message says why. An application
    /// with such an object has a comparison error.
    pub failed: bool,
}

impl Health {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), failed: false }
    }

    fn healthy(message: impl Into<String>) -> Self {
        Self::new(Code::Healthy, message)
    }

    fn progressing(message: impl Into<String>) -> Self {
        Self::new(Code::Progressing, message)
    }

    fn degraded(message: impl Into<String>) -> Self {
        Self::new(Code::Degraded, message)
    }

    fn failed(message: String) -> Self {
        Self { code: Code::Unknown, message, failed: true }
    }
}

/// The health of a live object; `None` for a kind that has no check. An object that is being deleted
/// is on its way, whatever its kind.
pub fn argo(kind: &GroupVersionKind, object: &Value) -> Option<Health> {
    match object::field(object, &["metadata", "deletionTimestamp"]) {
        Ok(Some(_)) => Some(Health::progressing("Pending deletion")),
        Ok(None) | Err(_) => argo_despite_deletion(kind, object),
    }
}

/// As [`argo`], for an object whose deletion somebody holds up on purpose and whose outcome is still
/// wanted: a hook that has ended, and that its sync keeps with a finalizer until it has looked.
pub fn argo_despite_deletion(kind: &GroupVersionKind, object: &Value) -> Option<Health> {
    let (versions, check) = check(kind)?;
    let short = match kind.kind.as_str() {
        "HorizontalPodAutoscaler" => "HPA",
        kind => kind,
    };
    if !versions.is_empty() && !versions.contains(&kind.version.as_str()) {
        let message =
            format!("unsupported {short} GVK: {}, Kind={}", kind.api_version(), kind.kind);
        return Some(Health::failed(message));
    }
    Some(check(object).unwrap_or_else(|malformed| {
        Health::failed(format!("failed to convert unstructured {short} to typed: {malformed}"))
    }))
}

type Check = fn(&Value) -> Result<Health, Malformed>;

/// The check of a kind, and the versions that it reads; none listed means all.
fn check(kind: &GroupVersionKind) -> Option<(&'static [&'static str], Check)> {
    Some(match (kind.group.as_str(), kind.kind.as_str()) {
        ("apps", "Deployment") => (&["v1"], deployment::health),
        ("apps", "StatefulSet") => (&["v1"], stateful_set::health),
        ("apps", "ReplicaSet") => (&["v1"], replica_set::health),
        ("apps", "DaemonSet") => (&["v1"], daemon_set::health),
        ("", "Pod") => (&["v1"], pod::health),
        ("", "Service") => (&["v1"], service::health),
        ("", "PersistentVolumeClaim") => (&["v1"], persistent_volume_claim::health),
        ("batch", "Job") => (&["v1"], job::health),
        ("batch", "CronJob") => (&[], cron_job::health),
        ("autoscaling", "HorizontalPodAutoscaler") if kind.version.as_str() == "v1" => {
            (&["v1"], autoscaler::health_v1)
        }
        ("autoscaling", "HorizontalPodAutoscaler") => (&["v2"], autoscaler::health_v2),
        ("apiregistration.k8s.io", "APIService") => (&["v1", "v1beta1"], api_service::health),
        ("extensions" | "networking.k8s.io", "Ingress") => (&[], ingress::health),
        ("policy", "PodDisruptionBudget") => (&[], disruption_budget::health),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            (&[], custom_resource_definition::health)
        }
        ("argoproj.io", "Workflow") => (&[], workflow::health),
        _ => return None,
    })
}
