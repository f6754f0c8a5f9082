//! What the server makes of our writes.

use super::here::{Here, applied, failed};
use crate::fixtures::{MANAGER, apply, config, config_target, terms, update};
use serde_json::{Value, json};
use std::time::Duration;
use trimtab_model::{Class, GroupKind, ObjectKey};
use trimtab_plan::Content;
use trimtab_ports::clock::Monotonic;
use trimtab_ports::cluster::{
    ApplyAnswer, Cluster as _, EventPost, JsonPatch, Lease, LeaseName, MergePatch, Mode, Target,
    WriteError,
};
use trimtab_sync::{Change, Outcome};

#[tokio::test]
async fn an_object_is_created_changed_and_left_alone() {
    let here = Here::new().await;
    let row = here.created("web", &json!({"a": "1"})).await;
    let entry = row.entry.expect("our entry");
    let (change, same) = applied(here.apply("web", &json!({"a": "1"}), update(&row)).await);
    assert_eq!((change, &same.resource_version), (Change::Unchanged, &row.resource_version));
    assert_eq!(same.entry, Some(entry));
    let (change, changed) = applied(here.apply("web", &json!({"a": "2"}), update(&row)).await);
    assert_eq!(change, Change::Configured);
    assert!(row.resource_version.is_older_than(&changed.resource_version));
    let changed_entry = changed.entry.expect("our entry");
    assert_eq!(changed_entry.fields, entry.fields);
    assert_ne!(changed_entry.values, entry.values);
    let asked = here.tenant.server.audit_of(&here.tenant.user).expect("an audit log");
    let writes: Vec<_> = asked.iter().filter(|request| request.is_write()).collect();
    assert_eq!(writes.len(), 3);
    assert!(writes.iter().all(|write| write.uri.contains("timeout=2s")));
    assert!(writes.iter().all(|write| write.user_agent.starts_with("trimtab/")));
}

#[tokio::test]
async fn a_creation_that_finds_something_is_stale_with_and_without_a_conflict() {
    let here = Here::new().await;
    here.created("web", &json!({"a": "1"})).await;
    let same = here.apply("web", &json!({"a": "1"}), Mode::Create).await;
    assert!(matches!(same, ApplyAnswer::Stale), "{same:?}");
    here.edit("web", "somebody", &json!({"data": {"a": "3"}}));
    let conflict = here.apply("web", &json!({"a": "2"}), Mode::Create).await;
    assert!(matches!(conflict, ApplyAnswer::Stale), "{conflict:?}");
}

#[tokio::test]
async fn a_late_update_brings_no_deleted_object_back_and_touches_no_other_incarnation() {
    let here = Here::new().await;
    let first = here.created("web", &json!({"a": "1"})).await;
    assert_eq!(here.delete(&first).await, Outcome::Deleted);
    let late = here.apply("web", &json!({"a": "2"}), update(&first)).await;
    assert!(matches!(late, ApplyAnswer::Stale), "{late:?}");
    let target = config_target(here.namespace(), "web");
    assert_eq!(here.cluster.get(target.clone()).await, Ok(None));
    here.created("web", &json!({"a": "1"})).await;
    let late = here.apply("web", &json!({"a": "2"}), update(&first)).await;
    assert!(matches!(late, ApplyAnswer::Stale), "{late:?}");
    let object = here.cluster.get(target).await.expect("an answer").expect("the object");
    assert_eq!(object["data"]["a"], "1");
}

#[tokio::test]
async fn who_takes_an_object_over_does_so_only_as_it_was_seen() {
    let here = Here::new().await;
    let row = here.created("web", &json!({"a": "1"})).await;
    let exact = |row: &_| match update(row) {
        Mode::Update { uid, seen, entry, .. } => Mode::Update { uid, seen, entry, exactly: true },
        Mode::Create => Mode::Create,
    };
    here.edit("web", "somebody", &json!({"data": {"b": "2"}}));
    let late = here.apply("web", &json!({"a": "2"}), exact(&row)).await;
    assert!(matches!(late, ApplyAnswer::Stale), "{late:?}");
    let (_, now) = applied(here.apply("web", &json!({"a": "2"}), update(&row)).await);
    let (change, _) = applied(here.apply("web", &json!({"a": "3"}), exact(&now)).await);
    assert_eq!(change, Change::Configured);
}

