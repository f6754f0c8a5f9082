//! What every object has, where it is wrong.

use super::custom;
use crate::script::Step;
use serde_json::{Value, json};

const MAPS: &str = "/api/v1/namespaces/{ns}/configmaps";

fn wrong() -> Vec<Value> {
    let owner = |kind: &str, name: &str, uid: &str| json!({"apiVersion": "v1", "kind": kind, "name": name, "uid": uid});
    vec![
        json!({"labels": {"a b": "c"}}),
        json!({"labels": {"a": "c d"}}),
        json!({"labels": {"a": "-c"}}),
        json!({"labels": {"a": "x".repeat(64)}}),
        json!({"labels": {"x".repeat(64): "c"}}),
        json!({"labels": {"a/b/c": "x"}}),
        json!({"labels": {"": "x"}}),
        json!({"labels": {"A.com/b": "x"}}),
        json!({"labels": {"a.com/": "x"}}),
        json!({"annotations": {"a b": "c"}}),
        json!({"annotations": {"A.com/b": "any thing"}}),
        json!({"annotations": {"a": "c".repeat(256 * 1024)}}),
        json!({"finalizers": ["x"]}),
        json!({"finalizers": ["a b"]}),
        json!({"finalizers": ["foregroundDeletion", "orphan"]}),
        json!({"ownerReferences": [owner("ConfigMap", "x", "")]}),
        json!({"ownerReferences": [owner("", "", "y")]}),
        json!({"generateName": "web-"}),
    ]
}

fn with(mut object: Value, metadata: &Value) -> Value {
    for (name, value) in metadata.as_object().unwrap() {
        object["metadata"][name] = value.clone();
    }
    object
}

/// On a kind that Kubernetes brings.
pub fn refused() -> Vec<Step> {
    let named =
        |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    let dry = format!("{MAPS}?dryRun=All");
    let there = format!("{MAPS}/there?dryRun=All&fieldManager=me");
    let mut steps = vec![Step::post(MAPS, named("there"))];
    for metadata in wrong() {
        steps.push(Step::post(&dry, with(named("new"), &metadata)));
        steps.push(Step::apply(&there, with(named("there"), &metadata)));
    }
    steps.extend([
        Step::post(MAPS, json!({"metadata": {"generateName": "web-"}})),
        Step::post(MAPS, json!({"metadata": {"generateName": "web-"}})),
    ]);
    steps
}

/// On a kind that a definition brings.
pub fn refused_custom() -> Vec<Step> {
    let named = |name: &str| with(custom::widget(json!({"size": "small"})), &json!({"name": name}));
    let all = custom::WIDGETS;
    let there = format!("{all}/there?dryRun=All&fieldManager=me");
    let mut steps = custom::defined(true);
    steps.push(Step::post(all, named("there")));
    // A finalizer without a domain is only warned of here.
    for metadata in wrong().into_iter().filter(|wrong| wrong["finalizers"] != json!(["x"])) {
        steps.push(Step::post(&format!("{all}?dryRun=All"), with(named("new"), &metadata)));
        steps.push(Step::apply(&there, with(named("there"), &metadata)));
    }
    for metadata in [
        json!({"labels": {"a": 1}}),
        json!({"labels": "x"}),
        json!({"annotations": {"a": true}}),
        json!({"finalizers": {}}),
        json!({"foo": "x"}),
    ] {
        steps.push(Step::post(&format!("{all}?dryRun=All"), with(named("new"), &metadata)));
        let strict = format!("{all}?dryRun=All&fieldValidation=Strict");
        steps.push(Step::post(&strict, with(named("new"), &metadata)));
        steps.push(Step::merge(&there, json!({"metadata": {"labels": {}, "annotations": {}}})));
    }
    steps
}
