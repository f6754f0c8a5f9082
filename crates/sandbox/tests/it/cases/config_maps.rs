//! What every kind has in common, on the plainest one.

use crate::script::Step;
use serde_json::{Value, json};

const ALL: &str = "/api/v1/namespaces/{ns}/configmaps";
const A: &str = "/api/v1/namespaces/{ns}/configmaps/a";

fn named(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

fn with(name: &str, metadata: Value, data: Value) -> Value {
    let mut object = named(name, data);
    for (field, value) in metadata.as_object().unwrap() {
        object["metadata"][field] = value.clone();
    }
    object
}

fn at(path: &str, query: &str) -> String {
    format!("{path}?{query}")
}

/// Create, read, replace, delete; and what a watch tells of it.
pub fn life() -> Vec<Step> {
    vec![
        Step::get(A),
        Step::post(ALL, named("a", json!({"k": "1"}))),
        Step::post(ALL, named("a", json!({"k": "1"}))),
        Step::get(A),
        Step::put(A, named("a", json!({"k": "2"}))),
        Step::put(A, named("a", json!({"k": "2"}))),
        Step::put(A, with("a", json!({"resourceVersion": "{rv a}"}), json!({"k": "3"}))),
        Step::put(A, with("a", json!({"resourceVersion": "1"}), json!({"k": "4"}))),
        Step::put(A, with("a", json!({"labels": {"x": "y"}}), json!({"k": "3"}))),
        Step::post(ALL, json!({"metadata": {"name": "bare"}})),
        Step::delete(&format!("{ALL}/bare")),
        Step::delete(A),
        Step::delete(A),
        Step::get(A),
        Step::get(&at(ALL, "fieldSelector=metadata.name=a")),
    ]
}

/// Requests that the server does not take.
pub fn refused() -> Vec<Step> {
    vec![
        Step::post("/api/v1/namespaces/absent/configmaps", named("a", json!({}))),
        Step::apply("/api/v1/namespaces/absent/configmaps/a?fieldManager=x", named("a", json!({}))),
        Step::post(A, named("a", json!({}))),
        Step::post(ALL, json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}})),
        Step::post(ALL, named("A_b", json!({}))),
        Step::post(ALL, with("a", json!({"namespace": "other"}), json!({}))),
        Step::post(ALL, with("a", json!({"resourceVersion": "5"}), json!({}))),
        Step::post(
            &at(ALL, "fieldValidation=Strict"),
            json!({"metadata": {"name": "a"}, "foo": 1}),
        ),
        Step::post(ALL, json!({"metadata": {"name": "a"}, "foo": 1, "data": {"a": "b"}})),
        Step::put(&format!("{ALL}/zz"), named("zz", json!({}))),
        Step::put(A, named("zz", json!({}))),
        Step::merge(&format!("{ALL}/zz"), json!({})),
        Step::merge(A, json!({"metadata": {"uid": "1"}})),
        Step::merge(A, json!({"metadata": {"resourceVersion": "1"}})),
        Step::merge(A, json!({"metadata": {"name": "q"}})),
        Step::merge(&at(A, "force=true"), json!({})),
        Step::merge(&at(A, "dryRun=some"), json!({})),
        Step::merge(&at(A, "fieldValidation=some"), json!({})),
        Step::merge(A, json!({})).content("foo/bar"),
        Step::json_patch(A, json!([{"op": "test", "path": "/data/a", "value": "2"}])),
        Step::json_patch(A, json!([{"op": "remove", "path": "/data/zz"}])),
        Step::apply(A, named("a", json!({}))),
        Step::apply(&at(A, "fieldManager=x"), named("q", json!({}))),
        Step::apply(&at(A, "fieldManager=x"), json!({"metadata": {"name": "a"}})),
        Step::apply(
            &at(A, "fieldManager=x"),
            json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "a"}}),
        ),
        Step::apply(&at(A, "fieldManager=x"), json!({"apiVersion": "v1", "kind": "ConfigMap"})),
        Step::apply(&at(A, "fieldManager=x"), with("a", json!({"managedFields": [{}]}), json!({}))),
        Step::apply(
            &at(A, "fieldManager=x"),
            with("a", json!({"resourceVersion": "1"}), json!({})),
        ),
        Step::apply(&at(A, "fieldManager=x"), with("a", json!({"uid": "1"}), json!({}))),
        Step::apply(
            &at(&format!("{ALL}/zz"), "fieldManager=x"),
            with("zz", json!({"uid": "1"}), json!({})),
        ),
        Step::apply(&at(A, "fieldManager=x"), with("a", json!({"namespace": "o"}), json!({}))),
        Step::apply(
            &at(A, "fieldManager=x"),
            json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "a"}, "prots": 1}),
        ),
        Step::new("DELETE", A).body(json!({"preconditions": {"uid": "x"}})),
        Step::new("DELETE", A).body(json!({"preconditions": {"resourceVersion": "1"}})),
        Step::new("DELETE", A).body(json!({"propagationPolicy": "X"})),
        Step::get(&format!("{A}/status")),
        Step::get("/api/v1/namespaces/{ns}/foos"),
        Step::get("/apis/none.example.com/v1/foos"),
        Step::get("/apis/apps/v2/deployments"),
        Step::get("/foo"),
        Step::get(A),
    ]
}

