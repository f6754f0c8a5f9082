//! Resources and reports that tests start from.

use serde_json::{Value, json};
use trimtab_crd::patch;
use trimtab_fluxcd::{GitSource, Settings, git_source};
use trimtab_health::{Code, Health};
use trimtab_inventory::{Entry, Inventory};
use trimtab_model::{
    App, Commit, Digest, GroupKind, NotSupported, ObjectKey, Restraint, SourceRevision, Timestamp,
    Version, Wave,
};
use trimtab_plan::SyncStatus;
use trimtab_sync::{ObjectReport, Operation, Phase, Record, Report, Request, Stage};

pub const COMMIT: &str = "f20f585d9f422fb3dad84884bcfc3211db5ec609";

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn kustomizations() -> Vec<Value> {
    serde_json::from_str(include_str!("../fixtures/kustomizations.json")).unwrap()
}

pub fn repository() -> Value {
    let list: Vec<Value> =
        serde_json::from_str(include_str!("../fixtures/gitrepositories.json")).unwrap();
    list[0].clone()
}

/// A small `GitRepository`; `change` is merged into it.
pub fn git_repository(change: &Value) -> Value {
    let mut resource = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": "env", "namespace": "team", "uid": "u2", "generation": 3},
        "spec": {"url": "https://git.example/env.git", "interval": "1m"},
    });
    patch::apply(&mut resource, change);
    resource
}

pub fn source(change: &Value) -> GitSource {
    git_source(&git_repository(change)).unwrap()
}

/// A small Kustomization; `change` is merged into it.
pub fn kustomization(change: &Value) -> Value {
    let mut resource = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {
            "name": "shop", "namespace": "team", "uid": "u1", "generation": 2,
            "resourceVersion": "9", "finalizers": ["finalizers.fluxcd.io"],
        },
        "spec": {
            "interval": "10m",
            "path": "./apps/shop",
            "prune": true,
            "sourceRef": {"kind": "GitRepository", "name": "env"},
        },
    });
    patch::apply(&mut resource, change);
    resource
}

pub fn read(change: &Value) -> (App, Record) {
    let source = source(&json!({}));
    trimtab_fluxcd::app(&kustomization(change), Some(&source), &Settings::default()).unwrap()
}

/// What does not act: the restraints, and the additions with a `+`.
pub fn shown(found: &[NotSupported]) -> Vec<String> {
    let shown = found.iter().map(|found| match found.restraint {
        Restraint::Restrains => found.field.to_string(),
        Restraint::Adds => format!("+{}", found.field),
    });
    shown.collect()
}

pub fn not_supported(spec: &Value) -> Vec<String> {
    shown(&read(&json!({"spec": spec})).0.not_supported)
}

pub fn key(group: &str, kind: &str, name: &str) -> ObjectKey {
    ObjectKey::namespaced(&GroupKind::new(group, kind), "bench", name)
}

pub fn revision() -> SourceRevision {
    SourceRevision { commit: Commit::parse(COMMIT).unwrap(), found_as: Some("main".into()) }
}

pub fn object(key: ObjectKey) -> ObjectReport {
    ObjectReport {
        key,
        version: Version::from("v1"),
        status: SyncStatus::Synced,
        health: None,
        wave: Wave(0),
        requires_pruning: false,
        only_marked: false,
    }
}

pub fn inventory(objects: &[ObjectReport]) -> Inventory {
    let entry = |object: &ObjectReport| Entry { version: object.version.clone() };
    Inventory::Known(objects.iter().map(|o| (o.key.clone(), entry(o))).collect())
}

/// A run of the fixture's revision.
pub fn operation(phase: Phase, started_at: &str, finished_at: Option<&str>) -> Operation {
    Operation {
        request: Request::by_itself(true),
        phase,
        message: String::new(),
        started_at: time(started_at),
        finished_at: finished_at.map(time),
        revisions: vec![revision()],
        sources: Digest::of(b""),
        retries: 0,
        results: Vec::new(),
    }
}

/// A report of the fixture's revision, applied, at a stage.
pub fn report(objects: Vec<ObjectReport>, stage: Stage) -> Report {
    Report {
        revision_is_news: true,
        status: SyncStatus::Synced,
        health: Health { code: Code::Healthy, message: String::new(), failed: false },
        revisions: vec![revision()],
        applied: vec![revision()],
        inventory: inventory(&objects),
        objects,
        operation: None,
        history: Vec::new(),
        conditions: Vec::new(),
        images: Vec::new(),
        request_taken: false,
        refreshed: None,
        stage,
    }
}

/// The resource after its status was written.
pub fn written(resource: &Value, report: &Report, now: &str) -> Value {
    let (app, _) = trimtab_fluxcd::app(resource, None, &Settings::default()).unwrap();
    let mut resource = resource.clone();
    if let Some(change) = trimtab_fluxcd::status(&resource, &app, report, time(now)) {
        patch::apply(&mut resource, &change);
    }
    resource
}

/// A condition of a resource as `status reason message`.
pub fn condition(resource: &Value, kind: &str) -> Option<String> {
    let all = resource["status"]["conditions"].as_array()?;
    let found = all.iter().find(|condition| condition["type"] == kind)?;
    let text = |field: &str| found[field].as_str().unwrap().to_owned();
    Some(format!("{} {} {}", text("status"), text("reason"), text("message")))
}
