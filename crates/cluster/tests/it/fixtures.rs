//! What the tests apply, and on whose terms.

use serde_json::{Value, json};
use trimtab_cluster::Options;
use trimtab_index::{MarkRule, Rules, SecretKey};
use trimtab_model::{Document, GroupKind, GroupVersionKind, Mark, ObjectKey, Scope};
use trimtab_plan::LiveObject;
use trimtab_ports::cluster::{Apply, Detail, Mode, PartOfWork, Target, Term, Terms, WatchRequest};

pub const MANAGER: &str = "argocd-controller";
pub const TRACKING: &str = "argocd.argoproj.io/tracking-id";

pub fn options() -> Options {
    Options::new(Rules {
        marks: vec![MarkRule {
            mark: Mark::Annotation {
                name: TRACKING.into(),
                installation: "argocd.argoproj.io/installation-id".into(),
                unmarked: vec![],
            },
            manager: MANAGER.into(),
            predecessors: vec!["kubectl-client-side-apply".into()],
        }],
        annotations: vec![],
        secret_key: SecretKey([7; 32]),
    })
}

pub fn terms(lane: &str) -> Terms {
    Terms { lane: lane.into(), part: PartOfWork::GoesOn, term: Term::endless() }
}

pub fn config_target(namespace: &str, name: &str) -> Target {
    let kind = GroupKind::new("", "ConfigMap");
    Target { key: ObjectKey::namespaced(&kind, namespace, name), version: "v1".into() }
}

/// A ConfigMap of the application `shop`, as it is applied.
pub fn config(namespace: &str, name: &str, data: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "annotations": {TRACKING: format!("shop:/ConfigMap:{namespace}/{name}")},
        },
        "data": data,
    })
}

pub fn apply(target: Target, body: &Value, mode: Mode) -> Apply {
    let (manager, terms) = (MANAGER.into(), terms("shop"));
    Apply { target, body: Document::of(body), manager, mode, dry_run: false, terms }
}

pub fn update(row: &LiveObject) -> Mode {
    Mode::Update {
        uid: row.uid.clone(),
        seen: row.resource_version.clone(),
        entry: row.entry,
        exactly: false,
    }
}

pub fn watch_request(kind: &str, plural: &str, namespace: &str) -> WatchRequest {
    WatchRequest {
        kind: GroupVersionKind::of("v1", kind),
        plural: plural.into(),
        scope: Scope::Namespaced,
        namespace: Some(namespace.into()),
        detail: Detail::Rows,
    }
}
