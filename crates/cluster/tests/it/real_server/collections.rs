//! Watching collections of the real server.

use super::here::{Here, applied, behind, is_gone, is_row, until, with_parameter};
use crate::fixtures::{config_target, options, update, watch_request};
use crate::seams::seams;
use http::Uri;
use serde_json::json;
use trimtab_cluster::Cluster;
use trimtab_index::Index;
use trimtab_model::GroupKind;
use trimtab_plan::{Live, Sighting};
use trimtab_ports::cluster::{Cluster as _, Detail, Trouble, WatchEvent, WatchRequest};

#[tokio::test]
async fn the_index_knows_what_the_watch_and_our_answers_say() {
    let here = Here::new().await;
    let mut index = Index::default();
    let kind = GroupKind::new("", "ConfigMap");
    let namespace = here.namespace().into();
    let before = here.created("before", &json!({"a": "1"})).await;
    let mut watch = here.cluster.watch(watch_request("ConfigMap", "configmaps", here.namespace()));
    let tell = |index: &mut Index, events: Vec<WatchEvent>| {
        for event in events {
            index.observe(&kind, Some(&namespace), event);
        }
    };
    let listed = until(&mut watch, "the beginning", |e| matches!(e, WatchEvent::Progress(_))).await;
    tell(&mut index, listed);
    let key = |name: &str| config_target(here.namespace(), name).key;
    let Sighting::Seen(seen) = index.sighting(&key("before")) else { panic!("it is there") };
    assert_eq!((&seen.uid, seen.entry), (&before.uid, before.entry));
    let body = index.body(seen).expect("its content is kept");
    assert_eq!((&body["data"]["a"], &body["kind"]), (&json!("1"), &json!("ConfigMap")));
    assert!(matches!(index.sighting(&key("after")), Sighting::Absent));

    let after = here.created("after", &json!({"a": "1"})).await;
    index.answered(after.clone());
    let told = until(&mut watch, "our own write", |event| is_row(event, "after")).await;
    tell(&mut index, told);
    let Sighting::Seen(seen) = index.sighting(&key("after")) else { panic!("it is there") };
    assert_eq!((&seen.resource_version, seen.entry), (&after.resource_version, after.entry));

    here.edit("after", "somebody", &json!({"data": {"a": "9"}}));
    let told = until(&mut watch, "somebody's edit", |event| is_row(event, "after")).await;
    tell(&mut index, told);
    let Sighting::Seen(seen) = index.sighting(&key("after")) else { panic!("it is there") };
    let (drifted, ours) = (seen.entry.expect("our entry"), after.entry.expect("our entry"));
    assert_ne!(drifted.fields, ours.fields);
    let (_, healed) = applied(here.apply("after", &json!({"a": "1"}), update(seen)).await);
    assert_eq!(healed.entry, after.entry);

    here.delete(&healed).await;
    let told = until(&mut watch, "the deletion", |event| is_gone(event, "after")).await;
    tell(&mut index, told);
    assert!(matches!(index.sighting(&key("after")), Sighting::Absent));
}

#[tokio::test]
async fn a_collection_that_a_user_may_not_read_is_told_as_forbidden() {
    let here = Here::new().await;
    let mut config = here.config().await;
    config.auth_info.impersonate = Some("nobody-at-all".to_owned());
    let cluster = Cluster::from_config(&config, seams(), options()).expect("a good config");
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", here.namespace()));
    let events = until(&mut watch, "trouble", |e| matches!(e, WatchEvent::Broken { .. })).await;
    let Some(WatchEvent::Broken { trouble: Trouble::Forbidden, message }) = events.last() else {
        panic!("{events:?}");
    };
    assert!(message.contains("nobody-at-all"), "{message}");
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "reader"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User",
                      "name": "nobody-at-all"}],
    });
    let path =
        format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings", here.namespace());
    here.admin.create(&path, &role).expect("the right to read");
    until(&mut watch, "the collection", |event| matches!(event, WatchEvent::Synced)).await;
}

#[tokio::test]
async fn a_kind_that_is_not_served_yet_is_told_and_then_watched() {
    let here = Here::new().await;
    let group = format!("{}.example.com", here.namespace());
    let request = WatchRequest {
        kind: GroupKind::new(group.as_str(), "Widget").at("v1"),
        detail: Detail::Whole,
        ..watch_request("Widget", "widgets", here.namespace())
    };
    let mut watch = here.cluster.watch(request);
    let events = until(&mut watch, "trouble", |e| matches!(e, WatchEvent::Broken { .. })).await;
    assert!(
        matches!(events.last(), Some(WatchEvent::Broken { trouble: Trouble::NotServed, .. })),
        "{events:?}"
    );
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("widgets.{group}")},
        "spec": {
            "group": group, "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [{"name": "v1", "served": true, "storage": true,
                          "schema": {"openAPIV3Schema": schema}}],
        },
    });
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    here.admin.create(definitions, &definition).expect("a definition");
    until(&mut watch, "the collection", |event| matches!(event, WatchEvent::Synced)).await;
    let widget = json!({"apiVersion": format!("{group}/v1"), "kind": "Widget",
                        "metadata": {"name": "w"}, "spec": {"x": 1}});
    let widgets = format!("/apis/{group}/v1/namespaces/{}/widgets", here.namespace());
    here.admin.create(&widgets, &widget).expect("a widget");
    let is_widget = |event: &WatchEvent| matches!(event, WatchEvent::Object(_));
    let events = until(&mut watch, "the widget", is_widget).await;
    let Some(WatchEvent::Object(object)) = events.last() else { panic!("{events:?}") };
    assert_eq!((&object["kind"], &object["spec"]["x"]), (&json!("Widget"), &json!(1)));

    here.admin.delete(&format!("{definitions}/widgets.{group}")).expect("it goes");
    until(&mut watch, "the widget's end", |event| is_gone(event, "w")).await;
    let is_over =
        |e: &WatchEvent| matches!(e, WatchEvent::Broken { trouble: Trouble::NotServed, .. });
    until(&mut watch, "the kind's end", is_over).await;
}

#[tokio::test]
async fn a_server_that_only_lists_is_watched_page_by_page() {
    let here = Here::new().await;
    here.created("a", &json!({})).await;
    here.created("b", &json!({})).await;
    let cluster = behind(here.config().await, |mut request| {
        // A server without WatchList refuses the parameter; one page holds one object.
        let uri = request.uri().to_string();
        let uri = uri.replace("resourceVersionMatch=NotOlderThan", "resourceVersionMatch=Exact");
        let uri = with_parameter(&uri, "limit", "1");
        *request.uri_mut() = uri.parse::<Uri>().expect("it was one");
        request
    });
    let mut watch = cluster.watch(watch_request("ConfigMap", "configmaps", here.namespace()));
    let is_synced = |event: &WatchEvent| matches!(event, WatchEvent::Synced);
    let events = until(&mut watch, "the whole", is_synced).await;
    assert!(events.iter().any(|event| is_row(event, "a")), "{events:?}");
    assert!(events.iter().any(|event| is_row(event, "b")), "{events:?}");
    let lists = cluster.requests().counts().into_iter().filter(|count| count.kind.verb == "list");
    assert!(lists.map(|count| count.count).sum::<u64>() >= 2);
    here.created("c", &json!({})).await;
    until(&mut watch, "a change", |event| is_row(event, "c")).await;
}
