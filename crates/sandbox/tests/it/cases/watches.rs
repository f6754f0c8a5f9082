//! How a watch begins, and what it is told.

use crate::script::Step;
use serde_json::{Value, json};

const ALL: &str = "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases";
const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const INITIAL: &str =
    "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

fn lease(name: &str, seconds: u64) -> Value {
    json!({"metadata": {"name": name}, "spec": {"leaseDurationSeconds": seconds}})
}

fn watch(query: &str) -> Step {
    Step::get(&format!("{ALL}?watch=1&timeoutSeconds=1&{query}"))
}

pub fn all() -> Vec<Step> {
    let one = |name: &str| format!("{ALL}/{name}");
    vec![
        Step::post(ALL, lease("a", 1)),
        Step::post(ALL, lease("b", 1)),
        watch(INITIAL),
        watch(INITIAL).accept(METADATA),
        watch(&format!("{INITIAL}&resourceVersion={{rv a}}")),
        watch("sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion={rv a}"),
        watch("allowWatchBookmarks=true"),
        watch("fieldSelector=metadata.name%3Db&allowWatchBookmarks=true&resourceVersion=0"),
        Step::merge(&one("b"), json!({"spec": {"leaseDurationSeconds": 2}})),
        Step::merge(&one("b"), json!({"spec": {"leaseDurationSeconds": 2}})),
        Step::delete(&one("b")),
        Step::post(ALL, lease("b", 3)),
        watch("resourceVersion={rv a}"),
        watch("fieldSelector=metadata.name%3Da&resourceVersion={rv a}"),
        watch(&format!("{INITIAL}&resourceVersion=99999999999")),
        watch("sendInitialEvents=true&resourceVersionMatch=Exact"),
        watch("sendInitialEvents=true"),
        watch("resourceVersionMatch=NotOlderThan"),
        watch("resourceVersionMatch=Exact&resourceVersion=1"),
        watch("resourceVersion=x"),
        Step::get(&format!("{ALL}?watch=1&timeoutSeconds=x")),
    ]
}
