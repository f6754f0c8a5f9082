//! What a status of the reference (kustomize-controller 1.9.4) remembers.

use crate::support::{
    key, kustomization, kustomizations, object, repository, revision, time, written,
};
use serde_json::{Value, json};
use trimtab_fluxcd::{Settings, app, git_source, home};
use trimtab_inventory::{Home, Inventory};
use trimtab_sync::{Phase, Record, Stage};

fn read(resource: &Value) -> Record {
    let source = git_source(&repository()).unwrap();
    app(resource, Some(&source), &Settings::default()).unwrap().1
}

#[test]
fn inventory_and_revisions_are_read() {
    let record = read(&kustomizations()[0]);
    let Inventory::Known(entries) = &record.inventory else { panic!() };
    let keys: Vec<_> = entries.keys().cloned().collect();
    assert_eq!(
        keys,
        [
            key("", "ConfigMap", "app-00000"),
            key("", "Service", "app-00000"),
            key("", "ServiceAccount", "app-00000"),
            key("apps", "Deployment", "app-00000"),
        ]
    );
    assert_eq!(record.applied, [revision()]);
    assert_eq!(record.last_run, Some(time("2026-11-21T09:20:30Z")));
    assert_eq!(record.refresh, None);
}

#[test]
fn a_run_that_goes_on_prunes_only_where_the_resource_asks_for_it() {
    for prune in [true, false] {
        let mut resource = kustomizations()[0].clone();
        resource["spec"]["prune"] = prune.into();
        assert_eq!(read(&resource).operation.unwrap().request.prune, prune);
    }
}

#[test]
fn the_last_run_is_read_from_revision_and_conditions() {
    let mut resource = kustomizations()[0].clone();
    let done = read(&resource).operation.unwrap();
    assert_eq!((done.phase, done.revisions), (Phase::Succeeded, vec![revision()]));
    assert_eq!(done.finished_at, Some(time("2026-11-21T09:20:30Z")));
    // A run that was cut off in the middle: Reconciling says so.
    resource["status"]["conditions"] = json!([
        {"type": "Reconciling", "status": "True", "reason": "Progressing", "message": "m",
         "lastTransitionTime": "2026-11-21T10:00:00Z"},
        {"type": "Ready", "status": "Unknown", "reason": "Progressing", "message": "m",
         "lastTransitionTime": "2026-11-21T10:00:00Z"},
    ]);
    let cut = read(&resource).operation.unwrap();
    assert_eq!((cut.phase, cut.finished_at), (Phase::Running, None));
    assert_eq!(cut.started_at, time("2026-11-21T10:00:00Z"));
    // One that has failed waits for its retry.
    resource["status"]["conditions"] = json!([
        {"type": "Reconciling", "status": "True", "reason": "ProgressingWithRetry", "message": "m",
         "lastTransitionTime": "2026-11-21T10:00:00Z"},
        {"type": "Ready", "status": "False", "reason": "BuildFailed", "message": "broken",
         "lastTransitionTime": "2026-11-21T10:00:01Z"},
    ]);
    let failed = read(&resource).operation.unwrap();
    assert_eq!((failed.phase, failed.message.as_str()), (Phase::Failed, "broken"));
    assert_eq!(failed.finished_at, Some(time("2026-11-21T10:00:01Z")));
}

#[test]
fn a_request_is_known_until_it_is_handled() {
    let record = read(&kustomization(&json!({
        "metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "2"}},
        "status": {"lastHandledReconcileAt": "1"},
    })));
    assert_eq!(&*record.refresh.unwrap().token, "2");
    assert_eq!(record.refreshed.as_deref(), Some("1"));
}

#[test]
fn an_entry_that_names_no_object_makes_the_inventory_unknown() {
    let entries = json!([{"id": "bench_a__ConfigMap", "v": "v1"}, {"id": "nonsense", "v": "v1"}]);
    let record = read(&kustomization(&json!({"status": {"inventory": {"entries": entries}}})));
    assert!(record.inventory.is_unknown());
}

#[test]
fn a_large_inventory_stands_in_shards_and_the_status_says_so() {
    let objects: Vec<_> =
        (0..400).map(|n| object(key("", "ConfigMap", &format!("c{n:03}")))).collect();
    let report = crate::support::report(objects, Stage::Done);
    let resource = written(&kustomization(&json!({})), &report, "2026-01-01T00:00:00Z");
    assert_eq!(home(&resource), Home::Sharded);
    assert!(read(&resource).inventory.is_unknown());
    assert_eq!(resource["status"]["inventory"]["entries"].as_array().unwrap().len(), 150);
    let small = crate::support::report(vec![object(key("", "ConfigMap", "a"))], Stage::Done);
    let resource = written(&resource, &small, "2026-01-02T00:00:00Z");
    assert!(matches!(home(&resource), Home::Inline(entries) if entries.len() == 1));
}
