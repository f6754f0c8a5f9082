//! What the server refuses, and how it says so.

use super::{Place, message};
use crate::{at, schema_of};
use serde_json::{Value, json};
use trimtab_merge::{Apply, Force, apply};

#[test]
fn a_manifest_that_does_not_fit_is_refused_in_the_same_words() {
    let place = Place::new();
    let deployment = |containers: Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "d", "namespace": place.namespace},
            "spec": {"selector": {"matchLabels": {"a": "b"}},
                "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": containers}}}})
    };
    let service = |ports: Value| {
        json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "s", "namespace": place.namespace}, "spec": {"ports": ports}})
    };
    let widget = |spec: Value| {
        json!({"apiVersion": "example.com/v1", "kind": "Widget",
            "metadata": {"name": "w", "namespace": place.namespace}, "spec": spec})
    };
    let config = |data: Value| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "c", "namespace": place.namespace}, "data": data})
    };
    let refused = [
        deployment(json!([{"name": "a", "env": [{"name": "E"}, {"name": "E"}]}])),
        deployment(json!([{"name": "a", "prots": []}])),
        deployment(json!([{"name": "a", "image": 1}])),
        deployment(json!([{"name": "a", "image": {"a": 1}}])),
        deployment(json!([{"name": "a", "tty": "yes"}])),
        deployment(json!([{"name": "a", "command": "x"}])),
        deployment(json!([{"image": "x"}, {"image": "y"}])),
        deployment(json!(["x"])),
        deployment(json!([null])),
        deployment(json!({"name": "a"})),
        deployment(json!([{"name": "a", "resources": {"limits": {"cpu": ["x"]}}}])),
        deployment(json!([{"name": "a", "readinessProbe": {"periodSeconds": "x"}}])),
        service(json!([{"port": 80}, {"port": 80, "protocol": "TCP"}])),
        service(json!([{"port": "http"}])),
        config(json!({"a": 1})),
        config(json!({"a": ["x"]})),
        config(json!("x")),
        widget(json!({"tags": ["a", "a"]})),
        widget(json!({"tags": [{"a": 1}]})),
        widget(json!({"unknown": 1})),
        widget(json!({"size": 1.5})),
    ];
    for object in refused {
        let answer = place.apply(&object, "fieldManager=ours&force=true");
        let ours = apply(&Apply {
            schema: &schema_of(&object),
            live: None,
            desired: &object,
            manager: &"ours".into(),
            subresource: "",
            force: Force::Take,
            now: at(0),
        });
        let said = message(&answer);
        assert_eq!(answer.code, 500, "{object}: {said}");
        assert_eq!(ours.expect_err(&said).to_string(), said, "{object}");
    }
}
