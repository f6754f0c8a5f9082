//! Leases: written over exactly the state that was read.

use crate::script::{MERGE, Step};
use serde_json::{Value, json};

const ALL: &str = "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases";
const ONE: &str = "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/one";

fn lease(version: Option<&str>, holder: Value) -> Value {
    let mut lease = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "one"},
        "spec": {"holderIdentity": holder, "leaseDurationSeconds": 6, "leaseTransitions": 0,
            "acquireTime": "2026-01-01T00:00:00.000000Z", "renewTime": "2026-01-01T00:00:00.000000Z"},
    });
    if let Some(version) = version {
        lease["metadata"]["resourceVersion"] = version.into();
    }
    lease
}

pub fn life() -> Vec<Step> {
    vec![
        Step::post(ALL, lease(None, "a".into())),
        Step::post(ALL, lease(None, "b".into())),
        Step::put(ONE, lease(Some("{rv one}"), "b".into())),
        Step::put(ONE, lease(Some("1"), "c".into())),
        Step::put(ONE, lease(None, "c".into())),
        Step::put(ONE, lease(Some("{rv one}"), Value::Null)),
        Step::merge(ONE, json!({"spec": {"leaseDurationSeconds": 9}})),
        Step::new("PATCH", ONE).content(MERGE).body(json!({"spec": {"prots": 9}})),
        Step::get(ONE),
        Step::delete(ONE),
        Step::put(ONE, lease(None, "d".into())),
    ]
}
