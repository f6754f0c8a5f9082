//! Rendered files into manifests and hooks, in helm's order. Source: helm `manifest_sorter.go`,
//! `kind_sorter.go`.

use std::collections::BTreeMap;

use trimtab_template::Text;

use super::head::Head;
use super::hook::{self, Hook, SkippedHook, Sort};
use super::split::documents;
use crate::failure::Failure;

/// A document that is applied with all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The path of its template: `app/templates/deployment.yaml`.
    pub path: String,
    /// The document.
    pub text: String,
    /// Its `apiVersion`; empty if it has none.
    pub api_version: String,
    /// Its kind; empty for what has none, such as a document of comments.
    pub kind: String,
}

/// The documents of files.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) manifests: Vec<Manifest>,
    pub(super) hooks: Vec<Hook>,
    pub(super) skipped: Vec<SkippedHook>,
}

/// Splits files by their paths into documents, and sorts these by their kinds.
///
/// # Errors
/// A document is no YAML.
pub(super) fn sorted(files: &BTreeMap<String, Text>) -> Result<Sorted, Failure> {
    let mut sorted = Sorted::default();
    for (path, text) in files {
        for document in documents(text) {
            let head = Head::read(path, document)?;
            let text = String::from_utf8_lossy(document).into_owned();
            match hook::sort(path, &text, &head) {
                Sort::Hook(hook) => sorted.hooks.push(hook),
                Sort::Skipped(hook) => sorted.skipped.push(hook),
                Sort::Ordinary => {
                    let Head { api_version, kind, .. } = head;
                    sorted.manifests.push(Manifest { path: path.clone(), text, api_version, kind });
                }
            }
        }
    }
    sorted.manifests.sort_by(|a, b| place(&a.kind).cmp(&place(&b.kind)));
    sorted.hooks.sort_by(|a, b| place(&a.kind).cmp(&place(&b.kind)));
    Ok(sorted)
}

/// Where a kind stands: those that others need first, and those that helm does not know last, by name.
fn place(kind: &str) -> (usize, &str) {
    match KINDS.iter().position(|known| *known == kind) {
        Some(at) => (at, ""),
        None => (KINDS.len(), kind),
    }
}

/// The kinds in the order in which they are applied.
const KINDS: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];
