//! The specs in `tests/spec`, whose expectations the reference tools wrote.

use crate::markdown::cases;
use serde_json::{Value, json};
use std::path::Path;
use trimtab_health::{Code, StatusCode, argo, argo_despite_deletion, kstatus, kstatus_with_pods};
use trimtab_model::{GroupVersionKind, Timestamp};

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().expect("a valid time")
}

fn kind(object: &Value) -> GroupVersionKind {
    let text = |name: &str| object[name].as_str().expect("a spec object has a kind");
    GroupVersionKind::of(text("apiVersion"), text("kind"))
}

fn judged(object: &Value) -> String {
    let kind = kind(object);
    let kept = object["metadata"]["finalizers"].is_array();
    let argo = if kept { argo_despite_deletion } else { argo };
    let health = argo(&kind, object).map_or("none".to_owned(), |health| {
        let failed = if health.failed { " (failed)" } else { "" };
        format!("{}{failed} {}", health.code, json!(health.message))
    });
    let status = kstatus(&kind, object, now());
    format!("argo: {health}\nkstatus: {} {}\n", status.code, json!(status.message))
}

#[test]
fn every_case_is_judged_as_the_reference_tools_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| !path.ends_with("README.md"))
        .collect();
    files.sort();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a readable file");
        for case in cases(&text) {
            count += 1;
            let object: Value = serde_json::from_str(case.block("json")).expect("valid JSON");
            let (expected, found) = (case.block("health"), judged(&object));
            if expected != found {
                wrong.push(format!("{}\nexpected\n{expected}found\n{found}", case.title));
            }
        }
    }
    assert!(count > 150, "only {count} cases");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_definition_without_a_status_is_on_its_way() {
    let kind = GroupVersionKind::of("apiextensions.k8s.io/v1", "CustomResourceDefinition");
    let health = argo(&kind, &json!({"metadata": {"name": "w"}})).expect("the kind has a check");
    assert_eq!((health.code, health.failed), (Code::Progressing, false));
}

#[test]
fn a_field_of_the_wrong_type_is_named() {
    let kind = GroupVersionKind::of("apps/v1", "Deployment");
    let health = argo(&kind, &json!({"spec": {"paused": "yes"}})).expect("the kind has a check");
    assert_eq!((health.code, health.failed), (Code::Unknown, true));
    assert_eq!(
        health.message,
        "failed to convert unstructured Deployment to typed: .spec.paused accessor error: yes is \
         of the type string, expected bool"
    );
}

#[test]
fn a_pod_without_a_node_says_when_it_will_have_failed() {
    let mut pod = json!({
        "metadata": {"creationTimestamp": "2026-06-01T00:00:00Z"},
        "status": {"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"},
        ]},
    });
    let kind = GroupVersionKind::of("v1", "Pod");
    let status = kstatus(&kind, &pod, now());
    let deadline: Timestamp = "2026-06-01T00:00:15Z".parse().expect("a valid time");
    assert_eq!((status.code, status.changes_at), (StatusCode::InProgress, Some(deadline)));
    assert_eq!(kstatus(&kind, &pod, deadline).code, StatusCode::Failed);
    pod["metadata"]["creationTimestamp"] = json!("nonsense");
    assert_eq!(kstatus(&kind, &pod, now()).code, StatusCode::Failed);
}

#[test]
fn a_set_in_progress_fails_with_its_pods() {
    let kind = GroupVersionKind::of("apps/v1", "StatefulSet");
    let set = json!({"spec": {"replicas": 2}, "status": {"replicas": 2, "readyReplicas": 1}});
    let looping = json!({"status": {"phase": "Running", "containerStatuses": [
        {"name": "db", "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
    ]}});
    let mut deleted = looping.clone();
    deleted["metadata"] = json!({"deletionTimestamp": "2026-06-01T00:00:00Z"});
    let waiting = json!({"status": {"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"},
    ]}});
    let status = kstatus_with_pods(&kind, &set, [&looping, &deleted, &waiting], now());
    assert_eq!((status.code, status.message.as_str()), (StatusCode::Failed, "1 pods have failed"));
    let status = kstatus_with_pods(&kind, &set, [&deleted, &waiting], now());
    assert_eq!((status.code, status.message.as_str()), (StatusCode::InProgress, "Ready: 1/2"));
    let deployment = GroupVersionKind::of("apps/v1", "Deployment");
    let status = kstatus_with_pods(&deployment, &set, [&looping], now());
    assert_eq!(status.code, StatusCode::InProgress);
}
