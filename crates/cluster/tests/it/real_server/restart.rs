//! A server that ends and comes back.

use super::here::{applied, behind, config_of, is_gone, is_row, until, with_parameter};
use crate::fixtures::{apply, config, config_target, options, terms, update, watch_request};
use crate::seams::{blocking, seams};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use trimtab_cluster::Cluster;
use trimtab_plan::LiveObject;
use trimtab_ports::cluster::{ApplyAnswer, Cluster as _, Delete, Mode, WatchEvent};
use trimtab_testkit::control_plane::{ControlPlane, Options};

async fn start(options: Options) -> ControlPlane {
    blocking(move || ControlPlane::start(&options)).await.expect("it starts")
}

#[tokio::test]
async fn a_watch_outlives_its_server_and_a_write_without_one_is_not_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = Some(folder.path().join("data"));
    let place = Options { data, nodes: false, ..Options::default() };
    let first = start(place.clone()).await;
    let kubeconfig = first.kubeconfig("operator");
    let cluster = Cluster::from_kubeconfig(Some(&kubeconfig), None, seams(), options()).await;
    let cluster = cluster.expect("the kubeconfig is good");
    let create = |name: &str| {
        let body = config("default", name, &json!({"a": "1"}));
        cluster.apply(apply(config_target("default", name), &body, Mode::Create))
    };
    let (_, kept) = applied(create("kept").await);
    let (_, gone) = applied(create("gone").await);
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "default"));
    until(&mut watch, "the beginning", |event| matches!(event, WatchEvent::Progress(_))).await;

    // Killed: in good order it would wait for our watch, which has no end.
    blocking(move || drop(first)).await;
    until(&mut watch, "the outage", |event| matches!(event, WatchEvent::Broken { .. })).await;
    let unsent = create("unsent").await;
    let ApplyAnswer::Failed(failure) = unsent else { panic!("{unsent:?}") };
    assert_eq!(failure.class, trimtab_model::Class::Retry, "{}", failure.message);

    let second = start(place).await;
    assert_eq!(cluster.delete(deletion(gone)).await, trimtab_sync::Outcome::Deleted);
    until(&mut watch, "the deletion", |event| is_gone(event, "gone")).await;
    let body = config("default", "kept", &json!({"a": "2"}));
    let change = apply(config_target("default", "kept"), &body, update(&kept));
    let (_, changed) = applied(cluster.apply(change).await);
    until(&mut watch, "the change", |event| {
        is_row(event, "kept")
            && matches!(event, WatchEvent::Row(row)
                if row.resource_version == changed.resource_version)
    })
    .await;

    let gone = create("gone-too").await;
    an_expired_version_begins_the_watch_anew(&second.kubeconfig("operator"), applied(gone).1).await;
}

/// A server that was started again does not know the changes before its start.
async fn an_expired_version_begins_the_watch_anew(kubeconfig: &Path, gone: LiveObject) {
    // The first watch ends after a second or two; the next is asked for at a version of long ago.
    let (first, second) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(true)));
    let cluster = behind(config_of(kubeconfig).await, move |mut request| {
        let uri = request.uri().to_string();
        let is_stream = uri.contains("sendInitialEvents");
        let uri = if is_stream && first.swap(false, Ordering::SeqCst) {
            with_parameter(&uri, "timeoutSeconds", "2")
        } else if !is_stream && uri.contains("watch=1") && second.swap(false, Ordering::SeqCst) {
            with_parameter(&uri, "resourceVersion", "1")
        } else {
            uri
        };
        *request.uri_mut() = uri.parse().expect("it was one");
        request
    });
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", "default"));
    until(&mut watch, "the beginning", |event| matches!(event, WatchEvent::Progress(_))).await;
    assert_eq!(cluster.delete(deletion(gone)).await, trimtab_sync::Outcome::Deleted);
    let is_started = |event: &WatchEvent| matches!(event, WatchEvent::Started);
    until(&mut watch, "another beginning", is_started).await;
    let is_synced = |event: &WatchEvent| matches!(event, WatchEvent::Synced);
    let events = until(&mut watch, "the whole", is_synced).await;
    assert!(events.iter().any(|event| is_row(event, "kept")), "{events:?}");
    let restarts = cluster.requests().watch_restarts();
    assert_eq!(restarts, [("configmaps".into(), 1)]);
}

fn deletion(row: LiveObject) -> Delete {
    Delete {
        target: config_target("default", row.key.name.as_str()),
        uid: row.uid,
        seen: row.resource_version,
        propagation: trimtab_model::Propagation::Background,
        terms: terms("shop"),
    }
}
