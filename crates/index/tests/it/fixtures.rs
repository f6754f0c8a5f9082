//! Objects as a server sends them.

use serde_json::{Value, json};
use trimtab_index::{Decoder, MarkRule, Rules, SecretKey};
use trimtab_model::{GroupKind, GroupVersionKind, Mark, ObjectKey, OwnerClaim, Timestamp};
use trimtab_plan::LiveObject;

pub const TRACKING: &str = "argocd.argoproj.io/tracking-id";
pub const NAME: &str = "kustomize.toolkit.fluxcd.io/name";
pub const NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";

pub fn rules() -> Rules {
    Rules {
        marks: vec![
            MarkRule {
                mark: Mark::Annotation {
                    name: TRACKING.into(),
                    installation: "argocd.argoproj.io/installation-id".into(),
                    unmarked: vec![],
                },
                manager: "argocd-controller".into(),
                predecessors: vec!["kubectl-client-side-apply".into(), "old-*".into()],
            },
            MarkRule {
                mark: Mark::Labels { name: NAME.into(), namespace: NAMESPACE.into() },
                manager: "kustomize-controller".into(),
                predecessors: vec![],
            },
        ],
        annotations: vec!["example.com/keep".into()],
        secret_key: SecretKey([7; 32]),
    }
}

pub fn decoder() -> Decoder {
    Decoder::new(rules())
}

pub fn deployment_kind() -> GroupVersionKind {
    GroupVersionKind::of("apps/v1", "Deployment")
}

pub fn config_kind() -> GroupVersionKind {
    GroupVersionKind::of("v1", "ConfigMap")
}

pub fn config_key(name: &str) -> ObjectKey {
    ObjectKey::namespaced(&GroupKind::new("", "ConfigMap"), "shop", name)
}

pub fn shop() -> OwnerClaim {
    OwnerClaim::new(TRACKING, "shop")
}

pub fn entry(manager: &str, operation: &str, fields: &Value) -> Value {
    json!({
        "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields, "manager": manager,
        "operation": operation, "time": "2026-01-01T00:00:00Z",
    })
}

/// A ConfigMap of the application `shop`, applied by it.
pub fn config(name: &str, uid: &str, version: &str, value: &str) -> Value {
    let fields = json!({
        "f:data": {"f:a": {}},
        "f:metadata": {"f:annotations": {"f:argocd.argoproj.io/tracking-id": {}}},
    });
    json!({
        "metadata": {
            "name": name, "namespace": "shop", "uid": uid, "resourceVersion": version,
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "annotations": {TRACKING: format!("shop:/ConfigMap:shop/{name}")},
            "managedFields": [entry("argocd-controller", "Apply", &fields)],
        },
        "data": {"a": value},
    })
}

pub fn row_of(kind: &GroupVersionKind, object: &Value) -> LiveObject {
    decoder().row(kind, &object.to_string(), Timestamp::UNIX_EPOCH).expect("the object is whole")
}

pub fn config_row(name: &str, uid: &str, version: &str) -> LiveObject {
    row_of(&config_kind(), &config(name, uid, version, "1"))
}
