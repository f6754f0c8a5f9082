//! One object to one row.

use crate::fixtures::{
    NAME, NAMESPACE, TRACKING, config, config_kind, decoder, deployment_kind, entry, row_of, rules,
    shop,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use trimtab_index::{DecodeError, Decoder, Index, SecretKey};
use trimtab_model::{GroupVersionKind, OwnerClaim, Timestamp};
use trimtab_plan::{Content, Live, LiveObject};

fn body(row: &LiveObject) -> Option<Value> {
    Index::default().body(row)
}

#[test]
fn a_row_says_who_owns_the_object_and_what_state_it_is() {
    let mut object = config("a", "u1", "7", "1");
    object["metadata"]["generation"] = json!(3);
    object["metadata"]["deletionTimestamp"] = json!("2026-01-02T03:04:05Z");
    object["metadata"]["ownerReferences"] = json!([{"uid": "o1"}, {"uid": "o2"}]);
    object["metadata"]["annotations"]["example.com/keep"] = json!("yes");
    let row = row_of(&config_kind(), &object);
    assert_eq!(row.key.to_string(), "ConfigMap/shop/a");
    assert_eq!((row.uid.as_str(), row.resource_version.as_str()), ("u1", "7"));
    assert_eq!(row.claims, [shop()]);
    assert_eq!(row.generation, Some(3));
    assert_eq!(row.deleting, "2026-01-02T03:04:05Z".parse().ok());
    assert_eq!(row.owners, ["o1".into(), "o2".into()]);
    assert_eq!(row.annotations, [("example.com/keep".into(), "yes".into())]);
    assert!(row.entry.is_some());
}

#[test]
fn the_marks_of_both_families_are_two_claims_and_the_first_ones_entry_counts() {
    let mut object = config("a", "u1", "7", "1");
    object["metadata"]["labels"] = json!({NAME: "apps", NAMESPACE: "flux-system"});
    let alone = row_of(&config_kind(), &object);
    let second = entry("kustomize-controller", "Apply", &json!({"f:data": {"f:b": {}}}));
    object["metadata"]["managedFields"].as_array_mut().expect("entries").insert(0, second);
    let both = row_of(&config_kind(), &object);
    let flux = OwnerClaim::new(NAME, "flux-system/apps");
    assert_eq!(both.claims, [shop(), flux]);
    assert_eq!(both.entry, alone.entry);
}

#[test]
fn another_value_of_an_owned_field_changes_d_and_not_s() {
    let entry = |value: &str| row_of(&config_kind(), &config("a", "u", "7", value)).entry;
    let (before, after) = (entry("1").expect("ours"), entry("2").expect("ours"));
    assert_eq!(before.fields, after.fields);
    assert_ne!(before.values, after.values);
}

#[test]
fn a_field_of_nobody_ours_changes_neither() {
    let mut object = config("a", "u", "7", "1");
    let before = row_of(&config_kind(), &object).entry;
    object["data"]["z"] = json!("theirs");
    object["metadata"]["labels"] = json!({"theirs": "1"});
    assert_eq!(row_of(&config_kind(), &object).entry, before);
}

#[test]
fn an_update_entry_and_one_of_a_subresource_are_not_ours() {
    let mut object = config("a", "u", "7", "1");
    object["metadata"]["managedFields"][0]["operation"] = json!("Update");
    assert!(row_of(&config_kind(), &object).entry.is_none());
    object["metadata"]["managedFields"][0]["operation"] = json!("Apply");
    object["metadata"]["managedFields"][0]["subresource"] = json!("status");
    assert!(row_of(&config_kind(), &object).entry.is_none());
}

#[test]
fn an_object_whose_mark_was_taken_away_is_still_compared() {
    let mut object = config("a", "u", "7", "1");
    object["metadata"]["annotations"] = Value::Null;
    let row = row_of(&config_kind(), &object);
    assert!(row.claims.is_empty() && row.entry.is_some());
    assert!(matches!(row.content, Content::Kept(_)));
}

#[test]
fn the_content_keeps_what_was_applied_and_what_predecessors_own() {
    let mut object = config("a", "u", "7", "1");
    let entries = object["metadata"]["managedFields"].as_array_mut().expect("entries");
    for manager in ["kubectl-client-side-apply", "old-tool", "kube-controller-manager"] {
        entries.push(entry(manager, "Update", &json!({"f:data": {}})));
    }
    entries.push(entry("somebody", "Apply", &json!({"f:data": {}})));
    let kept = body(&row_of(&config_kind(), &object)).expect("it is ours");
    let managers: Vec<&str> = kept["metadata"]["managedFields"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| entry["manager"].as_str().expect("a name"))
        .collect();
    let expected = ["argocd-controller", "kubectl-client-side-apply", "old-tool", "somebody"];
    assert_eq!(managers, expected);
    assert_eq!((&kept["kind"], &kept["apiVersion"]), (&json!("ConfigMap"), &json!("v1")));
    assert_eq!(kept["data"], json!({"a": "1"}));
}

#[test]
fn an_object_that_is_not_ours_has_no_content_and_still_a_health() {
    let object = json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "1",
                     "generation": 2},
        "spec": {"replicas": 1},
        "status": {"observedGeneration": 1},
    });
    let row = row_of(&deployment_kind(), &object);
    assert!(matches!(row.content, Content::OnDemand) && body(&row).is_none());
    assert_eq!(row.health.expect("a check").code, trimtab_health::Code::Progressing);
    assert!(row.entry.is_none() && row.claims.is_empty());
}

