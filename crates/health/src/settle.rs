//! What a live object itself says about whether its status is about its present spec.

use crate::object;
use serde_json::Value;
use trimtab_model::GroupVersionKind;

/// The API groups that a plain API server serves by itself; a kind of any other group comes from a
/// `CustomResourceDefinition` or an aggregated API.
const BUILT_IN_GROUPS: [&str; 24] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

/// Whether the object's controller has seen its present spec, as far as the object says. One that
/// reports no `status.observedGeneration` says nothing, and counts as caught up: [`settles`] is the
/// rule for it.
pub fn caught_up(object: &Value) -> bool {
    let generation = object::int(object, &["metadata", "generation"]);
    let observed = object::int(object, &["status", "observedGeneration"]);
    match (generation, observed) {
        (Ok(Some(generation)), Ok(Some(observed))) => generation <= observed,
        _ => true,
    }
}

/// Whether the object must be left alone for `SETTLE_SECONDS` before its health counts: a custom
/// resource whose controller does not report the generation that it has seen.
pub fn settles(object: &Value) -> bool {
    let api_version = object::text_or(object, &["apiVersion"], "");
    let group = GroupVersionKind::of(api_version, "").group;
    let custom = !BUILT_IN_GROUPS.contains(&group.as_str());
    custom && !matches!(object::int(object, &["status", "observedGeneration"]), Ok(Some(_)))
}

#[cfg(test)]
mod tests {
    use super::{caught_up, settles};
    use serde_json::json;

    #[test]
    fn a_status_about_an_older_spec_does_not_count() {
        let mut object =
            json!({"metadata": {"generation": 2}, "status": {"observedGeneration": 1}});
        assert!(!caught_up(&object));
        object["status"]["observedGeneration"] = json!(2);
        assert!(caught_up(&object));
    }

    #[test]
    fn an_object_that_says_nothing_counts_as_caught_up() {
        assert!(caught_up(&json!({"metadata": {"generation": 2}})));
        assert!(caught_up(&json!({"status": {"observedGeneration": "x"}})));
    }

    #[test]
    fn a_custom_resource_settles_until_it_reports_a_generation() {
        let mut widget = json!({"apiVersion": "example.com/v1", "kind": "Widget"});
        assert!(settles(&widget));
        widget["status"] = json!({"observedGeneration": 1});
        assert!(!settles(&widget));
    }

    #[test]
    fn a_built_in_kind_never_settles() {
        assert!(!settles(&json!({"apiVersion": "v1", "kind": "Service"})));
        assert!(!settles(&json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress"})));
        assert!(settles(&json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway"})));
    }
}
