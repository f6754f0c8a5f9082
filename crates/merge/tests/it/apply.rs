//! Server-side apply: conflicts, pruning, order, messages.

use crate::{at, schema_of};
use serde_json::{Value, json};
use trimtab_merge::{Applied, Apply, Error, Force, LAST_APPLIED, apply, is_settled};
use trimtab_model::FieldManager;

fn try_apply(
    live: Option<&Value>,
    desired: &Value,
    manager: &str,
    force: Force,
) -> Result<Applied, Error> {
    apply(&Apply {
        schema: &schema_of(desired),
        live,
        desired,
        manager: &FieldManager::from(manager),
        subresource: "",
        force,
        now: at(0),
    })
}

fn applied(live: Option<&Value>, desired: &Value, manager: &str) -> Value {
    try_apply(live, desired, manager, Force::Take).expect("a forced apply").object
}

fn config(data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "n", "name": "c"},
        "data": data})
}

fn deployment(containers: &Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "n", "name": "d"},
        "spec": {"template": {"spec": {"containers": containers}}}})
}

fn managers(object: &Value) -> Vec<String> {
    let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    entries
        .iter()
        .map(|e| format!("{} {}", e["manager"].as_str().unwrap(), e["fieldsV1"]))
        .collect()
}

#[test]
fn a_field_that_is_applied_no_more_goes_unless_another_owns_it() {
    let live = applied(None, &config(&json!({"a": "1", "b": "1"})), "ours");
    let shared = applied(Some(&live), &config(&json!({"b": "1"})), "other");
    let after = applied(Some(&shared), &config(&json!({})), "ours");
    assert_eq!(after["data"], json!({"b": "1"}));
    let alone = applied(Some(&live), &config(&json!({"b": "1"})), "ours");
    assert_eq!(alone["data"], json!({"b": "1"}));
}

#[test]
fn a_conflict_names_the_other_manager_and_the_fields() {
    let live = applied(None, &config(&json!({"a": "1", "b": "1"})), "other");
    let refused = |data| {
        try_apply(Some(&live), &config(&data), "ours", Force::Refuse).unwrap_err().to_string()
    };
    assert_eq!(
        refused(json!({"a": "2"})),
        "Apply failed with 1 conflict: conflict with \"other\": .data.a"
    );
    assert_eq!(
        refused(json!({"a": "2", "b": "2"})),
        "Apply failed with 2 conflicts: conflicts with \"other\":\n- .data.a\n- .data.b"
    );
    assert!(try_apply(Some(&live), &config(&json!({"a": "1"})), "ours", Force::Refuse).is_ok());
}

#[test]
fn a_forced_apply_takes_fields_and_says_which() {
    let live = applied(None, &config(&json!({"a": "1", "b": "1"})), "other");
    let taken = try_apply(Some(&live), &config(&json!({"a": "2"})), "ours", Force::Take).unwrap();
    assert!(taken.changed);
    assert_eq!(taken.taken.len(), 1);
    assert_eq!(taken.taken[0].path.to_string(), ".data.a");
    assert_eq!(
        managers(&taken.object),
        ["other {\"f:data\":{\"f:b\":{}}}", "ours {\"f:data\":{\"f:a\":{}}}"]
    );
}

#[test]
fn elements_of_a_list_keep_the_order_of_the_manifest_and_others_stay_among_them() {
    let container = |name: &str| json!({"name": name, "image": name});
    let all = |names: &[&str]| deployment(&names.iter().map(|n| container(n)).collect());
    let names = |object: &Value| -> Vec<String> {
        let list = object["spec"]["template"]["spec"]["containers"].as_array().unwrap();
        list.iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
    };
    let live = applied(None, &all(&["a", "b", "c"]), "other");
    assert_eq!(names(&applied(Some(&live), &all(&["c", "a"]), "ours")), ["b", "c", "a"]);
    assert_eq!(names(&applied(Some(&live), &all(&["a", "d"]), "ours")), ["a", "b", "c", "d"]);
    assert_eq!(names(&applied(Some(&live), &all(&["d", "c"]), "ours")), ["a", "b", "d", "c"]);
}

