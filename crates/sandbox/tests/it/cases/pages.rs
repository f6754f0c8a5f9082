//! Lists in parts, and lists of earlier states.

use crate::script::Step;
use serde_json::{Value, json};

const ALL: &str = "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases";

fn lease(name: &str) -> Value {
    json!({"metadata": {"name": name, "labels": {"app": "web"}}})
}

fn list(query: &str) -> Step {
    Step::get(&format!("{ALL}?{query}"))
}

/// One page after the other, while objects come and go.
pub fn read() -> Vec<Step> {
    let mut steps: Vec<Step> =
        ["a", "b", "c", "d", "e"].map(|name| Step::post(ALL, lease(name))).into();
    steps.extend([
        list("limit=2"),
        Step::delete(&format!("{ALL}/c")),
        list("limit=2&continue={continue}"),
        list("limit=2&continue={continue}"),
        list("limit=2"),
        list("labelSelector=app&limit=2"),
        list("labelSelector=app&limit=2&continue={continue}"),
        list("limit=2&resourceVersion=0"),
        list("limit=2&resourceVersion={rv d}"),
        list("limit=2&resourceVersionMatch=Exact&resourceVersion={rv d}"),
        list("resourceVersionMatch=Exact&resourceVersion={rv b}"),
        list("resourceVersion={rv b}"),
        list("limit=2&resourceVersionMatch=NotOlderThan&resourceVersion={rv b}"),
        list("limit=0"),
        list("limit=-1"),
        list("limit=99"),
    ]);
    steps
}

/// Options that do not go together.
pub fn refused() -> Vec<Step> {
    vec![
        Step::post(ALL, lease("a")),
        Step::post(ALL, lease("b")),
        list("limit=1"),
        list("limit=x"),
        list("limit=1&resourceVersion=5&continue={continue}"),
        list("limit=1&resourceVersionMatch=Exact&continue={continue}"),
        list("limit=1&resourceVersion=0&continue={continue}"),
        list("resourceVersionMatch=Exact&resourceVersion=0"),
        list("resourceVersionMatch=Some&resourceVersion=1"),
        list("resourceVersionMatch=Exact"),
        list("sendInitialEvents=true"),
        list("resourceVersion=99999999999"),
        Step::get(&format!("{ALL}/a?resourceVersion=x")),
    ]
}
