//! Writes before a server that fails in every way.

use crate::fixtures::{apply, config, config_target, terms};
use crate::script::{Log, Reply, Seen, beside_discovery, cluster, status};
use futures::channel::oneshot;
use futures::future::FutureExt as _;
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::Duration;
use trimtab_model::{Class, FieldManager, GroupKind, ObjectKey, Propagation};
use trimtab_ports::clock::Monotonic;
use trimtab_ports::cluster::{
    ApplyAnswer, Cluster as _, Delete, EventPost, Lease, LeaseName, MergePatch, Mode, Target, Term,
    WriteError,
};
use trimtab_sync::{Change, Failure, Outcome};

fn stored(seen: &Seen, uid: &str, version: &str) -> Value {
    let mut object = seen.body.clone();
    object["metadata"]["uid"] = json!(uid);
    object["metadata"]["resourceVersion"] = json!(version);
    object["metadata"]["managedFields"] = json!([{
        "manager": "argocd-controller", "operation": "Apply", "apiVersion": "v1",
        "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:a": {}}},
    }]);
    object
}

fn create() -> trimtab_ports::cluster::Apply {
    let body = config("shop", "web", &json!({"a": "1"}));
    apply(config_target("shop", "web"), &body, Mode::Create)
}

fn update_of(uid: &str, seen: &str) -> trimtab_ports::cluster::Apply {
    let mode = Mode::Update { uid: uid.into(), seen: seen.into(), entry: None, exactly: false };
    trimtab_ports::cluster::Apply { mode, ..create() }
}

