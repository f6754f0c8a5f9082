//! Statuses, beside those of the reference (kustomize-controller 1.9.4).

use crate::support::{
    condition, key, kustomization, kustomizations, object, operation, report, time, written,
};
use serde_json::{Value, json};
use trimtab_crd::{KUSTOMIZATION, mismatches};
use trimtab_fluxcd::{Settings, app, event, status, status_of_invalid};
use trimtab_model::limit;
use trimtab_plan::SyncStatus;
use trimtab_sync::{
    Announcement, Condition, ConditionKind, FailurePoint, Happening, Phase, Refresh, Report, Stage,
};

const NOW: &str = "2026-11-21T09:20:30Z";
const REVISION: &str = "main@sha1:f20f585d9f422fb3dad84884bcfc3211db5ec609";

/// The facts that the reference's controller told of in the first fixture.
fn facts() -> Report {
    let objects = [
        key("", "ServiceAccount", "app-00000"),
        key("", "ConfigMap", "app-00000"),
        key("", "Service", "app-00000"),
        key("apps", "Deployment", "app-00000"),
    ];
    let operation =
        operation(Phase::Succeeded, "2026-11-21T09:20:29.950594451Z", Some("2026-11-21T09:20:30Z"));
    let report = report(objects.map(object).to_vec(), Stage::Done);
    Report { operation: Some(operation), ..report }
}

#[test]
fn the_same_facts_make_the_same_status() {
    let mut fresh = kustomizations()[0].clone();
    let mut expected = fresh.as_object_mut().unwrap().remove("status").unwrap();
    // The default of the definition.
    fresh["status"] = json!({"observedGeneration": -1});
    let mut status = written(&fresh, &facts(), NOW)["status"].clone();
    // Our digest is the commit's; the run and its health took another time.
    for status in [&mut expected, &mut status] {
        let entry = &mut status["history"][0];
        entry["digest"] = Value::Null;
        entry["lastReconciledDuration"] = Value::Null;
    }
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&status[name], value, "{name}");
    }
    assert_eq!(status, expected);
}

#[test]
fn the_fixture_at_rest_is_not_written() {
    let fixture = &kustomizations()[0];
    let (app, _) = app(fixture, None, &Settings::default()).unwrap();
    let later = time("2026-11-22T00:00:00Z");
    for stage in [Stage::Idle, Stage::Waiting("Source".into())] {
        let rest = Report { stage, operation: None, ..facts() };
        assert_eq!(status(fixture, &app, &rest, later), None);
    }
    // The end of a run that stands there already, told again.
    assert_eq!(status(fixture, &app, &Report { operation: None, ..facts() }, later), None);
}

#[test]
fn what_is_written_is_kept_by_the_definition_and_is_not_written_again() {
    for stage in [
        Stage::Applying,
        Stage::CheckingHealth,
        Stage::Done,
        Stage::Failed(FailurePoint::Prune, "why".into()),
        Stage::Failed(FailurePoint::NotSupported, "why".into()),
    ] {
        let report = Report { stage, ..facts() };
        let resource = written(&kustomization(&json!({})), &report, NOW);
        assert_eq!(mismatches(&resource, &KUSTOMIZATION.schema().into_value(), ""), []);
        let (app, _) = app(&resource, None, &Settings::default()).unwrap();
        let later = time("2027-01-01T00:00:00Z");
        assert_eq!(status(&resource, &app, &report, later), None, "{:?}", report.stage);
    }
}

#[test]
fn a_run_says_what_it_does() {
    let begun = Report {
        operation: Some(operation(Phase::Running, NOW, None)),
        ..report(vec![object(key("", "ConfigMap", "a"))], Stage::Applying)
    };
    let fresh = kustomization(&json!({"spec": {"timeout": "5m", "wait": true}}));
    let applying = written(&fresh, &begun, NOW);
    let progressing =
        format!("True Progressing Detecting drift for revision {REVISION} with a timeout of 5m0s");
    assert_eq!(condition(&applying, "Reconciling"), Some(progressing));
    let unknown = "Unknown Progressing Reconciliation in progress".to_owned();
    assert_eq!(condition(&applying, "Ready"), Some(unknown));
    assert_eq!(applying["status"]["lastAttemptedRevision"], REVISION);
    assert_eq!(applying["status"].get("lastAppliedRevision"), None);
    assert_eq!(applying["status"].get("observedGeneration"), None);
    assert_eq!(applying["status"]["inventory"]["entries"][0]["id"], "bench_a__ConfigMap");
    let checking = written(&applying, &Report { stage: Stage::CheckingHealth, ..begun }, NOW);
    let message = format!("Running health checks for revision {REVISION} with a timeout of 5m0s");
    assert_eq!(condition(&checking, "Reconciling"), Some(format!("True Progressing {message}")));
    assert_eq!(condition(&checking, "Healthy"), Some(format!("Unknown Progressing {message}")));
    let done = Report { operation: Some(operation(Phase::Succeeded, NOW, Some(NOW))), ..facts() };
    let done = written(&checking, &done, NOW);
    assert_eq!(condition(&done, "Reconciling"), None);
    assert_eq!(
        condition(&done, "Ready"),
        Some(format!("True ReconciliationSucceeded Applied revision: {REVISION}"))
    );
    assert_eq!(done["status"]["observedGeneration"], 2);
}