#[tokio::test]
async fn a_deletion_takes_only_what_was_seen() {
    let here = Here::new().await;
    let row = here.created("web", &json!({"a": "1"})).await;
    here.edit("web", "somebody", &json!({"data": {"b": "2"}}));
    assert_eq!(here.delete(&row).await, Outcome::Stale);
    let (_, now) = applied(here.apply("web", &json!({"a": "2"}), update(&row)).await);
    assert_eq!(here.delete(&now).await, Outcome::Deleted);
    assert_eq!(here.delete(&now).await, Outcome::Gone);
}

#[tokio::test]
async fn what_the_server_refuses_has_its_class() {
    let here = Here::new().await;
    let deployments = GroupKind::new("apps", "Deployment");
    let target = Target {
        key: ObjectKey::namespaced(&deployments, here.namespace(), "web"),
        version: "v1".into(),
    };
    let deployment = |spec: Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec,
               "metadata": {"name": "web", "namespace": here.namespace()}})
    };
    let labels = |app: &str| json!({"app": app});
    let spec = |app: &str| {
        json!({"selector": {"matchLabels": labels(app)},
               "template": {"metadata": {"labels": labels(app)},
                            "spec": {"containers": [{"name": "web", "image": "web:1"}]}}})
    };
    let send = |body: Value, mode: Mode| here.cluster.apply(apply(target.clone(), &body, mode));

    let unknown = failed(send(deployment(json!({"spex": 1})), Mode::Create).await);
    assert_eq!(unknown.class, Class::User);
    assert!(unknown.message.contains("field not declared in schema"), "{}", unknown.message);

    let invalid = failed(send(deployment(json!({"replicas": -1})), Mode::Create).await);
    assert_eq!(invalid.class, Class::User);

    let (_, row) = applied(send(deployment(spec("a")), Mode::Create).await);
    let immutable = failed(send(deployment(spec("b")), update(&row)).await);
    assert_eq!(immutable.class, Class::User);
    assert!(immutable.message.contains("field is immutable"), "{}", immutable.message);

    let nowhere = config_target("there-is-no-such-namespace", "web");
    let body = config("there-is-no-such-namespace", "web", &json!({}));
    let absent = failed(here.cluster.apply(apply(nowhere, &body, Mode::Create)).await);
    assert_eq!(absent.class, Class::Retry);
    assert!(absent.message.contains("not found"), "{}", absent.message);

    let kind = GroupKind::new("nowhere.example.com", "Widget");
    let target = Target { key: ObjectKey::cluster(&kind, "web"), version: "v1".into() };
    let unserved = here.cluster.apply(apply(target, &json!({"metadata": {}}), Mode::Create)).await;
    assert_eq!(failed(unserved).class, Class::Retry);
}

