//! Watches before a server that fails in every way, and discovery before older ones.

use crate::fixtures::watch_request;
use crate::script::{Reply, Seen, cluster, core_kinds, joined, status};
use crate::seams::now;
use futures::channel::mpsc;
use futures::stream::{BoxStream, StreamExt as _};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::Duration;
use trimtab_model::{GroupKind, Scope};
use trimtab_plan::KindFact;
use trimtab_ports::cluster::{Cluster as _, Detail, WatchEvent};

fn object(name: &str, uid: &str, version: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "shop", "uid": uid, "resourceVersion": version},
    })
}

fn event(kind: &str, object: impl Into<Value>) -> Value {
    json!({"type": kind, "object": object.into()})
}

fn bookmark(version: &str, initial_end: bool) -> Value {
    let annotations =
        if initial_end { json!({"k8s.io/initial-events-end": "true"}) } else { Value::Null };
    let metadata = json!({"resourceVersion": version, "annotations": annotations});
    event("BOOKMARK", json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata}))
}

fn beginning(objects: &[(&str, &str, &str)], version: &str) -> Vec<Value> {
    let added = objects.iter().map(|(name, uid, at)| event("ADDED", object(name, uid, at)));
    added.chain([bookmark(version, true)]).collect()
}

/// Replies in their order; after the last one, nothing.
fn in_order(replies: Vec<Reply>) -> impl Fn(&Seen) -> Reply + Send + Sync {
    let replies = Mutex::new(replies.into_iter());
    move |_| replies.lock().expect("no panic").next().unwrap_or(Reply::Never)
}

fn shown(event: &WatchEvent) -> String {
    match event {
        WatchEvent::Started => "started".to_owned(),
        WatchEvent::Synced => "synced".to_owned(),
        WatchEvent::Row(row) => format!("{} {} at {}", row.key.name, row.uid, row.resource_version),
        WatchEvent::Object(object) => format!("whole {}", object["kind"]),
        WatchEvent::Gone { key, uid, resource_version } => {
            format!("gone {} {uid} at {resource_version}", key.name)
        }
        WatchEvent::Progress(version) => format!("progress {version}"),
        WatchEvent::Broken { trouble, message } => format!("broken {trouble:?}: {message}"),
    }
}

async fn next(watch: &mut BoxStream<'static, WatchEvent>, count: usize) -> Vec<String> {
    let mut events = Vec::new();
    for _ in 0..count {
        events.push(shown(&watch.next().await.expect("a watch has no end")));
    }
    events
}

#[tokio::test(start_paused = true)]
async fn a_watch_streams_the_collection_and_goes_on_where_it_was_cut() {
    let mut first = beginning(&[("a", "u1", "5"), ("b", "u2", "6")], "9");
    first.push(event("MODIFIED", object("a", "u1", "10")));
    let second = vec![event("DELETED", object("b", "u2", "11")), bookmark("20", false)];
    let replies = vec![Reply::Lines(first), Reply::Open(second)];
    let (cluster, log) = cluster(in_order(replies));
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "shop"));
    let events = next(&mut watch, 8).await;
    assert_eq!(
        events,
        [
            "started",
            "a u1 at 5",
            "b u2 at 6",
            "synced",
            "progress 9",
            "a u1 at 10",
            "gone b u2 at 11",
            "progress 20",
        ]
    );
    let asked = log.all();
    assert_eq!(asked[0].path, "/api/v1/namespaces/shop/configmaps");
    for parameter in [
        "watch=1",
        "sendInitialEvents=true",
        "resourceVersionMatch=NotOlderThan",
        "allowWatchBookmarks=true",
    ] {
        assert!(asked[0].asks(parameter), "{}", asked[0].query);
    }
    assert!(asked[1].asks("resourceVersion=10") && !asked[1].asks("sendInitialEvents=true"));
}

#[tokio::test(start_paused = true)]
async fn a_beginning_that_was_cut_is_no_collection() {
    let cut = vec![event("ADDED", object("a", "u1", "5"))];
    let whole = beginning(&[("a", "u1", "5"), ("b", "u2", "6")], "9");
    let (cluster, _) = cluster(in_order(vec![
        Reply::Lines(whole.clone()),
        Reply::Lines(vec![event("ERROR", status(410, "Expired", "too old"))]),
        Reply::Lines(cut),
        Reply::Open(whole),
    ]));
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "shop"));
    next(&mut watch, 5).await;
    let events = next(&mut watch, 7).await;
    assert_eq!(
        events,
        [
            "started",
            "a u1 at 5",
            "broken Outage: the cluster has ended the watch",
            "started",
            "a u1 at 5",
            "b u2 at 6",
            "synced",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_vanished_while_nobody_watched_is_told() {
    let (cluster, _) = cluster(in_order(vec![
        Reply::Lines(beginning(&[("a", "u1", "5"), ("b", "u2", "6")], "9")),
        Reply::Json(410, status(410, "Expired", "too old resource version")),
        Reply::Open(beginning(&[("b", "u3", "12")], "15")),
    ]));
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "shop"));
    next(&mut watch, 5).await;
    let events = next(&mut watch, 5).await;
    assert_eq!(events, ["started", "b u3 at 12", "gone a u1 at 15", "synced", "progress 15"]);
    let restarts = cluster.requests().watch_restarts();
    assert_eq!(restarts, [("configmaps".into(), 1)]);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_and_a_watch_that_stands_again_says_so() {
    let (cluster, log) = cluster(in_order(vec![
        Reply::Lines(beginning(&[("a", "u1", "5")], "9")),
        Reply::Break,
        Reply::Json(503, status(503, "ServiceUnavailable", "starting")),
        Reply::Open(vec![event("MODIFIED", object("a", "u1", "12"))]),
    ]));
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "shop"));
    next(&mut watch, 4).await;
    let events = next(&mut watch, 4).await;
    assert!(events[0].starts_with("broken Outage: "), "{events:?}");
    assert_eq!(events[1..], ["broken Outage: starting", "synced", "a u1 at 12"]);
    assert!(log.all()[3].asks("resourceVersion=9"));
}