fn writes(log: &Log) -> Vec<Seen> {
    log.all().into_iter().filter(|seen| seen.method != "GET").collect()
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_sent_without_force_and_names_its_manager_and_its_time() {
    let (cluster, log) = cluster(beside_discovery(|seen| Reply::Json(201, stored(seen, "u", "7"))));
    let ApplyAnswer::Applied { change, object } = cluster.apply(create()).await else {
        panic!("it was not applied");
    };
    assert_eq!(change, Change::Created);
    assert_eq!((object.uid.as_str(), object.resource_version.as_str()), ("u", "7"));
    assert!(object.entry.is_some());
    let sent = &writes(&log)[0];
    assert_eq!(
        (sent.method.as_str(), &*sent.path),
        ("PATCH", "/api/v1/namespaces/shop/configmaps/web",)
    );
    for parameter in ["fieldManager=argocd-controller", "force=false", "timeout=2s"] {
        assert!(sent.asks(parameter), "{}", sent.query);
    }
    assert_eq!(sent.headers["content-type"], "application/apply-patch+yaml");
    assert!(sent.headers["user-agent"].to_str().expect("text").starts_with("trimtab/"));
    assert!(sent.body["metadata"].get("uid").is_none());
}

#[tokio::test(start_paused = true)]
async fn an_update_is_forced_and_carries_the_uid() {
    let (cluster, log) = cluster(beside_discovery(|seen| Reply::Json(200, stored(seen, "u", "8"))));
    let changed = cluster.apply(update_of("u", "7")).await;
    assert!(matches!(changed, ApplyAnswer::Applied { change: Change::Configured, .. }));
    let unchanged = cluster.apply(update_of("u", "8")).await;
    assert!(matches!(unchanged, ApplyAnswer::Applied { change: Change::Unchanged, .. }));
    let sent = &writes(&log)[0];
    assert!(sent.asks("force=true"));
    assert_eq!(sent.body["metadata"]["uid"], "u");
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_finds_something_is_stale() {
    let (cluster, _) = cluster(beside_discovery(|seen| Reply::Json(200, stored(seen, "u", "7"))));
    assert!(matches!(cluster.apply(create()).await, ApplyAnswer::Stale));
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_says_whether_our_entry_would_change() {
    let (cluster, log) = cluster(beside_discovery(|seen| Reply::Json(200, stored(seen, "u", "7"))));
    let mut ask = update_of("u", "7");
    ask.dry_run = true;
    let ApplyAnswer::Applied { change, object } = cluster.apply(ask.clone()).await else {
        panic!("it was not applied");
    };
    assert_eq!(change, Change::Configured);
    ask.mode =
        Mode::Update { uid: "u".into(), seen: "7".into(), entry: object.entry, exactly: false };
    let again = cluster.apply(ask).await;
    assert!(matches!(again, ApplyAnswer::Applied { change: Change::Unchanged, .. }));
    assert!(writes(&log).iter().all(|sent| sent.asks("dryRun=All")));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_uncertain_and_the_write_is_sent_once() {
    let (cluster, log) = cluster(beside_discovery(|_| Reply::Never));
    assert!(matches!(cluster.apply(create()).await, ApplyAnswer::Uncertain(_)));
    assert_eq!(writes(&log).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_broken_connection_and_a_failing_server_are_uncertain_and_nothing_is_repeated() {
    let replies = Mutex::new(vec![
        Reply::Json(503, status(503, "ServiceUnavailable", "shutting down")),
        Reply::Json(500, status(500, "InternalError", "etcdserver: request timed out")),
        Reply::Break,
    ]);
    let next = move |_: &Seen| replies.lock().expect("no panic").pop().expect("one for each");
    let (cluster, log) = cluster(beside_discovery(next));
    for _ in 0..3 {
        assert!(matches!(cluster.apply(create()).await, ApplyAnswer::Uncertain(_)));
    }
    assert_eq!(writes(&log).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_document_that_does_not_fit_the_schema_waits_for_a_person() {
    let message = "failed to create typed patch object (shop/web; v1, Kind=ConfigMap): .spec: \
                   field not declared in schema";
    let (cluster, _) =
        cluster(beside_discovery(move |_| Reply::Json(500, status(500, "", message))));
    let ApplyAnswer::Failed(failure) = cluster.apply(create()).await else { panic!("not refused") };
    assert_eq!((failure.class, &*failure.message), (Class::User, message));
}

#[tokio::test(start_paused = true)]
async fn a_write_goes_on_when_nobody_waits_for_it_any_more() {
    let (go, gate) = oneshot::channel::<()>();
    let (gate, done) = (Mutex::new(Some(gate)), std::sync::Arc::new(Mutex::new(false)));
    let ended = done.clone();
    let (cluster, log) = cluster(beside_discovery(move |seen| {
        let (gate, ended) = (gate.lock().expect("no panic").take(), ended.clone());
        let moment = async move {
            if let Some(gate) = gate {
                let _ = gate.await;
            }
            *ended.lock().expect("no panic") = true;
        };
        Reply::Later(moment.boxed(), Box::new(Reply::Json(201, stored(seen, "u", "7"))))
    }));
    let waiting = tokio::time::timeout(Duration::from_millis(10), cluster.apply(create()));
    assert!(waiting.await.is_err(), "the server has not answered");
    assert_eq!(writes(&log).len(), 1);
    go.send(()).expect("the server waits");
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert!(*done.lock().expect("no panic"), "the write was dropped");
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_time_is_over_is_not_sent() {
    let (cluster, log) = cluster(beside_discovery(|seen| Reply::Json(201, stored(seen, "u", "7"))));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut late = create();
    late.terms.term = Term::until(Monotonic::since_start(Duration::from_millis(999)));
    let ApplyAnswer::Failed(failure) = cluster.apply(late).await else { panic!("it was sent") };
    assert_eq!(failure.class, Class::Retry);
    assert_eq!(writes(&log).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_names_exactly_what_was_seen() {
    let replies = Mutex::new(vec![
        Reply::Json(409, status(409, "Conflict", "the UID in the precondition does not match")),
        Reply::Json(404, {
            let mut gone = status(404, "NotFound", "configmaps \"web\" not found");
            gone["details"] = json!({"name": "web", "kind": "configmaps"});
            gone
        }),
        Reply::Json(200, json!({"kind": "Status", "status": "Success"})),
    ]);
    let next = move |_: &Seen| replies.lock().expect("no panic").pop().expect("one for each");
    let (cluster, log) = cluster(beside_discovery(next));
    let delete = Delete {
        target: config_target("shop", "web"),
        uid: "u".into(),
        seen: "7".into(),
        propagation: Propagation::Foreground,
        terms: terms("shop"),
    };
    assert_eq!(cluster.delete(delete.clone()).await, Outcome::Deleted);
    assert_eq!(cluster.delete(delete.clone()).await, Outcome::Gone);
    assert_eq!(cluster.delete(delete).await, Outcome::Stale);
    let sent = &writes(&log)[0];
    assert_eq!(sent.body["preconditions"], json!({"uid": "u", "resourceVersion": "7"}));
    assert_eq!(sent.body["propagationPolicy"], "Foreground");
    assert!(sent.asks("timeout=2s"));
}

#[tokio::test(start_paused = true)]
async fn a_status_patch_names_the_state_that_it_was_made_for() {
    let (cluster, log) = cluster(beside_discovery(|_| {
        Reply::Json(409, status(409, "Conflict", "the object has been modified"))
    }));
    let patch = MergePatch {
        target: config_target("shop", "web"),
        subresource: Some("status".into()),
        body: json!({"status": {"x": 1}}),
        manager: FieldManager::from("trimtab"),
        uid: Some("u".into()),
        seen: Some("7".into()),
        terms: terms("shop"),
    };
    let error = cluster.merge_patch(patch).await.expect_err("a conflict");
    assert!(matches!(error, WriteError::Stale(_)));
    let sent = &writes(&log)[0];
    assert_eq!(sent.path, "/api/v1/namespaces/shop/configmaps/web/status");
    assert_eq!(sent.body["metadata"], json!({"uid": "u", "resourceVersion": "7"}));
}

#[tokio::test(start_paused = true)]
async fn of_a_refused_secret_no_value_is_told() {
    let leak = "Secret \"web\" is invalid: data[k]: Invalid value: \"hunter2\"";
    let (cluster, _) =
        cluster(beside_discovery(move |_| Reply::Json(422, status(422, "Invalid", leak))));
    let kind = GroupKind::new("", "Secret");
    let target = Target { key: ObjectKey::namespaced(&kind, "shop", "web"), version: "v1".into() };
    let answer = cluster.apply(apply(target, &json!({"metadata": {}}), Mode::Create)).await;
    let ApplyAnswer::Failed(failure) = answer else { panic!("not refused") };
    assert!(!failure.message.contains("hunter2"), "{}", failure.message);
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_not_served_yet_is_tried_again() {
    let (cluster, log) = cluster(|_| Reply::Json(404, json!("404 page not found")));
    let kind = GroupKind::new("example.com", "Widget");
    let target = Target { key: ObjectKey::namespaced(&kind, "shop", "web"), version: "v1".into() };
    let answer = cluster.apply(apply(target, &json!({"metadata": {}}), Mode::Create)).await;
    let ApplyAnswer::Failed(failure) = answer else { panic!("not refused") };
    assert_eq!(failure.class, Class::Retry);
    assert!(failure.message.contains("Widget.example.com"), "{}", failure.message);
    assert_eq!(writes(&log).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_event_stands_beside_its_object() {
    let (cluster, log) = cluster(beside_discovery(|seen| Reply::Json(201, seen.body.clone())));
    let event = EventPost {
        about: config_target("shop", "web"),
        uid: "u".into(),
        seen: "7".into(),
        warning: true,
        reason: "OperationCompleted".into(),
        message: "ä".repeat(600),
        component: "argocd-application-controller".into(),
        annotations: [("a".to_owned(), "b".to_owned())].into(),
        terms: terms("shop"),
    };
    cluster.post_event(event).await.expect("it is posted");
    let sent = &writes(&log)[0];
    assert_eq!(sent.path, "/api/v1/namespaces/shop/events");
    assert_eq!(sent.body["type"], "Warning");
    assert_eq!(sent.body["involvedObject"]["uid"], "u");
    assert_eq!(sent.body["message"].as_str().expect("text").len(), 1_024);
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_renewed_over_the_state_that_was_read() {
    let (cluster, log) = cluster(|seen| {
        let mut lease = seen.body.clone();
        lease["metadata"]["resourceVersion"] = json!("8");
        Reply::Json(200, lease)
    });
    let lease = Lease {
        name: LeaseName { namespace: "trimtab".into(), name: "shard-0".into() },
        resource_version: Some("7".into()),
        holder: Some("me".into()),
        duration: Duration::from_secs(6),
        acquired: "2026-01-01T00:00:00.5Z".parse().ok(),
        renewed: "2026-01-01T00:00:02Z".parse().ok(),
        transitions: 3,
        annotations: [("fresh".to_owned(), "1s".to_owned())].into(),
    };
    let renewed = cluster.update_lease(lease.clone(), Monotonic::NEVER).await.expect("renewed");
    assert_eq!(renewed, Lease { resource_version: Some("8".into()), ..lease.clone() });
    let sent = &writes(&log)[0];
    assert_eq!(sent.body["spec"]["acquireTime"], "2026-01-01T00:00:00.500000Z");
    assert_eq!(sent.body["metadata"]["resourceVersion"], "7");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let late = cluster.update_lease(lease, Monotonic::since_start(Duration::ZERO)).await;
    assert_eq!(late.expect_err("too late").class(), Class::Retry);
    assert_eq!(writes(&log).len(), 1);
}

/// Discovery of a server whose list of registered APIs answers so.
async fn discovered(code: u16) -> Result<trimtab_ports::cluster::Discovery, Failure> {
    let (cluster, _) = cluster(move |seen| match &*seen.path {
        "/version" => {
            Reply::Json(200, json!({"gitVersion": "v1.36.3", "major": "1", "minor": "36"}))
        }
        "/api" | "/apis" => Reply::With(
            200,
            vec![(
                "content-type",
                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
            )],
            json!({"kind": "APIGroupDiscoveryList", "items": []}),
        ),
        _ => Reply::Json(code, status(code, "", "no")),
    });
    cluster.discover().await
}

#[tokio::test(start_paused = true)]
async fn a_group_that_nobody_can_tell_of_is_not_absent() {
    for code in [403, 404] {
        assert!(discovered(code).await.is_ok(), "{code}");
    }
    for code in [429, 500, 503] {
        assert!(
            discovered(code).await.is_err(),
            "{code}: a registered group would count as absent"
        );
    }
}