#[test]
fn a_failure_says_at_which_point_and_keeps_the_generation_unobserved() {
    let failed = |point, why: &str| {
        let report = Report {
            operation: Some(operation(Phase::Failed, NOW, Some(NOW))),
            applied: Vec::new(),
            ..report(vec![], Stage::Failed(point, why.into()))
        };
        written(&kustomization(&json!({})), &report, NOW)
    };
    for (point, reason, step, noted) in [
        (FailurePoint::Source, "ArtifactFailed", "Fetching manifests", false),
        (FailurePoint::Build, "BuildFailed", "Building manifests", false),
        (FailurePoint::Apply, "ReconciliationFailed", "Detecting drift", true),
        (FailurePoint::Prune, "PruneFailed", "Detecting drift", true),
        (FailurePoint::Health, "HealthCheckFailed", "Running health checks", true),
    ] {
        let resource = failed(point, "why");
        assert_eq!(condition(&resource, "Ready"), Some(format!("False {reason} why")));
        let retrying = condition(&resource, "Reconciling").unwrap();
        assert!(
            retrying.starts_with(&format!("True ProgressingWithRetry {step} for ")),
            "{retrying}"
        );
        assert_eq!(resource["status"].get("observedGeneration"), None);
        assert_eq!(resource["status"].get("history").is_some(), noted, "{reason}");
        assert_eq!(resource["status"].get("lastAppliedRevision"), None);
    }
    let health =
        failed(FailurePoint::Health, "health check failed after 5s: timeout waiting for: [x]");
    assert_eq!(
        condition(&health, "Healthy"),
        Some("False HealthCheckFailed timeout waiting for: [x]".to_owned())
    );
}

#[test]
fn a_source_that_never_was_there_adds_no_reconciling() {
    let report = Report {
        revisions: Vec::new(),
        applied: Vec::new(),
        ..report(
            vec![],
            Stage::Failed(FailurePoint::Source, "GitRepository 'env' not found".into()),
        )
    };
    let resource = written(&kustomization(&json!({})), &report, NOW);
    assert_eq!(condition(&resource, "Reconciling"), None);
    assert_eq!(
        condition(&resource, "Ready"),
        Some("False ArtifactFailed GitRepository 'env' not found".to_owned())
    );
}

#[test]
fn what_does_not_act_stalls() {
    let report = report(vec![], Stage::Failed(FailurePoint::NotSupported, "spec.patches".into()));
    let resource = written(&kustomization(&json!({})), &report, NOW);
    let stalled = Some("True NotSupportedError spec.patches".to_owned());
    assert_eq!(condition(&resource, "Stalled"), stalled);
    assert_eq!(condition(&resource, "Ready"), Some("False NotSupportedError spec.patches".into()));
    assert_eq!(resource["status"]["observedGeneration"], 2);
}

