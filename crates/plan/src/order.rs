//! In which order objects go: the two families' tables.

use trimtab_model::ObjectKey;

/// The order of kinds inside a wave; what is not in it comes after it.
/// Source: argo-cd `gitops-engine/pkg/sync/sync_tasks.go`.
const KINDS_OF_WAVES: [&str; 35] = [
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
];

/// The order of kinds inside a stage: first these, then what is in neither table, then
/// [`LAST_KINDS_OF_STAGES`]. Source: fluxcd/pkg `ssa/sort.go`.
const KINDS_OF_STAGES: [&str; 23] = [
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// What a stage applies after everything else.
const LAST_KINDS_OF_STAGES: [&str; 2] =
    ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// The place of an object inside its wave: by kind, then by name.
pub(crate) fn place_in_wave(key: &ObjectKey) -> (usize, &str, &ObjectKey) {
    (kind_in_wave(key), key.name.as_str(), key)
}

fn kind_in_wave(key: &ObjectKey) -> usize {
    let known = KINDS_OF_WAVES.iter().position(|kind| *kind == key.kind.as_str());
    known.unwrap_or(KINDS_OF_WAVES.len())
}

/// Which objects of a wave may be applied at the same time. What others need in order to exist at
/// all comes first, then what pods read when they start, then what starts pods, then the rest.
pub(crate) fn tier_in_wave(key: &ObjectKey) -> u8 {
    match key.kind.as_str() {
        "Namespace" | "CustomResourceDefinition" => 0,
        _ => match kind_in_wave(key) {
            // Up to Service.
            0..=22 => 1,
            // Up to Ingress.
            23..=33 => 2,
            _ => 3,
        },
    }
}

/// The stage of an object, from 1: definitions, classes, the rest.
/// Source: fluxcd/pkg `ssa/manager_apply.go`.
pub(crate) fn stage(key: &ObjectKey) -> u8 {
    match key.kind.as_str() {
        "CustomResourceDefinition" | "Namespace" | "ClusterRole" => 1,
        kind if kind.ends_with("Class") => 2,
        _ => LAST_STAGE,
    }
}

/// The stage that nothing waits for.
pub(crate) const LAST_STAGE: u8 = 3;

/// The place of an object inside its stage: by kind, then by group, kind, namespace and name.
pub fn place_in_stage(key: &ObjectKey) -> (usize, &ObjectKey) {
    (kind_in_stage(key), key)
}

fn kind_in_stage(key: &ObjectKey) -> usize {
    let kind = key.kind.as_str();
    let first = KINDS_OF_STAGES.iter().position(|known| *known == kind);
    let last = || LAST_KINDS_OF_STAGES.iter().position(|known| *known == kind);
    let others = KINDS_OF_STAGES.len();
    first.or_else(|| last().map(|place| others + 1 + place)).unwrap_or(others)
}

/// Which objects of a stage may be applied at the same time.
pub(crate) fn tier_in_stage(key: &ObjectKey) -> u8 {
    match kind_in_stage(key) {
        // Up to LimitRange.
        0..=18 => 0,
        place if place <= KINDS_OF_STAGES.len() => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::{place_in_stage, place_in_wave, stage, tier_in_stage, tier_in_wave};
    use trimtab_model::{GroupKind, ObjectKey};

    fn keys(kinds: &[&str]) -> Vec<ObjectKey> {
        kinds.iter().map(|kind| ObjectKey::cluster(&GroupKind::new("", *kind), "x")).collect()
    }

    #[test]
    fn tiers_never_contradict_the_order_of_kinds_but_for_definitions() {
        let sorted =
            keys(&["Namespace", "NetworkPolicy", "Service", "Deployment", "Ingress", "Foo"]);
        assert!(sorted.is_sorted_by_key(|key| (tier_in_wave(key), place_in_wave(key).0)));
        assert_eq!(tier_in_wave(&keys(&["CustomResourceDefinition"])[0]), 0);
    }

    #[test]
    fn webhooks_come_last_in_a_stage() {
        let sorted = keys(&[
            "ClusterRoleBinding",
            "Secret",
            "Deployment",
            "Foo",
            "MutatingWebhookConfiguration",
        ]);
        assert!(sorted.is_sorted_by_key(|key| (tier_in_stage(key), place_in_stage(key).0)));
    }

    #[test]
    fn classes_are_a_stage_of_their_own() {
        let stages: Vec<u8> =
            keys(&["ClusterRole", "StorageClass", "Service"]).iter().map(stage).collect();
        assert_eq!(stages, [1, 2, 3]);
    }
}
