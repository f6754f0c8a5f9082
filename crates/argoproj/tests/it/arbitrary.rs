//! Whatever stands in a resource, reading it ends with an answer.

use crate::support::{application, report, settings, time};
use proptest::prelude::*;
use serde_json::{Value, json};
use trimtab_argoproj::tables;
use trimtab_crd::APPLICATION;
use trimtab_crd::fields::{Rule, put, rows};

/// What people write, with the table of its fields.
const PARTS: [(&str, &[Rule]); 2] = [("spec", tables::SPEC), ("operation", tables::OPERATION)];

/// Texts that mean something to the door.
const TEXTS: [&str; 4] =
    ["2026-01-01T00:00:00Z", "Succeeded", "Prune=false", "https://a:b@[::1]:x/"];

/// Names that the door looks for.
const NAMES: [&str; 28] = [
    "source",
    "sources",
    "syncPolicy",
    "automated",
    "retry",
    "backoff",
    "duration",
    "operation",
    "sync",
    "resources",
    "operationState",
    "syncResult",
    "phase",
    "startedAt",
    "history",
    "revision",
    "conditions",
    "type",
    "kind",
    "name",
    "status",
    "destination",
    "repoURL",
    "path",
    "annotations",
    "finalizers",
    "managedFields",
    "other",
];

fn any_json() -> impl Strategy<Value = Value> {
    crate::any_json::any_json(&NAMES, &TEXTS)
}

proptest! {
    #[test]
    fn reading_and_writing_never_panics(
        spec in any_json(), status in any_json(), operation in any_json(), metadata in any_json(),
    ) {
        let mut resource =
            json!({"spec": spec, "status": status, "operation": operation, "metadata": metadata});
        if resource["metadata"].is_object() {
            resource["metadata"]["name"] = "a".into();
            resource["metadata"]["namespace"] = "b".into();
            resource["metadata"]["uid"] = "c".into();
        }
        let now = time("2026-01-01T00:00:00Z");
        match trimtab_argoproj::app(&resource, &settings()) {
            Ok((app, _)) => {
                let _ = trimtab_argoproj::status(&resource, &app, &report(vec![]), &settings(), now);
            }
            Err(invalid) => {
                let _ = trimtab_argoproj::status_of_invalid(&resource, &invalid, now);
            }
        }
        let _ = trimtab_crd::foreign_entry(&resource);
        let _ = trimtab_argoproj::without_ours(&resource);
    }

    #[test]
    fn a_strange_status_is_no_reason_to_fail(status in any_json()) {
        let resource = application(&json!({"status": status}));
        let (app, _) = trimtab_argoproj::app(&resource, &settings()).unwrap();
        let now = time("2026-01-01T00:00:00Z");
        let _ = trimtab_argoproj::status(&resource, &app, &report(vec![]), &settings(), now);
    }

    /// As above, where all the rest is right: else hardly anything would be read at all.
    #[test]
    fn any_value_of_a_field_is_read_or_refused(at in any::<prop::sample::Index>(), value in any_json()) {
        let (part, table) = *at.get(&PARTS);
        let mut resource = application(&json!({"operation": {"sync": {}}}));
        let schema = APPLICATION.schema().into_value()["properties"][part].clone();
        let rows = rows(&schema, part, table);
        let path = &at.get(&rows).path;
        put(&mut resource, path, value);
        let now = time("2026-01-01T00:00:00Z");
        match trimtab_argoproj::app(&resource, &settings()) {
            Ok((app, _)) => {
                let report = report(vec![]);
                let _ = trimtab_argoproj::status(&resource, &app, &report, &settings(), now);
            }
            Err(invalid) => {
                prop_assert!(!invalid.conditions.is_empty(), "{path} is refused without a word");
                let _ = trimtab_argoproj::status_of_invalid(&resource, &invalid, now);
            }
        }
    }

    #[test]
    fn an_unknown_field_is_named(name in "x[a-z]{3,9}") {
        let found = crate::support::not_supported(&json!({"spec": {"source": {&*name: 1}}}));
        prop_assert_eq!(found, [format!("spec.source.{name}")]);
    }
}
