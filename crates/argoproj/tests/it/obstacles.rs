//! What stands in the way, as people are told of it.

use crate::support::{application, revision, time};
use serde_json::{Value, json};
use trimtab_argoproj::{obstacle_event, obstacles};
use trimtab_crd::Obstacle;
use trimtab_model::Digest;
use trimtab_sync::{Operation, Phase, Request};

const NOW: &str = "2026-11-21T09:19:33Z";

fn condition(kind: &str, message: &str) -> Value {
    json!({"type": kind, "message": message, "lastTransitionTime": NOW})
}

fn operation(phase: Phase) -> Operation {
    Operation {
        request: Request::by_itself(true),
        phase,
        message: String::new(),
        started_at: time(NOW),
        finished_at: None,
        revisions: vec![revision(None)],
        sources: Digest::of(b""),
        retries: 0,
        results: Vec::new(),
    }
}

#[test]
fn what_is_done_as_it_is_meant_only_warns_and_stands_in_nobody_s_way() {
    let told = [
        "ComparisonError",
        "InvalidSpecError",
        "InventoryError",
        "NotSupportedError",
        "PruneHeldWarning",
        "SyncError",
        "UnknownError",
    ];
    let warned =
        ["NotSupportedWarning", "SharedResourceWarning", "SyncWindowWarning", "DeletionError"];
    let all: Vec<Value> =
        told.iter().chain(&warned).map(|kind| condition(kind, "it is so")).collect();
    let found = obstacles(&all, None);
    assert_eq!(found.iter().map(|obstacle| obstacle.reason).collect::<Vec<_>>(), told);
    assert!(found.iter().all(|obstacle| obstacle.message == "it is so"));
}

#[test]
fn what_a_sync_says_when_it_ends_is_not_told_beside_it() {
    let failed = [condition("SyncError", "Failed last sync attempt to [9c2f]: not today")];
    assert_eq!(obstacles(&failed, Some(&operation(Phase::Failed))), []);
    let refused = [condition("SyncError", "it cannot be applied")];
    assert_eq!(obstacles(&refused, Some(&operation(Phase::Running))), []);
    assert_eq!(obstacles(&refused, Some(&operation(Phase::Succeeded))).len(), 1);
}

#[test]
fn they_are_warnings_of_the_family_s_controller_also_of_what_cannot_be_read() {
    let obstacle = Obstacle { reason: "ComparisonError", message: "it is so".to_owned() };
    let resource = application(&json!({"spec": {"destination":
        {"server": "https://kubernetes.default.svc", "namespace": "shop"}}}));
    let told = obstacle_event(&obstacle, &resource);
    assert_eq!((told.warning, told.reason, &*told.message), (true, "ComparisonError", "it is so"));
    assert_eq!(told.component, "argocd-application-controller");
    let annotation = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let server = annotation("dest-server", "https://kubernetes.default.svc");
    assert_eq!(told.annotations, [annotation("dest-namespace", "shop"), server.clone()]);
    let told = obstacle_event(&obstacle, &json!({"spec": {"destination": 7}}));
    assert_eq!(told.annotations, [annotation("dest-namespace", ""), server]);
}