#[tokio::test]
async fn a_namespace_that_goes_refuses_for_a_while() {
    let here = Here::new().await;
    let name = format!("{}-going", here.namespace());
    let held = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    here.admin.create("/api/v1/namespaces", &held).expect("a namespace");
    let finalizer = json!({"metadata": {"name": "held", "finalizers": ["example.com/held"]}});
    let held = format!("/api/v1/namespaces/{name}/configmaps");
    here.admin.create(&held, &finalizer).expect("an object that stays");
    here.admin.delete(&format!("/api/v1/namespaces/{name}")).expect("it goes");
    let body = config(&name, "web", &json!({}));
    let answer = here.cluster.apply(apply(config_target(&name, "web"), &body, Mode::Create)).await;
    let failure = failed(answer);
    assert_eq!(failure.class, Class::Retry, "{}", failure.message);
    let free = json!({"metadata": {"finalizers": null}});
    let merge = "application/merge-patch+json";
    here.admin.must("PATCH", &format!("{held}/held"), merge, &free).expect("it is let go");
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_says_what_it_would() {
    let here = Here::new().await;
    let body = config(here.namespace(), "web", &json!({"a": "1"}));
    let target = config_target(here.namespace(), "web");
    let mut ask = apply(target.clone(), &body, Mode::Create);
    ask.dry_run = true;
    assert_eq!(applied(here.cluster.apply(ask.clone()).await).0, Change::Created);
    assert_eq!(here.cluster.get(target).await, Ok(None));
    let row = here.created("web", &json!({"a": "1"})).await;
    ask.mode = update(&row);
    assert_eq!(applied(here.cluster.apply(ask.clone()).await).0, Change::Unchanged);
    here.edit("web", "somebody", &json!({"data": {"a": "9"}}));
    ask.body = trimtab_model::Document::of(&config(here.namespace(), "web", &json!({"a": "2"})));
    let (change, would) = applied(here.cluster.apply(ask).await);
    assert_eq!(change, Change::Configured);
    assert_ne!(would.entry, row.entry);
}

#[tokio::test]
async fn a_secret_is_read_on_demand_and_a_refused_one_tells_no_value() {
    let here = Here::new().await;
    let kind = GroupKind::new("", "Secret");
    let target =
        Target { key: ObjectKey::namespaced(&kind, here.namespace(), "key"), version: "v1".into() };
    let secret = |data: Value| {
        json!({"apiVersion": "v1", "kind": "Secret", "data": data,
               "metadata": {"name": "key", "namespace": here.namespace()}})
    };
    let good = apply(target.clone(), &secret(json!({"a": "aHVudGVyMg=="})), Mode::Create);
    let (_, row) = applied(here.cluster.apply(good).await);
    assert!(matches!(row.content, Content::OnDemand) && row.entry.is_some());
    let data = here.cluster.read_secret(here.namespace().into(), "key".into()).await;
    let data = data.expect("an answer").expect("a secret");
    assert_eq!(data["a"].expose(), b"hunter2");
    let none = here.cluster.read_secret(here.namespace().into(), "none".into()).await;
    assert!(none.expect("an answer").is_none());

    for bad in [json!({"a": "hunter3 is no base64"}), json!({"a": {"hunter3": 1}})] {
        let bad = apply(target.clone(), &secret(bad), update(&row));
        let failure = failed(here.cluster.apply(bad).await);
        assert_eq!(failure.class, Class::User, "{}", failure.message);
        assert!(!failure.message.contains("hunter3"), "{}", failure.message);
    }
}

#[tokio::test]
async fn resources_of_ours_are_created_patched_and_guarded() {
    let here = Here::new().await;
    let target = config_target(here.namespace(), "ours");
    let body = config(here.namespace(), "ours", &json!({"a": "1"}));
    let created = here.cluster.create(body.clone(), "trimtab".into(), terms("shop")).await;
    let created = created.expect("created");
    let again = here.cluster.create(body, "trimtab".into(), terms("shop")).await;
    assert!(matches!(again, Err(WriteError::Stale(_))), "{again:?}");

    let seen = created["metadata"]["resourceVersion"].as_str().expect("a version");
    let patch = MergePatch {
        target: target.clone(),
        subresource: None,
        body: json!({"data": {"a": "2"}}),
        manager: "trimtab".into(),
        uid: Some(created["metadata"]["uid"].as_str().expect("a uid").into()),
        seen: Some(seen.into()),
        terms: terms("shop"),
    };
    let patched = here.cluster.merge_patch(patch.clone()).await.expect("patched");
    assert_eq!(patched["data"]["a"], "2");
    assert_eq!(patched["metadata"]["managedFields"][0]["manager"], "trimtab");
    let stale = here.cluster.merge_patch(patch.clone()).await;
    assert!(matches!(stale, Err(WriteError::Stale(_))), "{stale:?}");
    let other = MergePatch { uid: Some("another".into()), seen: None, ..patch };
    let other = here.cluster.merge_patch(other).await;
    assert!(matches!(other, Err(WriteError::Stale(_))), "{other:?}");

    let operations = json!([{"op": "remove", "path": "/data/a"}]);
    let patch = JsonPatch {
        target: target.clone(),
        subresource: None,
        operations,
        manager: "trimtab".into(),
        seen: Some(seen.into()),
        terms: terms("shop"),
    };
    let stale = here.cluster.json_patch(patch.clone()).await;
    assert!(matches!(stale, Err(WriteError::Stale(_))), "{stale:?}");
    let fresh = patched["metadata"]["resourceVersion"].as_str().expect("a version");
    let patch = JsonPatch { seen: Some(fresh.into()), ..patch };
    let patched = here.cluster.json_patch(patch.clone()).await.expect("patched");
    assert!(patched.get("data").is_none_or(|data| data.get("a").is_none()));
    let nothing = JsonPatch { target: config_target(here.namespace(), "none"), ..patch };
    assert_eq!(here.cluster.json_patch(nothing).await, Err(WriteError::Gone));
}

#[tokio::test]
async fn an_event_is_taken_by_the_server() {
    let here = Here::new().await;
    let row = here.created("web", &json!({"a": "1"})).await;
    let event = EventPost {
        about: config_target(here.namespace(), "web"),
        uid: row.uid,
        seen: row.resource_version,
        warning: false,
        reason: "OperationCompleted".into(),
        message: "it is done".to_owned(),
        component: MANAGER.into(),
        annotations: [].into(),
        terms: terms("shop"),
    };
    here.cluster.post_event(event).await.expect("posted");
    let events = here.admin.read(&here.path("events")).expect("a list");
    let ours = events["items"].as_array().expect("items").iter();
    let mut ours = ours.filter(|event| event["involvedObject"]["name"] == "web");
    assert_eq!(ours.next().expect("the event")["message"], "it is done");
}

#[tokio::test]
async fn a_lease_is_taken_once_and_renewed_by_its_holder() {
    let here = Here::new().await;
    let name = LeaseName { namespace: here.namespace().into(), name: "shard-0".into() };
    assert_eq!(here.cluster.lease(name.clone()).await, Ok(None));
    let lease = Lease {
        name: name.clone(),
        resource_version: None,
        holder: Some("one".into()),
        duration: Duration::from_secs(6),
        acquired: "2026-01-01T00:00:00.000001Z".parse().ok(),
        renewed: "2026-01-01T00:00:00.000002Z".parse().ok(),
        transitions: 0,
        annotations: [("trimtab.dev/fresh".to_owned(), "now".to_owned())].into(),
    };
    let never = Monotonic::NEVER;
    let created = here.cluster.create_lease(lease.clone(), never).await.expect("created");
    let taken = here.cluster.create_lease(lease, never).await;
    assert!(matches!(taken, Err(WriteError::Stale(_))), "{taken:?}");
    let read = here.cluster.lease(name).await.expect("an answer").expect("a lease");
    assert_eq!(read, created);
    let renewal = Lease { renewed: "2026-01-01T00:00:02Z".parse().ok(), ..created.clone() };
    let renewed = here.cluster.update_lease(renewal, never).await.expect("renewed");
    assert_ne!(renewed.resource_version, created.resource_version);
    let other = Lease { holder: Some("other".into()), ..created };
    let late = here.cluster.update_lease(other, never).await;
    assert!(matches!(late, Err(WriteError::Stale(_))), "{late:?}");
}

#[tokio::test]
async fn writes_that_are_sent_together_are_all_done_once() {
    let here = Here::new().await;
    let names: Vec<String> = (0..20).map(|number| format!("n{number}")).collect();
    let empty = json!({});
    futures::future::join_all(names.iter().map(|name| here.created(name, &empty))).await;
    let counts = here.cluster.requests().counts();
    let applies = counts.iter().find(|count| count.kind.verb == "apply").expect("applies");
    assert_eq!((applies.kind.code, applies.count), (201, 20));
}
