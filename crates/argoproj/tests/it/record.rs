//! What a status of the reference (Argo CD 3.5.1) remembers.

use crate::support::{COMMIT, key, settings, time};
use serde_json::{Value, json};
use trimtab_inventory::Inventory;
use trimtab_model::{App, Source};
use trimtab_sync::{Phase, Record, ResultCode};

pub fn fixtures() -> Vec<Value> {
    let list = include_str!("../fixtures/applications.json");
    serde_json::from_str(list).unwrap()
}

fn first() -> (App, Record) {
    trimtab_argoproj::app(&fixtures()[0], &settings()).unwrap()
}

#[test]
fn every_fixture_is_read_and_all_of_it_acts() {
    for fixture in fixtures() {
        let (app, record) = trimtab_argoproj::app(&fixture, &settings()).unwrap();
        assert_eq!(app.not_supported, []);
        assert!(record.operation.is_some() && record.requested.is_none());
    }
}

#[test]
fn the_inventory_is_the_list_of_objects() {
    let Inventory::Known(objects) = first().1.inventory else { panic!() };
    let keys: Vec<_> = objects.keys().cloned().collect();
    assert_eq!(
        keys,
        [
            key("", "ConfigMap", "bench", "app-00000"),
            key("", "Service", "bench", "app-00000"),
            key("", "ServiceAccount", "bench", "app-00000"),
            key("apps", "Deployment", "bench", "app-00000"),
        ]
    );
}

#[test]
fn hooks_and_objects_that_only_a_person_may_prune_are_not_in_the_inventory() {
    let resources = json!([
        {"kind": "ConfigMap", "name": "a", "namespace": "b", "version": "v1", "status": "Synced"},
        {"kind": "Job", "group": "batch", "name": "h", "namespace": "b", "hook": true,
         "requiresPruning": true},
        {"kind": "ConfigMap", "name": "old", "namespace": "b", "requiresPruning": true},
        {"kind": "ConfigMap", "name": "strange", "namespace": "b", "requiresPruning": true,
         "requiresDeletionConfirmation": true},
        {"kind": "ConfigMap", "name": "theirs", "namespace": "b", "status": "OutOfSync",
         "requiresDeletionConfirmation": true},
    ]);
    let (_, record) = crate::support::read(&json!({"status": {"resources": resources}}));
    let Inventory::Known(objects) = record.inventory else { panic!() };
    let names: Vec<&str> = objects.keys().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["a", "old"]);
}

#[test]
fn a_list_that_was_cut_is_no_inventory() {
    let status = json!({"status": {
        "resources": [{"kind": "ConfigMap", "name": "a", "namespace": "b"}],
        "conditions": [{"type": "ResourcesTruncatedWarning", "message": "x"}],
    }});
    assert!(matches!(crate::support::read(&status).1.inventory, Inventory::Unknown(_)));
}

#[test]
fn the_last_operation_is_read() {
    let (app, record) = first();
    let operation = record.operation.unwrap();
    assert_eq!(operation.phase, Phase::Succeeded);
    assert_eq!(operation.message, "successfully synced (all tasks run)");
    assert_eq!(operation.started_at, time("2026-11-21T09:19:32Z"));
    assert_eq!(operation.finished_at, Some(time("2026-11-21T09:19:33Z")));
    assert_eq!(operation.request.user, None);
    assert!(operation.request.prune);
    assert_eq!(operation.request.retry.unwrap().limit, Some(5));
    assert_eq!(operation.revisions, [crate::support::revision(Some("main"))]);
    assert_eq!(operation.sources, Source::digest_of(&app.sources));
    assert_eq!(operation.results.len(), 4);
    assert_eq!(operation.results[3].code, ResultCode::Synced);
    assert_eq!(operation.results[3].images, ["example/app:1.0.0"]);
    assert_eq!(operation.results[3].waited, None);
}

#[test]
fn history_and_times_are_read() {
    let (_, record) = first();
    assert_eq!(record.history.len(), 1);
    assert_eq!(record.history[0].id, 0);
    assert_eq!(record.history[0].user, None);
    assert_eq!(record.history[0].revisions[0].commit.as_str(), COMMIT);
    assert_eq!(record.applied[0].commit.as_str(), COMMIT);
    assert_eq!(record.last_run, Some(time("2026-11-21T09:19:33Z")));
}

#[test]
fn the_reference_shows_itself_as_another_writer() {
    let foreign = trimtab_crd::foreign_entry(&fixtures()[0]).unwrap();
    assert_eq!(foreign.manager.as_str(), "argocd-application-controller");
    assert_eq!(foreign.mark, Some(time("2026-11-21T09:19:33Z")));
}
