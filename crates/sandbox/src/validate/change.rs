//! What a change must leave as it is.

use crate::refusal::Cause;
use crate::server::Target;
use crate::write::metadata::{finalizers, is_ending, text};
use serde_json::Value;

const IMMUTABLE: &str = "field is immutable";

/// Metadata that no write changes.
pub(super) fn of_metadata(live: &Value, object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    for name in ["uid", "creationTimestamp"] {
        if object["metadata"][name] != live["metadata"][name] {
            let value = text(object, name).into();
            let cause = Cause::invalid(&format!("metadata.{name}"), &value, IMMUTABLE);
            // The server asks twice, once for every kind and once for this one.
            causes.extend([cause.clone(), cause]);
        }
    }
    if is_ending(live) {
        let known: Vec<&str> = finalizers(live).collect();
        let new: Vec<String> = finalizers(object)
            .filter(|finalizer| !known.contains(finalizer))
            .map(|finalizer| format!("{finalizer:?}"))
            .collect();
        if !new.is_empty() {
            let why = format!(
                "no new finalizers can be added if the object is being deleted, found new \
                 finalizers []string{{{}}}",
                new.join(", ")
            );
            let cause = Cause::forbidden("metadata.finalizers", &why);
            causes.extend([cause.clone(), cause]);
        }
    }
    causes
}

/// Fields that a kind does not let change.
pub(super) fn of_kind(target: &Target, live: &Value, object: &Value) -> Vec<Cause> {
    let paths: &[&str] = match (target.resource.group.as_str(), target.resource.plural.as_str()) {
        ("apps", "deployments" | "replicasets" | "daemonsets") => &["spec.selector"],
        ("batch", "jobs") => &["spec.selector", "spec.template"],
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => {
            return role(live, object).into_iter().collect();
        }
        ("storage.k8s.io", "storageclasses") => &["provisioner", "parameters", "reclaimPolicy"],
        ("", "secrets") => &["type"],
        _ => &[],
    };
    let mut causes: Vec<Cause> = paths
        .iter()
        .filter(|path| at(live, path) != at(object, path))
        .map(|path| Cause::invalid(path, at(object, path).unwrap_or(&Value::Null), IMMUTABLE))
        .collect();
    causes.extend(kept_for_good(target, live, object));
    causes.extend(stateful(target, live, object));
    causes
}

/// What a binding grants stays what it is. The server prints its own type here.
fn role(live: &Value, object: &Value) -> Option<Cause> {
    let role = &object["roleRef"];
    let printed = serde_json::json!({
        "APIGroup": role["apiGroup"], "Kind": role["kind"], "Name": role["name"],
    });
    (live["roleRef"] != *role).then(|| Cause::invalid("roleRef", &printed, "cannot change roleRef"))
}

fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(object, |value, step| value.get(step))
}

/// A ConfigMap or Secret that says so never changes again.
fn kept_for_good(target: &Target, live: &Value, object: &Value) -> Vec<Cause> {
    let is_data = target.resource.is("", "configmaps") || target.resource.is("", "secrets");
    if !is_data || live["immutable"] != Value::Bool(true) {
        return Vec::new();
    }
    let why = "field is immutable when `immutable` is set";
    ["immutable", "data", "binaryData"]
        .into_iter()
        .filter(|name| live.get(*name) != object.get(*name))
        .map(|name| Cause::forbidden(name, why))
        .collect()
}

/// The fields of a StatefulSet that may change.
const STATEFUL: [&str; 7] = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

fn stateful(target: &Target, live: &Value, object: &Value) -> Option<Cause> {
    if !target.resource.is("apps", "statefulsets") {
        return None;
    }
    let rest = |object: &Value| {
        let mut spec = object["spec"].clone();
        if let Some(fields) = spec.as_object_mut() {
            fields.retain(|name, _| !STATEFUL.contains(&name.as_str()));
        }
        spec
    };
    let why = "updates to statefulset spec for fields other than 'replicas', 'ordinals', \
               'template', 'updateStrategy', 'revisionHistoryLimit', \
               'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
    (rest(live) != rest(object)).then(|| Cause::forbidden("spec", why))
}
