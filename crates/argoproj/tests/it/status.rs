//! Statuses, beside those of the reference (Argo CD 3.5.1).

use crate::record::fixtures;
use crate::support::{
    application, health, inventory, key, object, report, revision, settings, time, written,
};
use serde_json::{Value, json};
use trimtab_argoproj::status_of_invalid;
use trimtab_crd::{APPLICATION, mismatches};
use trimtab_health::Code;
use trimtab_model::{Digest, Version};
use trimtab_plan::SyncStatus;
use trimtab_sync::{
    Condition, ConditionKind, HistoryEntry, ObjectResult, Operation, Phase, Refresh, Report,
    Request, ResultCode,
};

const NOW: &str = "2026-11-21T09:19:33Z";

/// The facts that the reference's controller told of in the first fixture.
fn facts() -> Report {
    let keys = [
        key("", "ServiceAccount", "bench", "app-00000"),
        key("", "ConfigMap", "bench", "app-00000"),
        key("", "Service", "bench", "app-00000"),
        key("apps", "Deployment", "bench", "app-00000"),
    ];
    let images = |name: &str| match name {
        "Deployment" => vec!["example/app:1.0.0".to_owned()],
        _ => Vec::new(),
    };
    let results = keys.iter().map(|key| {
        let kind = key.kind.as_str();
        let group = if key.group.is_empty() { "" } else { ".apps" };
        ObjectResult {
            key: key.clone(),
            version: Version::from("v1"),
            code: ResultCode::Synced,
            message: format!("{}{group}/app-00000 created", kind.to_lowercase()),
            images: images(kind),
            waited: None,
        }
    });
    let operation = Operation {
        request: Request::by_itself(true),
        phase: Phase::Succeeded,
        message: "successfully synced (all tasks run)".to_owned(),
        started_at: time("2026-11-21T09:19:32Z"),
        finished_at: Some(time(NOW)),
        revisions: vec![revision(Some("main"))],
        sources: Digest::of(b""),
        retries: 0,
        results: results.collect(),
    };
    let history = HistoryEntry {
        id: 0,
        revisions: vec![revision(Some("main"))],
        started_at: Some(time("2026-11-21T09:19:32Z")),
        deployed_at: time(NOW),
        user: None,
        sources: Value::Null,
    };
    let objects = keys.map(|key| object(key, SyncStatus::Synced)).to_vec();
    Report {
        revisions: vec![revision(Some("main"))],
        operation: Some(operation),
        history: vec![history],
        ..report(objects)
    }
}

#[test]
fn the_same_facts_make_the_same_status() {
    let mut fresh = fixtures()[0].clone();
    let expected = fresh.as_object_mut().unwrap().remove("status").unwrap();
    let status = written(&fresh, &facts(), NOW)["status"].clone();
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&status[name], value, "{name}");
    }
    assert_eq!(status, expected);
}

#[test]
fn a_status_of_the_reference_that_says_so_already_is_not_written() {
    let fixture = &fixtures()[0];
    let (app, _) = trimtab_argoproj::app(fixture, &settings()).unwrap();
    let later = time("2026-11-22T00:00:00Z");
    assert_eq!(trimtab_argoproj::status(fixture, &app, &facts(), &settings(), later), None);
}

#[test]
fn only_what_differs_is_written_with_the_incarnation() {
    let fixture = &fixtures()[0];
    let (app, _) = trimtab_argoproj::app(fixture, &settings()).unwrap();
    let degraded = Report { health: health(Code::Degraded), ..facts() };
    let later = time("2026-11-22T00:00:00.5Z");
    assert_eq!(
        trimtab_argoproj::status(fixture, &app, &degraded, &settings(), later),
        Some(json!({
            "metadata": {"uid": "35b13679-84bc-4eec-a795-a4efbdeab21b"},
            "status": {
                "health": {"status": "Degraded", "lastTransitionTime": "2026-11-22T00:00:00Z"},
                "reconciledAt": "2026-11-22T00:00:00Z",
            },
        }))
    );
}

#[test]
fn a_definition_of_the_reference_keeps_all_that_is_written() {
    let schema = APPLICATION.schema().into_value();
    let resource = written(&fixtures()[0], &facts(), NOW);
    assert_eq!(mismatches(&resource, &schema, ""), []);
    let unknown = unlisted(&resource["status"], &schema["properties"]["status"], "status");
    assert_eq!(unknown, [""; 0]);
}