#[test]
fn a_secret_has_no_content_and_its_d_is_of_this_process() {
    let kind = GroupVersionKind::of("v1", "Secret");
    let mut object = config("a", "u", "7", "aHVudGVyMg==");
    object["metadata"]["annotations"][TRACKING] = json!("shop:/Secret:shop/a");
    let json = object.to_string();
    let row = |key: u8| {
        let rules = trimtab_index::Rules { secret_key: SecretKey([key; 32]), ..rules() };
        let decoder = Decoder::new(rules);
        decoder.row(&kind, &json, Timestamp::UNIX_EPOCH).expect("the object is whole")
    };
    let (one, other) = (row(1), row(2));
    assert!(matches!(one.content, Content::OnDemand));
    assert!(!format!("{one:?}").contains("aHVudGVyMg=="));
    assert_ne!(one.entry.expect("ours").values, other.entry.expect("ours").values);
    assert_eq!(one.entry.expect("ours").fields, other.entry.expect("ours").fields);
}

#[test]
fn a_field_nested_too_deeply_is_left_out_and_the_object_is_there() {
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    let mut json = config("a", "u", "7", "1").to_string();
    json.truncate(json.len() - 1);
    let json = format!(r#"{json},"deep":{deep}}}"#);
    let row = decoder().row(&config_kind(), &json, Timestamp::UNIX_EPOCH).expect("a row");
    let kept = body(&row).expect("it is ours");
    assert!(kept.get("deep").is_none() && kept["data"]["a"] == "1");
}

#[test]
fn what_is_no_object_is_an_error_that_says_what_is_missing() {
    let read = |json: &str| {
        decoder().row(&config_kind(), json, Timestamp::UNIX_EPOCH).map(|_| ()).unwrap_err()
    };
    assert!(matches!(read("{"), DecodeError::NotJson(_)));
    assert!(matches!(read("{}"), DecodeError::Missing("metadata")));
    assert!(matches!(
        read(r#"{"metadata":{"name":"a","uid":""}}"#),
        DecodeError::Missing("metadata.uid")
    ));
}

proptest! {
    /// Whatever an object holds, the kept content is that object.
    #[test]
    fn content_comes_back_as_it_was(data in proptest::collection::btree_map("[a-z]{1,8}", ".{0,200}", 0..20)) {
        let mut object = config("a", "u", "7", "1");
        object["data"] = json!(data);
        let kept = body(&row_of(&config_kind(), &object)).expect("it is ours");
        object["apiVersion"] = json!("v1");
        object["kind"] = json!("ConfigMap");
        prop_assert_eq!(kept, object);
    }

    /// Bytes that a stranger sends never stop the process.
    #[test]
    fn nonsense_is_refused(json in r#"[\{\}\[\]",:a-z0-9]{0,80}"#) {
        let _ = decoder().row(&config_kind(), &json, Timestamp::UNIX_EPOCH);
        let _ = trimtab_index::answer::Line::read(&json);
        let _ = trimtab_index::answer::Page::read(&json);
    }
}
