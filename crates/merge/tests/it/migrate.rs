//! Taking over from managers that wrote by updates.

use serde_json::{Value, json};
use trimtab_merge::{FieldSet, LAST_APPLIED, migration, restoration};
use trimtab_model::FieldManager;

fn entry(manager: &str, operation: &str, subresource: &str, fields: &Value) -> Value {
    json!({"manager": manager, "operation": operation, "apiVersion": "v1", "subresource": subresource,
        "fieldsType": "FieldsV1", "fieldsV1": fields, "time": "2026-01-01T00:00:00Z"})
}

fn live(entries: &[Value], annotations: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "resourceVersion": "7",
        "annotations": annotations, "managedFields": entries}})
}

fn moved(live: &Value) -> Option<Value> {
    let predecessors = ["kubectl-client-*", "argocd-controller"].map(FieldManager::from);
    migration(live, &"ours".into(), &predecessors).expect("the object can be read")
}

#[test]
fn updates_of_predecessors_become_our_apply_and_the_annotation_goes() {
    let remembered = format!("f:{LAST_APPLIED}");
    let live = live(
        &[
            entry(
                "kubectl-client-side-apply",
                "Update",
                "",
                &json!({"f:data": {"f:a": {}},
                "f:metadata": {"f:annotations": {remembered: {}, "f:x": {}}}}),
            ),
            entry("argocd-controller", "Update", "", &json!({"f:data": {"f:b": {}}})),
            entry("argocd-controller", "Update", "status", &json!({"f:status": {}})),
            entry("ours", "Apply", "", &json!({"f:data": {"f:c": {}}})),
            entry("other", "Update", "", &json!({"f:data": {"f:d": {}}})),
        ],
        &json!({LAST_APPLIED: "{}"}),
    );
    let patch = moved(&live).expect("there is something to move");
    let entries = patch[0]["value"].as_array().expect("entries");
    assert_eq!(patch[0]["path"], "/metadata/managedFields");
    let names: Vec<_> =
        entries.iter().map(|e| (e["manager"].as_str(), e["operation"].as_str())).collect();
    assert_eq!(
        names,
        [
            (Some("ours"), Some("Apply")),
            (Some("argocd-controller"), Some("Update")),
            (Some("other"), Some("Update"))
        ]
    );
    assert_eq!(
        entries[0]["fieldsV1"],
        json!({"f:data": {"f:a": {}, "f:b": {}, "f:c": {}}, "f:metadata": {"f:annotations": {"f:x": {}}}})
    );
    assert_eq!(
        patch[1],
        json!({"op": "remove",
            "path": "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration"})
    );
    assert_eq!(
        patch[2],
        json!({"op": "replace", "path": "/metadata/resourceVersion", "value": "7"})
    );
}

#[test]
fn an_object_that_nobody_left_behind_needs_no_patch() {
    let live = live(&[entry("ours", "Apply", "", &json!({"f:data": {}}))], &json!({"x": "y"}));
    assert_eq!(moved(&live), None);
}

#[test]
fn the_annotation_alone_is_removed() {
    let live =
        live(&[entry("ours", "Apply", "", &json!({"f:data": {}}))], &json!({LAST_APPLIED: "{}"}));
    assert_eq!(moved(&live).expect("there is").as_array().map(Vec::len), Some(2));
}

#[test]
fn an_object_without_a_version_is_refused() {
    let live = json!({"metadata": {}});
    let refused = migration(&live, &"ours".into(), &[]).unwrap_err();
    assert_eq!(refused.to_string(), "the live object has no resourceVersion");
}

#[test]
fn an_object_without_managers_gets_our_entry_and_no_other() {
    let stripped = live(&[], &json!({}));
    let fields = FieldSet::from_value(&json!({"f:data": {"f:a": {}}})).expect("a set");
    let patch = restoration(&stripped, &"ours".into(), &fields).expect("there is none");
    let entry = &patch[0]["value"][0];
    assert_eq!(
        (&patch[0]["op"], &patch[0]["path"]),
        (&json!("add"), &json!("/metadata/managedFields"))
    );
    assert_eq!((&entry["manager"], &entry["operation"]), (&json!("ours"), &json!("Apply")));
    assert_eq!(
        (&entry["apiVersion"], &entry["fieldsV1"]),
        (&json!("v1"), &json!({"f:data": {"f:a": {}}}))
    );
    let kept = live(&[entry_of_another()], &json!({}));
    assert_eq!(restoration(&kept, &"ours".into(), &fields), None);
}

fn entry_of_another() -> Value {
    entry("other", "Update", "", &json!({"f:data": {"f:d": {}}}))
}
