//! Whatever stands in a resource, reading it ends with an answer.

use crate::support::{git_repository, kustomization, report, time};
use proptest::prelude::*;
use serde_json::{Value, json};
use trimtab_crd::fields::{put, rows};
use trimtab_crd::{GIT_REPOSITORY, KUSTOMIZATION};
use trimtab_fluxcd::{
    Settings, SourceState, app, git_source, source_ref, source_status, status, status_of_invalid,
    tables, with_ours, without_ours,
};
use trimtab_sync::{FailurePoint, Stage};

/// Texts that mean something to the door.
const TEXTS: [&str; 5] = [
    "2026-01-01T00:00:00Z",
    "True",
    "10m",
    "Ready",
    "main@sha1:f20f585d9f422fb3dad84884bcfc3211db5ec609",
];

/// Names that the door looks for.
const NAMES: [&str; 24] = [
    "interval",
    "path",
    "prune",
    "sourceRef",
    "kind",
    "name",
    "url",
    "ref",
    "branch",
    "inventory",
    "entries",
    "id",
    "conditions",
    "type",
    "status",
    "history",
    "lastReconciled",
    "lastReconciledDuration",
    "lastAttemptedRevision",
    "annotations",
    "finalizers",
    "generation",
    "artifact",
    "other",
];

fn any_json() -> impl Strategy<Value = Value> {
    crate::any_json::any_json(&NAMES, &TEXTS)
}

proptest! {
    #[test]
    fn reading_and_writing_never_panics(
        spec in any_json(), after in any_json(), metadata in any_json(),
    ) {
        let mut resource = json!({"spec": spec, "status": after, "metadata": metadata});
        if resource["metadata"].is_object() {
            resource["metadata"]["name"] = "a".into();
            resource["metadata"]["namespace"] = "b".into();
            resource["metadata"]["uid"] = "c".into();
        }
        check(&resource);
    }

    #[test]
    fn a_strange_status_is_no_reason_to_fail(after in any_json()) {
        let resource = kustomization(&json!({"status": after}));
        prop_assert!(app(&resource, None, &Settings::default()).is_ok());
        check(&resource);
        let resource = git_repository(&json!({"status": after}));
        prop_assert!(git_source(&resource).is_ok());
        check(&resource);
    }

    /// As above, where all the rest is right: else hardly anything would be read at all.
    #[test]
    fn any_value_of_a_field_is_read_or_refused(at in any::<prop::sample::Index>(), value in any_json()) {
        for (definition, table, mut resource) in [
            (&KUSTOMIZATION, tables::KUSTOMIZATION, kustomization(&json!({}))),
            (&GIT_REPOSITORY, tables::GIT_REPOSITORY, git_repository(&json!({}))),
        ] {
            let schema = definition.schema().into_value()["properties"]["spec"].clone();
            put(&mut resource, &at.get(&rows(&schema, "spec", table)).path, value.clone());
            check(&resource);
        }
    }

    #[test]
    fn an_unknown_field_is_named(name in "x[a-z]{3,9}") {
        let found = crate::support::not_supported(&json!({&*name: 1}));
        prop_assert_eq!(found, [format!("spec.{name}")]);
    }
}

fn check(resource: &Value) {
    let now = time("2026-01-01T00:00:00Z");
    let source = git_source(resource);
    let state = SourceState::Stalled("x", "y");
    let _ = source_status(resource, source.as_ref().ok(), state, None, now);
    let _ = (source_ref(resource), with_ours(resource), without_ours(resource));
    match app(resource, source.as_ref().ok(), &Settings::default()) {
        Ok((app, _)) => {
            for stage in [
                Stage::Idle,
                Stage::Applying,
                Stage::CheckingHealth,
                Stage::Done,
                Stage::Failed(FailurePoint::Health, "x: y".into()),
            ] {
                let _ = status(resource, &app, &report(vec![], stage), now);
            }
        }
        Err(invalid) => {
            let _ = status_of_invalid(resource, &invalid.conditions(), now);
        }
    }
}