#[test]
fn conditions_keep_their_order_and_times() {
    let old = json!([
        {"type": "Zebra", "status": "True", "reason": "Other", "message": "x",
         "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1},
        {"type": "Ready", "status": "True", "reason": "ReconciliationSucceeded",
         "message": format!("Applied revision: {REVISION}"),
         "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1},
    ]);
    let mut held = report(vec![], Stage::Done);
    held.conditions = vec![
        Condition { kind: ConditionKind::PruneHeld, message: "held".into() },
        Condition { kind: ConditionKind::LeftOut, message: "b".into() },
        Condition { kind: ConditionKind::LeftOut, message: "c".into() },
    ];
    let resource = written(&kustomization(&json!({"status": {"conditions": old}})), &held, NOW);
    let all = resource["status"]["conditions"].as_array().unwrap();
    let types: Vec<&str> = all.iter().map(|c| c["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["Ready", "LeftOut", "PruneHeld", "Zebra"]);
    assert_eq!(all[0]["lastTransitionTime"], "2026-01-01T00:00:00Z");
    assert_eq!(all[0]["observedGeneration"], 2);
    assert_eq!(condition(&resource, "LeftOut"), Some("True LeftOut b; c".to_owned()));
    let gone = written(&resource, &report(vec![], Stage::Done), NOW);
    assert_eq!(condition(&gone, "LeftOut"), None);
}

#[test]
fn drift_is_shown_at_once() {
    let mut drifted = report(vec![object(key("", "ConfigMap", "a"))], Stage::Idle);
    drifted.status = SyncStatus::OutOfSync;
    drifted.objects[0].status = SyncStatus::OutOfSync;
    let resource = written(&kustomizations()[0], &drifted, NOW);
    assert_eq!(
        condition(&resource, "Drifted"),
        Some("True Drifted 1 object differs from what was applied: ConfigMap/bench/a".to_owned())
    );
    assert!(condition(&resource, "Ready").unwrap().starts_with("True "));
    let repaired = written(&resource, &facts(), NOW);
    assert_eq!(condition(&repaired, "Drifted"), None);
}

#[test]
fn runs_of_the_same_content_are_counted() {
    let run = |started: &str, ended: &str| Report {
        operation: Some(operation(Phase::Succeeded, started, Some(ended))),
        ..facts()
    };
    let first = run("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z");
    let second = run("2026-01-01T01:00:00Z", "2026-01-01T01:00:02.5Z");
    let once = written(&kustomization(&json!({})), &first, NOW);
    let twice = written(&once, &second, NOW);
    let history = twice["status"]["history"].as_array().unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0]["totalReconciliations"], 2);
    assert_eq!(history[0]["firstReconciled"], "2026-01-01T00:00:01Z");
    assert_eq!(history[0]["lastReconciled"], "2026-01-01T01:00:02Z");
    assert_eq!(history[0]["lastReconciledDuration"], "2.5s");
    let failed = Report {
        stage: Stage::Failed(FailurePoint::Apply, "x".into()),
        operation: Some(operation(Phase::Failed, NOW, Some(NOW))),
        ..facts()
    };
    let failed = written(&twice, &failed, NOW);
    let history = failed["status"]["history"].as_array().unwrap();
    assert_eq!(history[0]["lastReconciledStatus"], "ReconciliationFailed");
    assert_eq!(history.len(), 2);
}

#[test]
fn a_request_is_answered_by_the_end_of_a_run() {
    let mut answered = facts();
    answered.refreshed = Some(Refresh { token: "7".into(), hard: false });
    let handled = |stage: Stage, spec: Value| {
        let report = Report { stage, ..answered.clone() };
        let resource = written(&kustomization(&json!({"spec": spec})), &report, NOW);
        resource["status"]["lastHandledReconcileAt"].clone()
    };
    assert_eq!(handled(Stage::Done, json!({})), "7");
    assert_eq!(handled(Stage::Failed(FailurePoint::Apply, "x".into()), json!({})), "7");
    assert_eq!(handled(Stage::Idle, json!({"suspend": true})), "7");
    for stage in [Stage::Idle, Stage::Applying, Stage::CheckingHealth] {
        assert_eq!(handled(stage, json!({})), Value::Null);
    }
}

#[test]
fn entries_stand_in_the_order_in_which_objects_are_applied() {
    let kinds = [
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("example.com", "Other"),
        ("apps", "Deployment"),
        ("", "Namespace"),
        ("storage.k8s.io", "StorageClass"),
    ];
    let objects: Vec<_> = kinds.map(|(group, kind)| object(key(group, kind, "a"))).to_vec();
    let resource = written(&kustomization(&json!({})), &report(objects, Stage::Done), NOW);
    let entries = resource["status"]["inventory"]["entries"].as_array().unwrap();
    let kinds: Vec<&str> =
        entries.iter().map(|e| e["id"].as_str().unwrap().rsplit('_').next().unwrap()).collect();
    assert_eq!(
        kinds,
        ["Namespace", "StorageClass", "Deployment", "Other", "ValidatingWebhookConfiguration"]
    );
}

#[test]
fn an_inventory_that_nobody_knows_is_not_written_over() {
    let entries = json!([{"id": "nonsense", "v": "v1"}]);
    let resource = kustomization(&json!({"status": {"inventory": {"entries": entries}}}));
    let unknown = trimtab_inventory::Inventory::Unknown(trimtab_inventory::Error::NoShards);
    let report = Report { inventory: unknown, ..facts() };
    let after = written(&resource, &report, NOW);
    assert_eq!(after["status"]["inventory"]["entries"], entries);
}

#[test]
fn one_that_cannot_be_read_is_stalled() {
    let resource = kustomization(&json!({"spec": {"interval": "often"}}));
    let invalid = app(&resource, None, &Settings::default()).unwrap_err();
    let patch = status_of_invalid(&resource, &invalid.conditions(), time(NOW)).unwrap();
    let mut after = resource;
    trimtab_crd::patch::apply(&mut after, &patch);
    assert_eq!(
        condition(&after, "Stalled"),
        Some("True InvalidSpec spec.interval must be a duration: often".to_owned())
    );
    assert_eq!(patch["metadata"]["uid"], "u1");
}

#[test]
fn events_speak_as_the_family_does() {
    let (app, _) = app(&kustomizations()[0], None, &Settings::default()).unwrap();
    let told =
        Announcement { warning: false, what: Happening::OperationCompleted, message: "x".into() };
    let run = operation(Phase::Succeeded, "2026-01-01T00:00:00Z", Some("2026-01-01T00:00:00.4Z"));
    let event = event(&told, &app, (Some(&run), &Stage::Done));
    assert_eq!(event.reason, "ReconciliationSucceeded");
    assert_eq!(event.message, "Reconciliation finished in 400ms, next run in 1h0m0s");
    assert_eq!(event.component, "kustomize-controller");
    assert_eq!(
        event.annotations,
        [("kustomize.toolkit.fluxcd.io/revision".to_owned(), REVISION.to_owned())]
    );
}

/// A Kustomization whose status has so many conditions of somebody else.
fn crowded(count: usize) -> Value {
    let others = (0..count).map(|number| {
        json!({"type": format!("Foreign{number}"), "status": "True", "reason": "Because",
            "message": "x".repeat(30_000), "lastTransitionTime": NOW})
    });
    let mut resource = kustomization(&json!({}));
    resource["status"] = json!({"conditions": others.collect::<Vec<_>>()});
    resource
}

fn bytes_of_conditions(resource: &Value) -> usize {
    resource["status"]["conditions"].to_string().len()
}

#[test]
fn conditions_have_a_bound_and_what_has_no_room_is_named() {
    let mut said = facts();
    let message = "y".repeat(5_000);
    for kind in [
        ConditionKind::PruneHeld,
        ConditionKind::LeftOut,
        ConditionKind::SharedResource,
        ConditionKind::RepeatedResource,
        ConditionKind::Contended,
        ConditionKind::ClaimedBy,
        ConditionKind::Deletion,
        ConditionKind::Inventory,
    ] {
        said.conditions.push(Condition { kind, message: message.clone() });
    }
    let resource = written(&crowded(40), &said, NOW);
    let most = usize::try_from(limit::STATUS_CONDITIONS_BYTES_MAX).unwrap();
    assert!(bytes_of_conditions(&resource) < most + 3_000, "{}", bytes_of_conditions(&resource));
    for kept in ["Ready", "PruneHeld"] {
        assert!(condition(&resource, kept).unwrap().starts_with("True"));
    }
    let told = condition(&resource, "ConditionsTruncated").unwrap();
    assert!(told.contains("conditions have no room and are not shown: "), "{told}");
    assert!(told.contains("Foreign39") && told.contains("LeftOut"), "{told}");
    // It is said once: the same facts write nothing more.
    let (app, _) = app(&resource, None, &Settings::default()).unwrap();
    assert_eq!(status(&resource, &app, &said, time("2027-01-01T00:00:00Z")), None);
}

#[test]
fn conditions_of_others_that_had_no_room_stay_named_until_the_resource_is_changed() {
    let mut resource = written(&crowded(2), &facts(), NOW);
    let told = condition(&resource, "ConditionsTruncated").unwrap();
    assert!(told.ends_with(" 2 conditions have no room and are not shown: Foreign0, Foreign1"));
    let (same, _) = app(&resource, None, &Settings::default()).unwrap();
    assert_eq!(status(&resource, &same, &facts(), time("2027-01-01T00:00:00Z")), None);
    let generation = resource["metadata"]["generation"].as_i64().unwrap();
    resource["metadata"]["generation"] = (generation + 1).into();
    let later = written(&resource, &facts(), NOW);
    assert_eq!(condition(&later, "ConditionsTruncated"), None);
}
