//! Resources and reports that tests start from.

use serde_json::{Value, json};
use trimtab_argoproj::Settings;
use trimtab_crd::patch;
use trimtab_health::{Code, Health};
use trimtab_inventory::{Entry, Inventory};
use trimtab_model::{
    App, Commit, GroupKind, NotSupported, ObjectKey, Restraint, SourceRevision, Timestamp, Version,
    Wave,
};
use trimtab_plan::SyncStatus;
use trimtab_sync::{ObjectReport, Record, Report, Stage};

pub const COMMIT: &str = "a4f28ae7bded58be0d84f2043c7bad2793b34a43";

pub fn settings() -> Settings {
    Settings::new("peer")
}

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A small Application; `change` is merged into it.
pub fn application(change: &Value) -> Value {
    let mut resource = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop", "namespace": "peer", "uid": "u1", "resourceVersion": "7"},
        "spec": {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "bench"},
            "source": {"repoURL": "https://git.example/env.git", "path": "apps/shop"},
        },
    });
    patch::apply(&mut resource, change);
    resource
}

pub fn read(change: &Value) -> (App, Record) {
    trimtab_argoproj::app(&application(change), &settings()).unwrap()
}

/// What does not act: the restraints, and the additions with a `+`.
pub fn shown(found: &[NotSupported]) -> Vec<String> {
    let shown = found.iter().map(|found| match found.restraint {
        Restraint::Restrains => found.field.to_string(),
        Restraint::Adds => format!("+{}", found.field),
    });
    shown.collect()
}

/// What does not act of an Application.
pub fn not_supported(change: &Value) -> Vec<String> {
    shown(&read(change).0.not_supported)
}

pub fn problems(change: &Value) -> Vec<String> {
    let invalid = trimtab_argoproj::app(&application(change), &settings()).unwrap_err();
    invalid.conditions.into_iter().map(|condition| condition.message).collect()
}

pub fn key(group: &str, kind: &str, namespace: &str, name: &str) -> ObjectKey {
    let kind = GroupKind::new(group, kind);
    if namespace.is_empty() {
        ObjectKey::cluster(&kind, name)
    } else {
        ObjectKey::namespaced(&kind, namespace, name)
    }
}

pub fn revision(found_as: Option<&str>) -> SourceRevision {
    SourceRevision { commit: Commit::parse(COMMIT).unwrap(), found_as: found_as.map(Into::into) }
}

pub fn health(code: Code) -> Health {
    Health { code, message: String::new(), failed: false }
}

pub fn object(key: ObjectKey, status: SyncStatus) -> ObjectReport {
    ObjectReport {
        key,
        version: Version::from("v1"),
        status,
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

/// A report of nothing but these objects, all of them applied.
pub fn report(objects: Vec<ObjectReport>) -> Report {
    Report {
        revision_is_news: true,
        status: SyncStatus::Synced,
        health: health(Code::Healthy),
        revisions: vec![revision(None)],
        applied: vec![revision(None)],
        inventory: inventory(&objects),
        objects,
        operation: None,
        history: Vec::new(),
        conditions: Vec::new(),
        images: Vec::new(),
        request_taken: false,
        refreshed: None,
        stage: Stage::Idle,
    }
}

/// The resource after its status was written.
pub fn written(resource: &Value, report: &Report, now: &str) -> Value {
    let (app, _) = trimtab_argoproj::app(resource, &settings()).unwrap();
    let mut resource = resource.clone();
    if let Some(change) = trimtab_argoproj::status(&resource, &app, report, &settings(), time(now))
    {
        patch::apply(&mut resource, &change);
    }
    resource
}
