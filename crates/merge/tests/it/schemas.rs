//! What the table of built-in kinds and custom resource definitions say, seen through sets.

use crate::generate::widget_definition;
use serde_json::{Value, json};
use trimtab_merge::{Origin, Schema, drop_unknown, duplicate_list_keys, set_of, unknown_fields};
use trimtab_model::GroupVersionKind;

fn built_in(version: &str, kind: &str) -> Schema {
    Schema::built_in(&GroupVersionKind::of(version, kind)).expect("every server has it")
}

fn shown(schema: &Schema, object: &Value) -> Vec<String> {
    set_of(schema, object).paths().iter().map(ToString::to_string).collect()
}

#[test]
fn defaults_of_key_fields_are_part_of_keys() {
    let service = json!({"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}});
    let expected =
        [".spec.ports[port=80,protocol=\"TCP\"]", ".spec.ports[port=80,protocol=\"TCP\"].port"];
    assert_eq!(shown(&built_in("v1", "Service"), &service), expected);
}

#[test]
fn what_is_atomic_counts_whole_and_what_is_empty_as_present() {
    let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a"}, "spec": {
        "selector": {"matchLabels": {"a": "b"}}, "volumeClaimTemplates": [{"metadata": {"name": "d"}}],
        "template": {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}}});
    let expected = [
        ".spec.selector",
        ".spec.template.spec.volumes[name=\"v\"]",
        ".spec.template.spec.volumes[name=\"v\"].emptyDir",
        ".spec.template.spec.volumes[name=\"v\"].name",
        ".spec.volumeClaimTemplates",
    ];
    assert_eq!(shown(&built_in("apps/v1", "StatefulSet"), &set), expected);
}

#[test]
fn the_status_is_nobodys_where_it_is_a_subresource() {
    let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "status": {"replicas": 1}});
    assert!(shown(&built_in("apps/v1", "Deployment"), &object).is_empty());
    assert!(built_in("apps/v1", "Deployment").has_status_subresource());
    assert!(!built_in("v1", "ConfigMap").has_status_subresource());
}

#[test]
fn a_kind_that_no_server_has_is_not_built_in() {
    assert!(Schema::built_in(&GroupVersionKind::of("example.com/v1", "Widget")).is_none());
    assert!(Schema::built_in(&GroupVersionKind::of("apps/v1beta1", "Deployment")).is_none());
}

#[test]
fn a_custom_resource_merges_as_its_definition_says() {
    let schema = Schema::from_crd(&widget_definition(), "v1").expect("it has the version");
    assert_eq!(schema.origin(), Origin::CustomResource);
    let widget = json!({"apiVersion": "example.com/v1", "kind": "Widget",
        "metadata": {"name": "a", "labels": {"a": "b"}}, "spec": {
        "parts": [{"name": "a", "port": 1}], "tags": ["x"], "steps": [{"run": "a"}],
        "whole": {"a": 1}, "free": {"a": {"b": [1]}}, "limit": "5%",
        "embedded": {"metadata": {"labels": {"c": "d"}}}}});
    let expected = [
        ".metadata.labels.a",
        ".spec.embedded.metadata.labels.c",
        ".spec.free.a",
        ".spec.free.a.b",
        ".spec.limit",
        ".spec.parts[name=\"a\",port=1,protocol=\"TCP\"]",
        ".spec.parts[name=\"a\",port=1,protocol=\"TCP\"].name",
        ".spec.parts[name=\"a\",port=1,protocol=\"TCP\"].port",
        ".spec.steps",
        ".spec.tags[=\"x\"]",
        ".spec.whole",
    ];
    assert_eq!(shown(&schema, &widget), expected);
    let other = Schema::from_crd(&widget_definition(), "v2").unwrap_err();
    assert_eq!(other.to_string(), "widgets.example.com has no version `v2`");
}

#[test]
fn of_an_unknown_kind_maps_are_granular_and_lists_are_not() {
    let object =
        json!({"apiVersion": "a/v1", "kind": "B", "spec": {"a": {"b": [{"c": 1}], "d": {}}}});
    let expected = [".spec", ".spec.a", ".spec.a.b", ".spec.a.d"];
    assert_eq!(shown(&Schema::deduced(), &object), expected);
}

#[test]
fn unknown_fields_are_named_and_can_be_dropped() {
    let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replica": 1,
        "template": {"spec": {"containers": [{"name": "a", "prots": [], "env": [
            {"name": "E", "val": 1}, {"name": "E", "val": 2}]}]}}}});
    let schema = built_in("apps/v1", "Deployment");
    let paths: Vec<String> =
        unknown_fields(&schema, &object).iter().map(ToString::to_string).collect();
    let expected = [
        ".spec.replica",
        ".spec.template.spec.containers[name=\"a\"].env[name=\"E\"].val",
        ".spec.template.spec.containers[name=\"a\"].prots",
    ];
    assert_eq!(paths, expected);
    let paths: Vec<String> =
        duplicate_list_keys(&schema, &object).iter().map(ToString::to_string).collect();
    assert_eq!(paths, [".spec.template.spec.containers[name=\"a\"].env[name=\"E\"]"]);
    drop_unknown(&schema, &mut object);
    assert!(unknown_fields(&schema, &object).is_empty());
    let env = &object["spec"]["template"]["spec"]["containers"][0]["env"];
    assert_eq!(*env, json!([{"name": "E"}, {"name": "E"}]));
}