#[tokio::test(start_paused = true)]
async fn an_hour_without_a_server_costs_a_watch_few_requests() {
    let mut first = beginning(&[("a", "u1", "5")], "9");
    first.push(event("MODIFIED", object("a", "u1", "10")));
    let replies = Mutex::new(vec![Reply::Lines(first)].into_iter());
    let (cluster, log) =
        cluster(move |_| replies.lock().expect("no panic").next().unwrap_or(Reply::Break));
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "shop"));
    next(&mut watch, 5).await;
    let begun = now();
    while now() - begun < Duration::from_hours(1) {
        next(&mut watch, 1).await;
    }
    let asked = log.count();
    assert!((100..200).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_away_for_seconds_is_watched_again_within_seconds() {
    let away = now() + Duration::from_secs(8);
    let (cluster, _) =
        cluster(
            move |_| {
                if now() < away { Reply::Break } else { Reply::Open(beginning(&[], "9")) }
            },
        );
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "shop"));
    while !matches!(watch.next().await, Some(WatchEvent::Synced)) {}
    assert!(now() - away < Duration::from_secs(8), "{:?}", now() - away);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_stream_is_asked_page_by_page() {
    let page = |items: Vec<Value>, next: &str| {
        let metadata = json!({"resourceVersion": "9", "continue": next});
        Reply::Json(200, json!({"kind": "ConfigMapList", "metadata": metadata, "items": items}))
    };
    let item = |name: &str| {
        let mut item = object(name, "u", "5");
        item.as_object_mut().expect("an object").remove("kind");
        item
    };
    let (cluster, log) = cluster(in_order(vec![
        Reply::Json(422, status(422, "Invalid", "sendInitialEvents is forbidden")),
        page(vec![item("a")], "more=="),
        page(vec![item("b")], ""),
        Reply::Open(vec![bookmark("12", false)]),
    ]));
    let request = trimtab_ports::cluster::WatchRequest {
        detail: Detail::Whole,
        ..watch_request("ConfigMap", "configmaps", "shop")
    };
    let mut watch = cluster.watch(request);
    let events = next(&mut watch, 6).await;
    let expected = ["started", "whole \"ConfigMap\"", "whole \"ConfigMap\"", "synced"];
    assert_eq!(events[..4], expected);
    assert_eq!(events[4..], ["progress 9", "progress 12"]);
    let asked = log.all();
    assert!(asked[1].asks("limit=500") && asked[2].asks("continue=more%3D%3D"));
    assert!(asked[3].asks("resourceVersion=9"));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_know_streams_is_found_out_by_its_silence() {
    let list = json!({"metadata": {"resourceVersion": "9"}, "items": []});
    let (cluster, log) = cluster(in_order(vec![
        Reply::Open(vec![event("ADDED", object("a", "u1", "5"))]),
        Reply::Json(200, list),
    ]));
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "shop"));
    let begun = now();
    let events = next(&mut watch, 5).await;
    assert_eq!(events, ["started", "a u1 at 5", "started", "gone a u1 at 9", "synced"]);
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
    assert!(log.all()[1].asks("limit=500"));
}

#[tokio::test(start_paused = true)]
async fn a_silent_watch_is_taken_for_dead_after_its_time() {
    let (cluster, log) = cluster(in_order(vec![
        Reply::Open(beginning(&[], "9")),
        Reply::Open(vec![bookmark("30", false)]),
    ]));
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "shop"));
    next(&mut watch, 3).await;
    let begun = now();
    assert_eq!(next(&mut watch, 1).await, ["progress 30"]);
    let seconds = begun.elapsed().as_secs();
    assert!((240..=295).contains(&seconds), "{seconds}");
    assert!(log.all()[1].asks("resourceVersion=9"));
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_never_stands_is_not_asked_for_without_pause() {
    let mut replies = vec![Reply::Lines(beginning(&[], "9"))];
    replies.extend((0..10_000).map(|_| Reply::Lines(vec![])));
    let (cluster, log) = cluster(in_order(replies));
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "shop"));
    next(&mut watch, 3).await;
    let hour = Duration::from_hours(1);
    assert!(tokio::time::timeout(hour, watch.next()).await.is_err(), "nothing was sent");
    assert!(log.count() < 300, "{}", log.count());
}

