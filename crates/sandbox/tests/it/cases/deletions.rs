//! The options of deletions.

use crate::script::Step;
use serde_json::{Value, json};

const ALL: &str = "/api/v1/namespaces/{ns}/configmaps";

fn config(name: &str, metadata: Value) -> Value {
    let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
    object["metadata"]["name"] = name.into();
    object
}

fn delete(name: &str, query: &str, options: Value) -> Step {
    Step::delete(&format!("{ALL}/{name}{query}")).body(options)
}

pub fn all() -> Vec<Step> {
    let held = json!({"finalizers": ["x.example.com/y"]});
    let policy = |policy: &str| json!({"propagationPolicy": policy});
    let dry = |mut options: Value| {
        options["dryRun"] = json!(["All"]);
        options
    };
    vec![
        Step::post(ALL, config("held", held.clone())),
        delete("held", "", json!({"dryRun": ["All"], "gracePeriodSeconds": 0})),
        delete("held", "", dry(policy("Foreground"))),
        delete("held", "", dry(policy("Orphan"))),
        delete("held", "", dry(policy("Background"))),
        delete("held", "", dry(json!({"orphanDependents": true}))),
        delete("held", "", dry(json!({"orphanDependents": false}))),
        delete("held", "", dry(json!({"orphanDependents": true, "propagationPolicy": "Orphan"}))),
        Step::delete(&format!("{ALL}/held?dryRun=All&propagationPolicy=Foreground")),
        delete(
            "held",
            "",
            dry(json!({"preconditions": {"uid": "{uid held}", "resourceVersion": "1"}})),
        ),
        delete(
            "held",
            "",
            dry(json!({"preconditions": {"uid": "x", "resourceVersion": "{rv held}"}})),
        ),
        delete("held", "", json!({"preconditions": {"uid": "{uid held}"}})),
        delete("held", "", json!({"preconditions": {"resourceVersion": "{rv held}"}})),
        Step::post(ALL, config("held", json!({}))),
        Step::put(&format!("{ALL}/held"), config("held", held)),
        Step::put(&format!("{ALL}/held"), config("held", json!({}))),
        Step::get(&format!("{ALL}/held")),
        Step::post(ALL, config("free", json!({}))),
        delete("free", "", dry(policy("Background"))),
        delete("free", "", policy("Foreground")),
        Step::get(&format!("{ALL}/free")).until(404),
        Step::post(ALL, config("free", json!({}))),
        delete("free", "", json!({"orphanDependents": true})),
        Step::get(&format!("{ALL}/free")).until(404),
        Step::post(ALL, config("one", json!({"labels": {"app": "web"}}))),
        Step::post(ALL, config("two", json!({"labels": {"app": "web"}}))),
        Step::delete(&format!("{ALL}?labelSelector=app&dryRun=All")),
        Step::delete(&format!("{ALL}?labelSelector=app")),
        Step::delete(&format!("{ALL}?labelSelector=app")),
        Step::get(&format!("{ALL}/one")),
        Step::put(&format!("{ALL}/one"), json!({"metadata": {}})),
    ]
}
