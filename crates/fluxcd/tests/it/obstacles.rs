//! What stands in the way, as people are told of it.

use crate::support::{COMMIT, operation, read, time};
use serde_json::{Value, json};
use trimtab_crd::Obstacle;
use trimtab_fluxcd::{event, id, obstacle_event, obstacles};
use trimtab_model::{AppId, GroupKind};
use trimtab_sync::{Announcement, FailurePoint, Happening, Phase, Stage};

const NOW: &str = "2026-01-01T00:00:00Z";

fn condition(kind: &str, status: &str, reason: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": "it is so"})
}

fn reasons(conditions: &[Value]) -> Vec<&'static str> {
    let obstacles = obstacles(conditions, None);
    assert!(obstacles.iter().all(|obstacle| obstacle.message == "it is so"));
    obstacles.into_iter().map(|obstacle| obstacle.reason).collect()
}

#[test]
fn what_nothing_is_begun_for_stands_in_the_way_and_what_a_run_fails_at_it_says_itself() {
    for told in [
        "ArtifactFailed",
        "BuildFailed",
        "ReconciliationFailed",
        "NotSupportedError",
        "InvalidSpec",
        "UnknownError",
        "AuthenticationFailed",
        "GitOperationFailed",
        "NotSupported",
    ] {
        assert_eq!(reasons(&[condition("Ready", "False", told)]), [told]);
        assert_eq!(reasons(&[condition("Stalled", "True", told)]), [""; 0], "Ready says it");
    }
    for said in ["HealthCheckFailed", "PruneFailed"] {
        assert_eq!(reasons(&[condition("Ready", "False", said)]), [""; 0]);
    }
    let mut run = operation(Phase::Failed, NOW, Some(NOW));
    run.message = "it is so".to_owned();
    let failed = [condition("Ready", "False", "ReconciliationFailed")];
    assert_eq!(obstacles(&failed, Some(&run)), []);
    run.message = "it was otherwise".to_owned();
    assert_eq!(obstacles(&failed, Some(&run)).len(), 1);
}

#[test]
fn prunes_that_wait_stand_in_the_way_of_one_that_is_ready() {
    let ready = condition("Ready", "True", "ReconciliationSucceeded");
    let conditions = [
        ready.clone(),
        condition("PruneHeld", "True", "PruneHeld"),
        condition("InventoryFailed", "True", "InventoryFailed"),
        condition("Drifted", "True", "Drifted"),
    ];
    assert_eq!(reasons(&conditions), ["PruneHeld", "InventoryFailed"]);
    assert_eq!(reasons(&[ready, condition("PruneHeld", "False", "PruneHeld")]), [""; 0]);
}

#[test]
fn they_are_warnings_of_the_controller_that_the_family_has_for_the_kind() {
    let obstacle = Obstacle { reason: "BuildFailed", message: "it is so".to_owned() };
    let app = id(&crate::support::kustomization(&json!({}))).unwrap();
    let told = obstacle_event(&obstacle, &app, Some(&crate::support::revision()));
    assert_eq!((told.warning, told.reason, &*told.message), (true, "BuildFailed", "it is so"));
    assert_eq!(told.component, "kustomize-controller");
    assert!(told.annotations[0].1.ends_with(COMMIT), "{:?}", told.annotations);
    let kind = GroupKind::new("source.toolkit.fluxcd.io", "GitRepository");
    let told = obstacle_event(&obstacle, &AppId { kind, ..app }, None);
    assert_eq!((told.component, told.annotations.len()), ("source-controller", 0));
}

#[test]
fn a_run_that_failed_is_told_with_the_reason_of_ready() {
    let (app, _) = read(&json!({}));
    let told =
        Announcement { warning: true, what: Happening::OperationCompleted, message: "x".into() };
    let mut run = operation(Phase::Failed, NOW, Some(NOW));
    run.finished_at = Some(time(NOW));
    for (point, reason) in [
        (FailurePoint::Apply, "ReconciliationFailed"),
        (FailurePoint::Prune, "PruneFailed"),
        (FailurePoint::Health, "HealthCheckFailed"),
    ] {
        let stage = Stage::Failed(point, "x".to_owned());
        assert_eq!(event(&told, &app, (Some(&run), &stage)).reason, reason);
    }
    let ended = event(&told, &app, (Some(&run), &Stage::Applying));
    assert_eq!(ended.reason, "ReconciliationFailed", "a person ended it");
}
