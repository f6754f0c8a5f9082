//! Namespaces: what they begin with and how they end.

use crate::script::Step;
use serde_json::{Value, json};

const ALL: &str = "/api/v1/namespaces";
const ONE: &str = "/api/v1/namespaces/{ns}-x";
const MAPS: &str = "/api/v1/namespaces/{ns}-x/configmaps";

fn namespace() -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{ns}-x"}})
}

fn config(name: &str, finalizers: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "finalizers": finalizers}})
}

pub fn life() -> Vec<Step> {
    vec![
        Step::post(
            ALL,
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a.b"}}),
        ),
        Step::apply(&format!("{ONE}?fieldManager=ours"), namespace()),
        Step::apply(&format!("{ONE}?fieldManager=ours"), namespace()),
        Step::merge(
            &format!("{ONE}?fieldManager=theirs"),
            json!({"metadata": {"labels": {"a": "b"}}}),
        ),
        Step::put(&format!("{ONE}?fieldManager=theirs"), namespace()),
        Step::get(&format!("{ALL}?fieldSelector=metadata.name%3D{{ns}}-x")),
        Step::get(&format!("{MAPS}/kube-root-ca.crt")).until(200),
        Step::get("/api/v1/namespaces/{ns}-x/serviceaccounts/default").until(200),
        Step::delete(&format!("{MAPS}/kube-root-ca.crt")),
        Step::post(MAPS, config("held", json!(["x.example.com/y"]))),
        Step::post(MAPS, config("free", Value::Null)),
        Step::delete(ONE),
        Step::post(MAPS, config("late", Value::Null)),
        Step::apply(&format!("{MAPS}/late?fieldManager=ours"), config("late", Value::Null)),
        Step::post(ALL, namespace()),
        Step::get(&format!("{MAPS}/free")).until(404),
        Step::merge(&format!("{MAPS}/held"), json!({"metadata": {"finalizers": null}})),
        Step::get(ONE).until(404),
        Step::post(MAPS, config("late", Value::Null)),
        Step::delete(ONE),
    ]
}
