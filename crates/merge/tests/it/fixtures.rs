//! What other controllers leave in a cluster is read, and taken over without a difference.

use crate::schema_of;
use serde_json::{Value, json};
use trimtab_merge::{
    Compare, Comparison, FieldSet, LAST_APPLIED, ManagedFields, compare, last_applied, ownership,
    set_of, updates_of, values_digest,
};
use trimtab_model::FieldManager;

fn objects(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("a list of objects")
}

fn argo_cd() -> Vec<Value> {
    objects(include_str!("../fixtures/argo-cd.json"))
}

fn flux() -> Vec<Value> {
    objects(include_str!("../fixtures/flux-kustomization.json"))
}

/// The manifest of a live object.
fn desired(live: &Value) -> Value {
    let same = |desired: &Value| {
        desired["kind"] == live["kind"] && desired["metadata"]["name"] == live["metadata"]["name"]
    };
    objects(include_str!("../fixtures/desired.json")).into_iter().find(same).expect("it is there")
}

/// As Argo CD marks its objects.
fn marked_by_argo_cd(mut desired: Value, live: &Value) -> Value {
    let name = "argocd.argoproj.io/tracking-id";
    desired["metadata"]["annotations"] = json!({name: live["metadata"]["annotations"][name]});
    desired
}

/// As Flux marks its objects.
fn marked_by_flux(mut desired: Value, live: &Value) -> Value {
    for name in ["kustomize.toolkit.fluxcd.io/name", "kustomize.toolkit.fluxcd.io/namespace"] {
        desired["metadata"]["labels"][name] = live["metadata"]["labels"][name].clone();
    }
    desired
}

/// As Flux applies it: it writes out the protocol of ports, and structs that Go always writes.
fn applied_by_flux(live: &Value) -> Value {
    let mut desired = marked_by_flux(desired(live), live);
    for ports in ["/spec/ports", "/spec/template/spec/containers/0/ports"] {
        for port in desired.pointer_mut(ports).and_then(Value::as_array_mut).into_iter().flatten() {
            port["protocol"] = json!("TCP");
        }
    }
    if desired["kind"] == "Deployment" {
        desired["spec"]["strategy"] = json!({});
        desired["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({});
    }
    desired
}

#[test]
fn every_entry_is_read_and_written_back() {
    for object in argo_cd().into_iter().chain(flux()) {
        let managed = ManagedFields::of(&object).expect("it is read");
        assert_eq!(managed.write(), Some(object["metadata"]["managedFields"].clone()));
        for entry in object["metadata"]["managedFields"].as_array().expect("a list") {
            let set = FieldSet::from_value(&entry["fieldsV1"]).expect("it is read");
            assert_eq!(set.to_value(), entry["fieldsV1"]);
            assert_eq!(FieldSet::from_json(&set.to_json()).expect("it is read"), set);
        }
    }
}

#[test]
fn what_flux_applied_is_exactly_the_set_of_its_manifest() {
    let manager = FieldManager::from("kustomize-controller");
    for live in flux() {
        let managed = &live["metadata"]["managedFields"];
        let owned = ownership(managed, &manager).expect("it is read").expect("it is there");
        let set = set_of(&schema_of(&live), &applied_by_flux(&live));
        assert_eq!(set, owned, "{}", live["metadata"]["name"]);
        assert_eq!(ownership(managed, &"other".into()).expect("it is read"), None);
    }
}

#[test]
fn what_argo_cd_wrote_is_an_update_and_no_apply() {
    let manager = FieldManager::from("argocd-controller");
    for live in argo_cd() {
        let managed = &live["metadata"]["managedFields"];
        assert_eq!(ownership(managed, &manager).expect("it is read"), None);
        let updates = updates_of(managed, std::slice::from_ref(&manager)).expect("it is read");
        assert_eq!(updates.len(), 1);
    }
}

#[test]
fn a_takeover_from_flux_finds_no_difference() {
    let manager = FieldManager::from("kustomize-controller");
    for live in flux() {
        let managed = ManagedFields::of(&live).expect("it is read");
        let owned = managed.fields_of(|entry| entry.is_apply_of(&manager));
        let others = managed.fields_of(|entry| !entry.is_apply_of(&manager));
        let found = compare(&Compare {
            schema: &schema_of(&live),
            desired: &marked_by_flux(desired(&live), &live),
            live: &live,
            owned: Some(&owned),
            others: &others,
            last_applied: None,
        });
        assert_eq!(found, Comparison::Same, "{}", live["metadata"]["name"]);
    }
}

#[test]
fn a_takeover_from_argo_cd_finds_no_difference() {
    let manager = FieldManager::from("argocd-controller");
    for live in argo_cd() {
        let managed = ManagedFields::of(&live).expect("it is read");
        let others = managed.fields_of(|entry| !entry.is_update_of(&manager));
        let last = last_applied(&live).expect("it remembers");
        let found = compare(&Compare {
            schema: &schema_of(&live),
            desired: &marked_by_argo_cd(desired(&live), &live),
            live: &live,
            owned: None,
            others: &others,
            last_applied: Some(&last),
        });
        assert_eq!(found, Comparison::Same, "{}", live["metadata"]["name"]);
    }
}

#[test]
fn a_digest_follows_owned_values_and_nothing_else() {
    let manager = FieldManager::from("kustomize-controller");
    for live in flux() {
        let managed = &live["metadata"]["managedFields"];
        let owned = ownership(managed, &manager).expect("it is read").expect("it is there");
        let digest = values_digest(&live, &owned, Some(&schema_of(&live)));
        let mut later = live.clone();
        later["metadata"]["resourceVersion"] = json!("999999");
        later["metadata"]["annotations"] = json!({LAST_APPLIED: "x"});
        later["status"] = json!({"conditions": []});
        assert_eq!(values_digest(&later, &owned, Some(&schema_of(&live))), digest);
        later["metadata"]["labels"]["app"] = json!("other");
        assert_ne!(values_digest(&later, &owned, Some(&schema_of(&live))), digest);
    }
}
