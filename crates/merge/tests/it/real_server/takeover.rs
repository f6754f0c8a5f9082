//! Taking over what another wrote from the client.

use super::{Place, content};
use crate::schema_of;
use serde_json::{Value, json};
use trimtab_merge::{
    Compare, Comparison, LAST_APPLIED, ManagedFields, compare, last_applied, migration, ownership,
};
use trimtab_model::FieldManager;

fn manifest(place: &Place, port: i64, data: &Value) -> [Value; 2] {
    let metadata = json!({"name": "one", "namespace": place.namespace, "labels": {"app": "one"}});
    [
        json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": {"selector": {"app": "one"}, "ports": [{"name": "http", "port": port}]}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}),
    ]
}

/// As client-side apply creates an object.
fn created(place: &Place, manager: &str, object: &Value) -> Value {
    let mut object = object.clone();
    let last = object.to_string();
    object["metadata"]["annotations"] = json!({LAST_APPLIED: last});
    let path = format!("{}?fieldManager={manager}", place.path(&object));
    place.client.create(&path, &object).expect("it is taken")
}

fn compared(
    live: &Value,
    desired: &Value,
    ours: &FieldManager,
    theirs: &FieldManager,
) -> Comparison {
    let managed = ManagedFields::of(live).expect("it is read");
    let last = last_applied(live);
    compare(&Compare {
        schema: &schema_of(desired),
        desired,
        live,
        owned: Some(&managed.fields_of(|entry| entry.is_apply_of(ours))),
        others: &managed.fields_of(|entry| !entry.is_apply_of(ours) && !entry.is_update_of(theirs)),
        last_applied: last.as_ref(),
    })
}

#[test]
fn what_the_manifest_still_says_stays_and_what_it_no_longer_says_goes() {
    let place = Place::new();
    let ours = FieldManager::from("ours");
    let theirs = FieldManager::from("kubectl-client-side-apply");
    let before = manifest(&place, 80, &json!({"a": "1", "b": "1"}));
    let after = manifest(&place, 81, &json!({"a": "1"}));
    for (before, after) in before.iter().zip(&after) {
        let live = created(&place, theirs.as_str(), before);
        assert_eq!(compared(&live, before, &ours, &theirs), Comparison::Same);
        assert!(matches!(compared(&live, after, &ours, &theirs), Comparison::Different(_)));

        let patch = migration(&live, &ours, std::slice::from_ref(&theirs)).expect("it is read");
        let patch = patch.expect("there is something to move");
        let path = format!("{}?fieldManager=ours", place.path_of(&live));
        let content_type = "application/json-patch+json";
        let moved = place.client.must("PATCH", &path, content_type, &patch).expect("it is taken");
        let managed = ManagedFields::of(&moved).expect("it is read");
        assert_eq!(managed.0.len(), 1, "{managed:?}");
        assert!(managed.0[0].is_apply_of(&ours));
        assert!(last_applied(&moved).is_none());

        // The apply of the same manifest changes no value, and the next one removes what went.
        let same = place.client.apply(&place.path_of(before), "ours", before).expect("it is taken");
        assert_eq!(without_annotations(&same), without_annotations(&live));
        let next = place.client.apply(&place.path_of(after), "ours", after).expect("it is taken");
        let owned = ownership(&next["metadata"]["managedFields"], &ours).expect("it is read");
        assert_eq!(owned, Some(trimtab_merge::set_of(&schema_of(after), after)));
        if after["kind"] == "ConfigMap" {
            assert_eq!(next["data"], json!({"a": "1"}));
        } else {
            assert_eq!(next["spec"]["ports"].as_array().map(Vec::len), Some(1));
        }
    }
}

#[test]
fn a_patch_made_from_a_state_that_is_gone_is_refused() {
    let place = Place::new();
    let theirs = FieldManager::from("kubectl-client-side-apply");
    let [_, config] = manifest(&place, 80, &json!({"a": "1"}));
    let live = created(&place, theirs.as_str(), &config);
    let patch = migration(&live, &"ours".into(), &[theirs]).expect("it is read").expect("entries");
    let path = place.path_of(&live);
    let edit = json!({"data": {"c": "1"}});
    place.client.must("PATCH", &path, "application/merge-patch+json", &edit).expect("it is taken");
    assert_eq!(place.send("PATCH", &path, "application/json-patch+json", &patch).code, 409);
}

fn without_annotations(object: &Value) -> Value {
    let mut object = content(object);
    object["metadata"].as_object_mut().unwrap().remove("annotations");
    object
}
