//! Who owns what after a write that is no apply.

use crate::{at, schema_of};
use serde_json::{Value, json};
use trimtab_merge::{ManagedFields, Operation, Update, update};
use trimtab_model::FieldManager;

fn config(data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "uid": "u"},
        "data": data})
}

fn updated(old: Option<&Value>, new: &Value, manager: &str, second: i64) -> Value {
    update(&Update {
        schema: &schema_of(new),
        old,
        new,
        manager: &FieldManager::from(manager),
        subresource: "",
        now: at(second),
    })
}

fn owners(object: &Value) -> Vec<(String, String)> {
    let managed = ManagedFields::of(object).unwrap().0;
    managed.iter().map(|e| (e.manager.to_string(), e.fields.to_json())).collect()
}

fn pair(manager: &str, fields: &str) -> (String, String) {
    (manager.into(), fields.into())
}

#[test]
fn a_writer_owns_what_it_changed_and_nobody_else_does() {
    let created = updated(None, &config(&json!({"a": "1", "b": "1"})), "creator", 0);
    assert_eq!(owners(&created), [pair("creator", r#"{"f:data":{".":{},"f:a":{},"f:b":{}}}"#)]);
    let edited = updated(Some(&created), &config(&json!({"a": "2", "b": "1"})), "editor", 60);
    assert_eq!(
        owners(&edited),
        [
            pair("creator", r#"{"f:data":{".":{},"f:b":{}}}"#),
            pair("editor", r#"{"f:data":{"f:a":{}}}"#)
        ]
    );
    // The value is back, the owner is not.
    let back = updated(Some(&edited), &config(&json!({"a": "1", "b": "1"})), "third", 120);
    assert_eq!(owners(&back)[1], pair("third", r#"{"f:data":{"f:a":{}}}"#));
    assert_eq!(owners(&back).len(), 2);
}

#[test]
fn what_is_removed_is_nobodys() {
    let created = updated(None, &config(&json!({"a": "1", "b": "1"})), "creator", 0);
    let edited = updated(Some(&created), &config(&json!({"a": "1"})), "editor", 60);
    assert_eq!(owners(&edited), [pair("creator", r#"{"f:data":{".":{},"f:a":{}}}"#)]);
}

#[test]
fn an_update_that_changes_nothing_leaves_the_times() {
    let created = updated(None, &config(&json!({"a": "1"})), "creator", 0);
    let again = updated(Some(&created), &config(&json!({"a": "1"})), "creator", 60);
    assert_eq!(again["metadata"]["managedFields"], created["metadata"]["managedFields"]);
}

#[test]
fn a_writer_may_set_or_reset_the_entries() {
    let created = updated(None, &config(&json!({"a": "1"})), "creator", 0);
    for reset in [json!([]), json!([{}])] {
        let mut new = config(&json!({"a": "1"}));
        new["metadata"]["managedFields"] = reset;
        assert!(
            updated(Some(&created), &new, "editor", 60)["metadata"].get("managedFields").is_none()
        );
    }
    let mut new = config(&json!({"a": "1"}));
    new["metadata"]["managedFields"] = created["metadata"]["managedFields"].clone();
    new["metadata"]["managedFields"][0]["manager"] = json!("renamed");
    assert_eq!(owners(&updated(Some(&created), &new, "editor", 60))[0].0, "renamed");
    new["metadata"]["managedFields"][0]["operation"] = json!("Invented");
    assert_eq!(owners(&updated(Some(&created), &new, "editor", 60))[0].0, "creator");
}

#[test]
fn an_object_without_entries_stays_without() {
    let new = config(&json!({"a": "2"}));
    let after = updated(Some(&config(&json!({"a": "1"}))), &new, "editor", 0);
    assert_eq!(after, new);
}

#[test]
fn more_than_ten_updaters_are_merged_oldest_first() {
    let mut data = json!({});
    let mut live = None;
    for number in 0..14i64 {
        data[format!("k{number:02}")] = json!("1");
        let manager = format!("m{number:02}");
        live = Some(updated(live.as_ref(), &config(&data), &manager, number * 60));
    }
    let entries = ManagedFields::of(&live.expect("it was written")).unwrap().0;
    assert!(entries.iter().all(|entry| entry.operation == Operation::Update));
    let names: Vec<String> = entries.iter().map(|entry| entry.manager.to_string()).collect();
    assert_eq!(names.len(), 10);
    assert_eq!(names[0], "ancient-changes");
    assert_eq!(names[1], "m05");
    assert_eq!(
        entries[0].fields.to_json(),
        r#"{"f:data":{".":{},"f:k00":{},"f:k01":{},"f:k02":{},"f:k03":{},"f:k04":{}}}"#
    );
}
