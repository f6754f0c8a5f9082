//! What an object owns goes with it, after it, or stays.

use crate::script::Step;
use serde_json::{Value, json};

const ALL: &str = "/api/v1/namespaces/{ns}/configmaps";

fn config(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
}

fn owned(name: &str, owner: &str, blocks: bool) -> Value {
    let mut object = config(name);
    object["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "v1", "kind": "ConfigMap", "name": owner,
        "uid": format!("{{uid {owner}}}"), "blockOwnerDeletion": blocks,
    }]);
    object
}

fn delete(name: &str, policy: &str) -> Step {
    let options = json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy});
    Step::delete(&format!("{ALL}/{name}")).body(options)
}

fn read(name: &str) -> Step {
    Step::get(&format!("{ALL}/{name}"))
}

pub fn all() -> Vec<Step> {
    let mut held = owned("held", "front", true);
    held["metadata"]["finalizers"] = json!(["x.example.com/y"]);
    let mut nobodys = owned("nobodys", "back", false);
    nobodys["metadata"]["ownerReferences"][0]["uid"] =
        "00000000-0000-4000-8000-000000000000".into();
    vec![
        Step::post(ALL, config("back")),
        Step::post(ALL, owned("of-back", "back", false)),
        delete("back", "Background"),
        read("back"),
        read("of-back").until(404),
        Step::post(ALL, config("orphaner")),
        Step::post(ALL, owned("of-orphaner", "orphaner", true)),
        delete("orphaner", "Orphan"),
        read("orphaner").until(404),
        read("of-orphaner"),
        Step::post(ALL, config("front")),
        Step::post(ALL, held),
        delete("front", "Foreground"),
        delete("front", "Foreground"),
        read("front"),
        Step::merge(&format!("{ALL}/held"), json!({"metadata": {"finalizers": null}})).waits(),
        read("front").until(404),
        read("held"),
        Step::post(ALL, nobodys),
        read("nobodys").until(404),
    ]
}