/// Merge patches and JSON patches.
pub fn patched() -> Vec<Step> {
    vec![
        Step::post(&at(ALL, "fieldManager=first"), named("a", json!({"k": "1", "l": "1"}))),
        Step::merge(&at(A, "fieldManager=second"), json!({"data": {"k": "2", "m": "1"}})),
        Step::merge(&at(A, "fieldManager=second"), json!({"data": {"k": "2"}})),
        Step::merge(&at(A, "fieldManager=third"), json!({"data": {"l": null}})),
        Step::merge(
            &at(A, "fieldManager=third"),
            json!({"metadata": {"labels": {"a": "b"}}, "zz": 1}),
        ),
        Step::json_patch(
            &at(A, "fieldManager=fourth"),
            json!([
                {"op": "test", "path": "/data/k", "value": "2"},
                {"op": "add", "path": "/data/n", "value": "1"},
                {"op": "replace", "path": "/data/new", "value": "1"},
            ]),
        ),
        Step::json_patch(
            &at(A, "fieldManager=fourth"),
            json!([
                {"op": "replace", "path": "/metadata/resourceVersion", "value": "{rv a}"},
                {"op": "remove", "path": "/data/m"},
            ]),
        ),
        Step::json_patch(
            &at(A, "fieldManager=fourth"),
            json!([
                {"op": "replace", "path": "/metadata/resourceVersion", "value": "1"},
            ]),
        ),
        Step::json_patch(A, json!([{"op": "add", "path": "/none/x", "value": 1}])),
        Step::merge(A, json!({"metadata": {"managedFields": [{}]}})),
        Step::merge(A, json!({"metadata": {"annotations": {"x": "y"}}})),
        Step::merge(A, json!({"data": null, "metadata": {"labels": null, "annotations": null}})),
    ]
}

/// Server-side apply by several managers.
pub fn applied() -> Vec<Step> {
    let ours = at(A, "fieldManager=ours");
    let forced = at(A, "fieldManager=ours&force=true");
    let theirs = at(A, "fieldManager=theirs");
    vec![
        Step::apply(&ours, named("a", json!({"k": "1", "l": "1"}))),
        Step::apply(&ours, named("a", json!({"k": "1", "l": "1"}))),
        Step::apply(&theirs, named("a", json!({"k": "1", "m": "1"}))),
        Step::apply(&theirs, named("a", json!({"k": "2", "l": "3", "m": "1"}))),
        Step::apply(
            &at(A, "fieldManager=theirs&force=true"),
            named("a", json!({"k": "2", "m": "1"})),
        ),
        Step::apply(&ours, named("a", json!({"k": "1"}))),
        Step::apply(&forced, named("a", json!({"k": "1"}))),
        Step::apply(&forced, named("a", json!({}))),
        Step::merge(&at(A, "fieldManager=person"), json!({"data": {"m": "9", "p": "1"}})),
        Step::apply(&theirs, named("a", json!({"m": "1"}))),
        Step::apply(
            &forced,
            with("a", json!({"uid": "{uid a}", "labels": {"x": "y"}}), json!({"p": "2"})),
        ),
        Step::apply(&forced, with("a", json!({"resourceVersion": "{rv a}"}), json!({"p": "3"}))),
        Step::apply(&forced, with("a", json!({"finalizers": ["x.example.com/y"]}), json!({}))),
        Step::apply(&forced, with("a", json!({"annotations": {}}), json!({"q": null}))),
        Step::put(&at(A, "fieldManager=person"), named("a", json!({"z": "1"}))),
        Step::apply(&forced, named("a", json!({"z": "1"}))),
        Step::apply(
            &at(&format!("{ALL}/b"), "fieldManager=ours&force=false"),
            with("b", json!({"resourceVersion": "1"}), json!({})),
        ),
        Step::get(A),
    ]
}