#[tokio::test(start_paused = true)]
async fn a_collection_that_we_may_not_read_is_asked_for_again() {
    let (cluster, _) = cluster(in_order(vec![
        Reply::Json(403, status(403, "Forbidden", "configmaps is forbidden")),
        Reply::Json(404, json!("404 page not found")),
        Reply::Open(beginning(&[], "9")),
    ]));
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "shop"));
    let events = next(&mut watch, 4).await;
    assert_eq!(
        events,
        [
            "broken Forbidden: configmaps is forbidden",
            "broken NotServed: \"404 page not found\"",
            "started",
            "synced",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn lines_may_come_in_any_pieces_and_the_last_without_an_end_is_none() {
    let (feed, lines) = mpsc::unbounded();
    let lines = Mutex::new(Some(lines));
    let (cluster, log) = cluster(move |_| match lines.lock().expect("no panic").take() {
        Some(lines) => Reply::Fed(lines),
        None => Reply::Never,
    });
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "shop"));
    let text = joined(&beginning(&[("a", "u1", "5")], "9"));
    for piece in text.as_bytes().chunks(7) {
        let piece = String::from_utf8(piece.to_vec()).expect("ASCII");
        feed.unbounded_send(Ok(piece)).expect("somebody reads");
    }
    let cut = event("MODIFIED", object("a", "u1", "12")).to_string();
    feed.unbounded_send(Ok(cut)).expect("somebody reads");
    feed.unbounded_send(Err("reset by peer".to_owned())).expect("somebody reads");
    let events = next(&mut watch, 4).await;
    assert_eq!(events, ["started", "a u1 at 5", "synced", "progress 9"]);
    let more = tokio::time::timeout(Duration::from_secs(20), watch.next()).await;
    assert!(more.is_err(), "a cut line was told");
    assert!(log.all()[1].asks("resourceVersion=9"));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_no_json_breaks_the_watch_and_not_the_process() {
    let (cluster, _) = cluster(in_order(vec![
        Reply::Lines(vec![json!("nonsense")]),
        Reply::Open(beginning(&[], "9")),
    ]));
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "shop"));
    let events = next(&mut watch, 4).await;
    assert!(events[1].starts_with("broken Outage: "), "{events:?}");
    assert_eq!(events[2..], ["started", "synced"]);
}

#[tokio::test]
async fn an_older_server_is_asked_version_by_version_and_a_dead_one_is_unknown() {
    let resource = |name: &str, kind: &str| json!({"name": name, "namespaced": false, "kind": kind, "verbs": ["get", "watch"]});
    let version =
        |name: &str| json!({"groupVersion": format!("example.com/{name}"), "version": name});
    let groups = json!({"groups": [
        {"name": "example.com", "versions": [version("v1beta1"), version("v1")],
         "preferredVersion": version("v1")},
        {"name": "down.example.com", "versions": [version("v1")]},
    ]});
    let (cluster, _) = cluster(move |seen| match &*seen.path {
        "/version" => {
            Reply::Json(200, json!({"gitVersion": "v1.24.0", "major": "1", "minor": "24"}))
        }
        "/api" => Reply::Json(200, json!({"versions": ["v1"]})),
        "/api/v1" => Reply::Json(200, core_kinds()),
        "/apis" => Reply::Json(200, groups.clone()),
        "/apis/example.com/v1" => {
            let status = resource("widgets/status", "Widget");
            Reply::Json(200, json!({"resources": [resource("widgets", "Widget"), status]}))
        }
        "/apis/example.com/v1beta1" => {
            Reply::Json(200, json!({"resources": [resource("widgets", "Widget")]}))
        }
        "/apis/apiregistration.k8s.io/v1/apiservices" => {
            Reply::Json(403, status(403, "Forbidden", "no right"))
        }
        _ => Reply::Json(503, status(503, "ServiceUnavailable", "no endpoints")),
    });
    let discovery = cluster.discover().await.expect("the rest answers");
    assert_eq!(&*discovery.server.git, "v1.24.0");
    let widget = GroupKind::new("example.com", "Widget");
    let served = discovery.served(&widget).expect("it is served");
    let versions: Vec<&str> = served.versions.iter().map(|v| v.version.as_str()).collect();
    assert_eq!(versions, ["v1", "v1beta1"]);
    assert_eq!(served.versions[0].subresources, ["status".into()]);
    let fact = |kind: &GroupKind| discovery.kind(kind, &"v1".into());
    assert_eq!(fact(&widget), KindFact::Served(Scope::Cluster));
    let down = GroupKind::new("down.example.com", "X");
    assert_eq!(fact(&down), KindFact::Unknown("no endpoints".into()));
    assert_eq!(fact(&GroupKind::new("", "ConfigMap")), KindFact::Served(Scope::Namespaced));
}
