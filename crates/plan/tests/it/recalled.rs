//! After a restart: what a local cache may say, and what is told without anything kept.

use crate::world::{self, Setting};
use serde_json::{Value, json};
use trimtab_merge::{Schema, keyed_values_digest, set_of};
use trimtab_model::{Digest, GroupVersionKind, ObjectKey, Order};
use trimtab_plan::{
    Baseline, Content, Entry, Finding, SyncRequest, SyncStatus, assess, baseline_after,
};

const REQUEST: SyncRequest = SyncRequest {
    prune: true,
    explicit: false,
    apply_all: false,
    only: None,
    rewritten: false,
    passed_over: false,
};

fn service() -> Value {
    let mut body = world::body("v1", "Service", (Some("shop"), "web"));
    body["metadata"]["annotations"] = json!({world::MARK: "shop"});
    body["spec"] = json!({"ports": [{"port": 80}]});
    body
}

fn secret(password: &str) -> Value {
    let mut body = world::body("v1", "Secret", (Some("shop"), "web"));
    body["metadata"]["annotations"] = json!({world::MARK: "shop"});
    body["data"] = json!({"password": password});
    body
}

/// One application whose one object is live, at version 20, and whose content is not at hand.
fn setting(desired: Value, entry: Option<Entry>) -> (Setting, ObjectKey) {
    let mut setting = Setting::default();
    let mut application = world::application("shop", Order::Waves);
    let manifest = world::manifest(desired.clone());
    let key = manifest.key.clone();
    application.rendered = world::rendered(vec![manifest]);
    application.inventory = world::inventory([key.clone()]);
    setting.apps.insert("shop".into(), application);
    let (mut live, body) = world::live(desired, "uid", 20);
    (live.entry, live.content) = (entry, Content::OnDemand);
    setting.live.objects.insert(key.clone(), (live, body));
    (setting, key)
}

fn finding(setting: &Setting, key: &ObjectKey) -> Finding {
    let (_, assessment, _) = setting.plan("shop", &REQUEST);
    assessment.objects[key].finding.clone()
}

fn some_entry(values: &str) -> Entry {
    Entry { fields: Digest::of(b"fields"), values: Digest::of(values.as_bytes()) }
}

/// What a process left that saw the object in this state and found it as it is desired now.
fn left(setting: &Setting, key: &ObjectKey, version: &str) -> Baseline {
    let desired = setting.with("shop", |world| setting.desired("shop", world));
    Baseline {
        uid: "uid".into(),
        desired: desired.objects[key].digest,
        entry: some_entry("values"),
        resource_version: version.into(),
    }
}

#[test]
fn an_object_that_is_as_the_last_process_left_it_costs_no_dry_run() {
    let (mut setting, key) = setting(service(), Some(some_entry("values")));
    assert_eq!(finding(&setting, &key), Finding::NeedsDryRun, "nothing tells without the cache");
    for version in ["9", "20"] {
        setting.recalled.insert(key.clone(), left(&setting, &key, version));
        assert_eq!(finding(&setting, &key), Finding::Same);
    }
    // From then on it counts as found out by this process.
    let remembered = setting.with("shop", |world| {
        let desired = setting.desired("shop", world);
        let assessment = assess(world, &desired);
        baseline_after(world, &desired.objects[&key], &assessment.objects[&key].finding)
    });
    assert_eq!(remembered.map(|baseline| baseline.resource_version), Some("20".into()));
}

#[test]
fn what_the_cluster_does_not_confirm_is_as_if_it_was_never_kept() {
    let (mut setting, key) = setting(service(), Some(some_entry("values")));
    let good = left(&setting, &key, "9");
    let wrong = [
        Baseline { uid: "another incarnation".into(), ..good.clone() },
        Baseline { desired: Digest::of(b"another commit"), ..good.clone() },
        Baseline { entry: some_entry("another value"), ..good.clone() },
        // The cluster was restored from a copy that is older than what was seen.
        Baseline { resource_version: "21".into(), ..good.clone() },
    ];
    for wrong in wrong {
        setting.recalled.insert(key.clone(), wrong);
        let (_, assessment, plan) = setting.plan("shop", &REQUEST);
        assert_eq!(assessment.objects[&key].finding, Finding::NeedsDryRun);
        assert_eq!(assessment.objects[&key].status, SyncStatus::Unknown);
        assert!(plan.steps().next().is_none(), "{plan:?}");
    }
}

#[test]
fn an_entry_that_was_taken_away_is_not_hidden_by_what_was_kept() {
    let (mut setting, key) = setting(service(), None);
    setting.recalled.insert(key.clone(), left(&setting, &key, "9"));
    assert_eq!(finding(&setting, &key), Finding::NeedsDryRun);
}

#[test]
fn what_was_kept_of_an_object_does_not_stand_for_it_when_it_is_gone() {
    let (mut setting, key) = setting(service(), Some(some_entry("values")));
    setting.recalled.insert(key.clone(), left(&setting, &key, "9999"));
    setting.live.objects.clear();
    assert_eq!(finding(&setting, &key), Finding::Absent);
}

fn entry_of(secret: &Value, key: &[u8; 32]) -> Entry {
    let schema = Schema::built_in(&GroupVersionKind::of("v1", "Secret")).expect("built in");
    let (setting, name) = setting(secret.clone(), None);
    let desired = setting.with("shop", |world| setting.desired("shop", world));
    // With the mark, which is ours as everything that is applied.
    let body = desired.objects[&name].body.value();
    let fields = set_of(&schema, &body);
    let values = keyed_values_digest(key, &body, &fields, Some(&schema));
    Entry { fields: fields.digest(), values }
}

#[test]
fn a_secret_whose_entry_says_what_is_desired_costs_no_dry_run() {
    let desired = secret("aHVudGVyMg==");
    let (setting, key) = setting(desired.clone(), Some(entry_of(&desired, &[7; 32])));
    assert_eq!(finding(&setting, &key), Finding::Same);
}

#[test]
fn a_secret_whose_entry_says_something_else_is_asked_about() {
    let desired = secret("aHVudGVyMg==");
    let more = {
        let mut more = desired.clone();
        more["data"]["user"] = "YQ==".into();
        more
    };
    let others = [
        entry_of(&secret("aHVudGVyMw=="), &[7; 32]),
        entry_of(&more, &[7; 32]),
        // A digest under the key of another process says nothing.
        entry_of(&desired, &[8; 32]),
    ];
    for entry in others {
        let (setting, key) = setting(desired.clone(), Some(entry));
        assert_eq!(finding(&setting, &key), Finding::NeedsDryRun);
    }
}