#[test]
fn what_does_not_fit_is_refused_in_the_servers_words() {
    let refused = |containers| {
        try_apply(None, &deployment(&containers), "ours", Force::Take).unwrap_err().to_string()
    };
    let object = "failed to create typed patch object (n/d; apps/v1, Kind=Deployment)";
    let twice = json!([{"name": "a", "env": [{"name": "E"}, {"name": "E"}]}]);
    assert_eq!(
        refused(twice),
        format!(
            "{object}: .spec.template.spec.containers[name=\"a\"].env: duplicate entries for key \
             [name=\"E\"]"
        )
    );
    assert_eq!(
        refused(json!([{"name": "a", "prots": []}])),
        format!(
            "{object}: .spec.template.spec.containers[name=\"a\"].prots: field not declared in schema"
        )
    );
    assert_eq!(
        refused(json!([{"name": "a", "image": 1, "tty": "x"}])),
        format!(
            "{object}: errors:\n  .spec.template.spec.containers[name=\"a\"].image: expected string, got \
             &value.valueUnstructured{{Value:1}}\n  .spec.template.spec.containers[name=\"a\"].tty: \
             expected boolean, got &{{x}}"
        )
    );
    let managed =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"managedFields": []}});
    let refused = try_apply(None, &managed, "ours", Force::Take).unwrap_err().to_string();
    assert_eq!(refused, "metadata.managedFields must be nil");
}

#[test]
fn what_was_there_before_managed_fields_is_nobodys_of_today() {
    let live = config(&json!({"a": "1", "b": "1"}));
    let after = applied(Some(&live), &config(&json!({"a": "1"})), "ours");
    assert_eq!(after["data"], json!({"a": "1", "b": "1"}));
    assert_eq!(managers(&after).len(), 2);
    assert_eq!(after["metadata"]["managedFields"][1]["manager"], "before-first-apply");
}

#[test]
fn kubectl_takes_over_what_it_applied_from_the_client_and_keeps_its_annotation() {
    let last = config(&json!({"a": "1"}));
    let mut live = config(&json!({"a": "1"}));
    live["metadata"]["annotations"] = json!({LAST_APPLIED: last.to_string()});
    let live = applied(
        Some(&live),
        &json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": "n", "name": "c", "labels": {"x": "y"}}}),
        "somebody",
    );
    let desired = config(&json!({"a": "2"}));
    assert!(try_apply(Some(&live), &desired, "ours", Force::Refuse).is_err());
    let after = try_apply(Some(&live), &desired, "kubectl", Force::Refuse).unwrap().object;
    assert_eq!(after["data"]["a"], "2");
    let remembered = after["metadata"]["annotations"][LAST_APPLIED].as_str().unwrap();
    assert_eq!(remembered, format!("{desired}\n"));
}

#[test]
fn conflicts_of_a_level_are_named_before_those_below_it() {
    let job = |limit: u64, history: u64| {
        json!({"apiVersion": "batch/v1", "kind": "CronJob",
            "metadata": {"namespace": "n", "name": "j"}, "spec": {"successfulJobsHistoryLimit": history,
            "jobTemplate": {"spec": {"backoffLimit": limit}}}})
    };
    let live = applied(None, &job(1, 1), "other");
    let refused = try_apply(Some(&live), &job(2, 2), "ours", Force::Refuse);
    let Err(Error::Conflicts(conflicts)) = refused else { panic!("{refused:?}") };
    let paths: Vec<String> = conflicts.iter().map(|found| found.path.to_string()).collect();
    let expected = [".spec.successfulJobsHistoryLimit", ".spec.jobTemplate.spec.backoffLimit"];
    assert_eq!(paths, expected);
}

#[test]
fn a_write_that_changes_times_alone_is_not_stored() {
    let old = applied(None, &config(&json!({"a": "1"})), "ours");
    let mut new = old.clone();
    new["metadata"]["managedFields"][0]["time"] = json!("2030-01-01T00:00:00Z");
    assert!(is_settled(&old, &new));
    new["data"]["a"] = json!("2");
    assert!(!is_settled(&old, &new));
}