/// Nothing is stored.
pub fn dry() -> Vec<Step> {
    vec![
        Step::post(&at(ALL, "dryRun=All"), named("a", json!({"k": "1"}))),
        Step::apply(&at(A, "dryRun=All&fieldManager=x"), named("a", json!({"k": "1"}))),
        Step::get(A),
        Step::post(ALL, named("a", json!({"k": "1"}))),
        Step::merge(&at(A, "dryRun=All"), json!({"data": {"k": "2"}})),
        Step::apply(&at(A, "dryRun=All&fieldManager=x&force=true"), named("a", json!({"k": "2"}))),
        Step::put(&at(A, "dryRun=All"), named("a", json!({"k": "3"}))),
        Step::delete(&at(A, "dryRun=All")),
        Step::get(A),
    ]
}

/// Finalizers and what may be done while they hold.
pub fn ending() -> Vec<Step> {
    let held = with("a", json!({"finalizers": ["x.example.com/y", "x.example.com/z"]}), json!({}));
    vec![
        Step::post(ALL, held),
        Step::new("DELETE", A)
            .body(json!({"preconditions": {"uid": "{uid a}", "resourceVersion": "{rv a}"}})),
        Step::delete(A),
        Step::merge(
            A,
            json!({"metadata": {"finalizers": ["x.example.com/y", "x.example.com/new"]}}),
        ),
        Step::merge(A, json!({"data": {"a": "b"}})),
        Step::merge(A, json!({"metadata": {"finalizers": ["x.example.com/y"]}})),
        Step::apply(&at(A, "fieldManager=x"), named("a", json!({"c": "d"}))),
        Step::post(ALL, named("a", json!({}))),
        Step::merge(A, json!({"metadata": {"finalizers": null}})),
        Step::get(A),
        Step::post(ALL, with("f", json!({"finalizers": ["x.example.com/y"]}), json!({}))),
        Step::delete(&at(&format!("{ALL}/f"), "dryRun=All")),
        Step::json_patch(
            &format!("{ALL}/f"),
            json!([{"op": "remove", "path": "/metadata/finalizers"}]),
        ),
        Step::delete(&format!("{ALL}/f")),
    ]
}

const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// Lists, pages, selectors and watches.
pub fn read() -> Vec<Step> {
    let mut steps = vec![Step::get(&at(ALL, "fieldSelector=metadata.name=none"))];
    let list = at(ALL, "labelSelector=app");
    for (name, app) in [("a", "web"), ("b", "web"), ("c", "api")] {
        steps
            .push(Step::post(ALL, with(name, json!({"labels": {"app": app}}), json!({"k": name}))));
    }
    let watch = |query: &str| Step::get(&format!("{list}&watch=1&timeoutSeconds=1&{query}"));
    steps.extend([
        Step::get(&list),
        Step::get(&at(ALL, "labelSelector=app%3Dweb")),
        Step::get(&at(ALL, "labelSelector=app%20in%20(api)")),
        Step::get(&at(ALL, "labelSelector=app,app!=web")),
        Step::get(&at(ALL, "fieldSelector=metadata.name%3Db")),
        Step::get(&at(ALL, "fieldSelector=foo%3Db")),
        Step::get(&at(ALL, "labelSelector=a%3Db%3Dc")),
        Step::get(&at(ALL, "resourceVersion=x")),
        Step::get(&at(ALL, "resourceVersionMatch=Exact")),
        Step::get(&at(ALL, "watch=1&sendInitialEvents=true&timeoutSeconds=1")),
        Step::get(A).accept(METADATA),
        Step::get(&list).accept(METADATA_LIST),
        Step::get(A).accept("text/html"),
        Step::merge(&format!("{ALL}/b"), json!({"data": {"k": "2"}})),
        Step::merge(&format!("{ALL}/b"), json!({"metadata": {"labels": {"app": null}}})),
        Step::merge(&format!("{ALL}/c"), json!({"metadata": {"labels": {"app": "web"}}})),
        Step::delete(A),
        watch("resourceVersion={rv c}"),
        watch("resourceVersion={rv c}").accept(METADATA),
        watch("resourceVersion=0"),
    ]);
    steps
}