/// Fields that the server would prune.
fn unlisted(value: &Value, schema: &Value, path: &str) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| {
                let path = format!("{path}.{name}");
                match schema["properties"].get(name).or(schema.get("additionalProperties")) {
                    Some(schema) => unlisted(value, schema, &path),
                    None => vec![path],
                }
            })
            .collect(),
        Value::Array(items) => {
            items.iter().flat_map(|item| unlisted(item, &schema["items"], path)).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn a_request_is_copied_and_taken_away() {
    let asked = json!({"initiatedBy": {"username": "alice"}, "sync": {"prune": true}});
    let resource = application(&json!({"operation": asked}));
    let mut begun = facts();
    let operation = begun.operation.as_mut().unwrap();
    operation.request.user = Some("alice".into());
    operation.phase = Phase::Running;
    operation.finished_at = None;
    begun.request_taken = true;
    let written = written(&resource, &begun, NOW);
    assert_eq!(written.get("operation"), None);
    assert_eq!(written["status"]["operationState"]["operation"], asked);
    assert_eq!(written["status"]["operationState"]["phase"], "Running");
}

#[test]
fn the_answered_refresh_is_taken_away_and_no_other() {
    let resource = application(&json!({"metadata": {"annotations": {
        "argocd.argoproj.io/refresh": "hard", "a": "b",
    }}}));
    let answer = |token: &str| {
        let refreshed = Some(Refresh { token: token.into(), hard: true });
        let written = written(&resource, &Report { refreshed, ..report(vec![]) }, NOW);
        written["metadata"]["annotations"].clone()
    };
    assert_eq!(answer("hard"), json!({"a": "b"}));
    assert_eq!(answer("normal"), json!({"a": "b", "argocd.argoproj.io/refresh": "hard"}));
}

#[test]
fn conditions_are_sorted_and_keep_their_times() {
    let old = json!([
        {"type": "SyncError", "message": "b", "lastTransitionTime": "2026-01-01T00:00:00Z"},
        {"type": "OrphanedResourceWarning", "message": "x"},
    ]);
    let resource = application(&json!({"status": {"conditions": old}}));
    let condition = |kind, message: &str| Condition { kind, message: message.to_owned() };
    let conditions = vec![
        condition(ConditionKind::Sync, "b"),
        condition(ConditionKind::NotSupported, "spec.source.helm does not act yet"),
        condition(ConditionKind::Comparison, "c"),
    ];
    let written = written(&resource, &Report { conditions, ..report(vec![]) }, NOW);
    let found: Vec<(&str, &str)> = written["status"]["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["type"].as_str().unwrap(), c["lastTransitionTime"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            ("ComparisonError", NOW),
            ("NotSupportedError", NOW),
            ("SyncError", "2026-01-01T00:00:00Z"),
        ]
    );
}

#[test]
fn an_application_that_cannot_be_read_is_unknown_and_keeps_the_rest() {
    let resource = {
        let mut resource = fixtures()[0].clone();
        resource["spec"]["destination"]["server"] = Value::Null;
        resource
    };
    let invalid = trimtab_argoproj::app(&resource, &settings()).unwrap_err();
    let patch = status_of_invalid(&resource, &invalid, time("2026-12-01T00:00:00Z")).unwrap();
    assert_eq!(
        patch["status"],
        json!({
            "sync": {"status": "Unknown"},
            "health": {"status": "Unknown", "lastTransitionTime": "2026-12-01T00:00:00Z"},
            "conditions": [{
                "type": "InvalidSpecError",
                "message": "Destination server missing from app spec",
                "lastTransitionTime": "2026-12-01T00:00:00Z",
            }],
            "reconciledAt": "2026-12-01T00:00:00Z",
        })
    );
    let mut written = resource;
    trimtab_crd::patch::apply(&mut written, &patch);
    assert_eq!(status_of_invalid(&written, &invalid, time("2026-12-02T00:00:00Z")), None);
}

#[test]
fn what_a_person_should_look_at_comes_first_and_the_rest_is_counted() {
    let mut objects: Vec<_> = (0..400)
        .map(|n| object(key("", "ConfigMap", "bench", &format!("c{n:03}")), SyncStatus::Synced))
        .collect();
    objects[399].status = SyncStatus::OutOfSync;
    let written = written(&application(&json!({})), &report(objects), NOW);
    let listed = written["status"]["resources"].as_array().unwrap();
    assert_eq!(listed.len(), 150);
    assert_eq!(listed[149]["name"], "c399");
    assert_eq!(
        written["status"]["conditions"][0]["message"],
        "250 of 400 objects are not listed; the inventory stands in Inventory objects of this \
         namespace"
    );
}

#[test]
fn a_status_never_exceeds_its_bound() {
    let objects: Vec<_> = (0..150)
        .map(|n| object(key("", "ConfigMap", "bench", &format!("c{n:03}")), SyncStatus::Synced))
        .collect();
    let mut large = Report { inventory: inventory(&objects), ..facts() };
    let operation = large.operation.as_mut().unwrap();
    let mut result = operation.results[0].clone();
    result.message = "x".repeat(1_000);
    operation.results = vec![result.clone(); 200];
    operation.results[100].code = ResultCode::SyncFailed;
    large.objects = objects;
    let status = &written(&application(&json!({})), &large, NOW)["status"];
    assert!(status.to_string().len() <= 65_536, "{}", status.to_string().len());
    let results = status["operationState"]["syncResult"]["resources"].as_array().unwrap();
    assert!(results.iter().any(|result| result["status"] == "SyncFailed"));
    assert_eq!(status["resources"].as_array().unwrap().len(), 150);
}

#[test]
fn conditions_are_bounded_and_the_rest_is_counted_by_type() {
    let condition = |kind, message: String| Condition { kind, message };
    let mut conditions: Vec<Condition> = (0..1_000)
        .map(|n| {
            condition(ConditionKind::Comparison, format!("file{n:04}.yaml:1: {}", "x".repeat(300)))
        })
        .collect();
    conditions.push(condition(ConditionKind::Sync, "e".repeat(600_000)));
    conditions.push(condition(ConditionKind::PruneHeld, "held".to_owned()));
    let resource = application(&json!({}));
    let status = &written(&resource, &Report { conditions, ..report(vec![]) }, NOW)["status"];
    let written = status["conditions"].as_array().unwrap();
    assert!(status["conditions"].to_string().len() <= 20_000, "{}", status.to_string().len());
    let of = |kind: &str| written.iter().filter(|c| c["type"] == kind).collect::<Vec<_>>();
    let compared = of("ComparisonError");
    let more = format!("{} more of these are not shown", 1_000 - (compared.len() - 1));
    assert!(compared.iter().any(|c| c["message"] == more.as_str()), "{more}: {written:?}");
    assert!(of("SyncError")[0]["message"].as_str().unwrap().ends_with("e..."));
    assert_eq!(of("PruneHeldWarning").len(), 1);
}

#[test]
fn a_long_spec_is_not_copied_into_the_status() {
    let rule = json!({"kind": "Deployment", "jsonPointers": ["/p".repeat(50_000)]});
    let resource = application(&json!({"spec": {"ignoreDifferences": [rule]}}));
    let status = &written(&resource, &facts(), NOW)["status"];
    assert!(status.to_string().len() <= 65_536, "{}", status.to_string().len());
    assert_eq!(status["sync"]["status"], "Synced");
}

#[test]
fn objects_of_the_whole_cluster_are_listed_with_the_destinations_namespace() {
    let mut with_namespace = facts();
    let operation = with_namespace.operation.as_mut().unwrap();
    operation.results.truncate(1);
    operation.results[0].key = key("", "Namespace", "", "team");
    with_namespace.objects = vec![object(key("", "Namespace", "", "team"), SyncStatus::Synced)];
    with_namespace.inventory = inventory(&with_namespace.objects);
    let resource = written(&application(&json!({})), &with_namespace, NOW);
    let result = &resource["status"]["operationState"]["syncResult"]["resources"][0];
    assert_eq!(result["namespace"], "bench");
    assert_eq!(resource["status"]["resources"][0].get("namespace"), None);
    let (_, record) = trimtab_argoproj::app(&resource, &settings()).unwrap();
    assert_eq!(record.operation.unwrap().results[0].key, key("", "Namespace", "", "team"));
}

#[test]
fn histories_of_charts_are_kept_as_they_are() {
    let chart = json!({
        "id": 4, "revision": "1.2.3", "deployedAt": "2026-01-01T00:00:00Z",
        "source": {"repoURL": "https://charts.example", "chart": "x"},
    });
    let resource = application(&json!({"status": {"history": [chart]}}));
    let mut next = facts();
    next.history[0].id = 5;
    let written = written(&resource, &next, NOW);
    let history = written["status"]["history"].as_array().unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(history[0], chart);
    assert_eq!(history[1]["id"], 5);
}

#[test]
fn links_and_images_are_summed_up() {
    let resource = application(&json!({"metadata": {"annotations": {
        "link.argocd.argoproj.io/b": "https://b", "link.argocd.argoproj.io/a": "https://a",
    }}}));
    let images = vec!["example/app:1".to_owned()];
    let written = written(&resource, &Report { images, ..report(vec![]) }, NOW);
    assert_eq!(
        written["status"]["summary"],
        json!({"images": ["example/app:1"], "externalURLs": ["https://a", "https://b"]})
    );
}

#[test]
fn a_password_in_a_url_is_written_nowhere() {
    let source = json!({"repoURL": "https://me:hunter2@git.example/a.git", "path": "a"});
    let asked = json!({"sync": {"source": source}, "initiatedBy": {"username": "alice"}});
    for spec in [json!({"source": source}), json!({"source": null, "sources": [source, source]})] {
        let resource = application(&json!({"spec": spec, "operation": asked}));
        for user in [None, Some("alice".into())] {
            let mut report = facts();
            report.operation.iter_mut().for_each(|last| last.request.user = user.clone());
            let status = written(&resource, &report, NOW)["status"].to_string();
            assert!(!status.contains("hunter2"), "{status}");
            assert!(status.contains("https://me@git.example/a.git"), "{status}");
        }
    }
}

#[test]
fn the_first_mistake_of_a_file_stands_first() {
    let condition =
        |message: &str| Condition { kind: ConditionKind::Comparison, message: message.to_owned() };
    let messages = ["a.yaml:5:2: x", "a.yaml:5:14: x", "a.yaml:25:14: x", "b.yaml:1: x"];
    let conditions = messages.iter().rev().map(|message| condition(message)).collect();
    let written = written(&application(&json!({})), &Report { conditions, ..report(vec![]) }, NOW);
    let found = written["status"]["conditions"].as_array().unwrap();
    let found: Vec<&str> = found.iter().map(|c| c["message"].as_str().unwrap()).collect();
    assert_eq!(found, messages);
}
