//! Definitions and their resources.

use crate::script::Step;
use serde_json::{Value, json};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
pub const WIDGETS: &str = "/apis/{ns}.example.com/v1/namespaces/{ns}/widgets";
const W: &str = "/apis/{ns}.example.com/v1/namespaces/{ns}/widgets/w";

fn definition(plural: &str, kind: &str, status: bool) -> Value {
    let spec = json!({"type": "object", "required": ["size"], "properties": {
        "size": {"type": "string", "enum": ["small", "large"]},
        "count": {"type": "integer", "default": 1, "minimum": 0, "maximum": 9},
        "name": {"type": "string", "minLength": 2, "maxLength": 5},
        "parts": {"type": "array", "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"], "maxItems": 3, "items": {"type": "object",
                "required": ["name"], "properties": {"name": {"type": "string"},
                    "weight": {"type": "integer", "default": 1}}}},
        "limit": {"x-kubernetes-int-or-string": true},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}});
    let state = json!({"type": "object", "properties": {"phase": {"type": "string"},
        "observed": {"type": "integer"}}});
    let mut version = json!({"name": "v1", "served": true, "storage": true, "schema": {
        "openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": state}}}});
    version["subresources"] = if status { json!({"status": {}}) } else { json!({}) };
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{{ns}}.example.com")},
        "spec": {"group": "{ns}.example.com", "scope": "Namespaced", "versions": [version],
            "names": {"kind": kind, "plural": plural, "shortNames": ["wd"]}}})
}

pub fn widget(spec: Value) -> Value {
    json!({"apiVersion": "{ns}.example.com/v1", "kind": "Widget", "metadata": {"name": "w"},
        "spec": spec})
}

fn with(mut object: Value, path: &str, value: Value) -> Value {
    let (parent, last) = path.rsplit_once('/').unwrap();
    object.pointer_mut(parent).unwrap()[last] = value;
    object
}

pub fn defined(status: bool) -> Vec<Step> {
    vec![
        Step::post(DEFINITIONS, definition("widgets", "Widget", status)),
        Step::get(WIDGETS).until(200),
    ]
}

/// What becomes of a definition, and of its resources when it goes.
pub fn definitions() -> Vec<Step> {
    let one = format!("{DEFINITIONS}/widgets.{{ns}}.example.com");
    let mut steps = vec![Step::get(WIDGETS), Step::get("/apis/{ns}.example.com/v1")];
    steps.extend(defined(true));
    steps.extend([
        Step::get(&one),
        Step::get("/apis/{ns}.example.com/v1").until(200),
        Step::get("/apis/{ns}.example.com").until(200),
        Step::post(WIDGETS, widget(json!({"size": "small"}))),
        Step::post(
            WIDGETS,
            with(
                with(widget(json!({"size": "small"})), "/metadata/name", "held".into()),
                "/metadata/finalizers",
                json!(["x.example.com/y"]),
            ),
        ),
        Step::post(
            DEFINITIONS,
            with(
                definition("widgets", "Widget", true),
                "/metadata/name",
                "w.{ns}.example.com".into(),
            ),
        ),
        Step::put(&one, definition("widgets", "Widget", false)),
        Step::delete(&one),
        Step::get(W).until(404),
        Step::get(&format!("{WIDGETS}/held")),
        Step::merge(&format!("{WIDGETS}/held"), json!({"metadata": {"finalizers": null}}))
            .until(200),
        Step::get(&one).until(404),
        Step::get(WIDGETS).until(404),
    ]);
    steps
}

/// A second version, and the first one served no more.
pub fn versions() -> Vec<Step> {
    let one = format!("{DEFINITIONS}/widgets.{{ns}}.example.com?fieldManager=person");
    let first = definition("widgets", "Widget", true)["spec"]["versions"][0].clone();
    let second = with(with(first.clone(), "/name", "v2".into()), "/storage", false.into());
    let versions = |versions: Value| json!({"spec": {"versions": versions}});
    let at_second = |path: &str| path.replace("/v1/", "/v2/");
    let mut newer = widget(json!({"size": "large", "parts": [{"name": "b"}]}));
    newer["apiVersion"] = "{ns}.example.com/v2".into();
    let mut steps = defined(true);
    steps.extend([
        Step::apply(&format!("{W}?fieldManager=ours"), widget(json!({"size": "small"}))),
        Step::merge(&one, versions(json!([first, second]))),
        Step::get(&at_second(W)).until(200),
        Step::get("/apis/{ns}.example.com/v2").until(200),
        Step::apply(&at_second(&format!("{W}?fieldManager=theirs")), newer.clone()),
        Step::apply(&at_second(&format!("{W}?fieldManager=theirs&force=true")), newer.clone()),
        Step::apply(&at_second(&format!("{W}?fieldManager=ours")), newer),
        Step::merge(&format!("{W}?fieldManager=person"), json!({"spec": {"count": 5}})),
        Step::get(&at_second(W)),
        Step::merge(
            &one,
            versions(json!([
                with(with(first, "/served", false.into()), "/storage", false.into()),
                with(second, "/storage", true.into()),
            ])),
        ),
        Step::get(W).until(404),
        Step::get("/apis/{ns}.example.com/v1").until(404),
        Step::get(&at_second(W)),
        Step::merge(&at_second(W), json!({"spec": {"count": 6}})),
        Step::get(&one),
    ]);
    steps
}

/// Ownership, defaults, generations and the status.
pub fn resources() -> Vec<Step> {
    let at = |query: &str| format!("{W}?{query}");
    let ours = at("fieldManager=ours&force=true");
    let mut steps = defined(true);
    steps.extend([
        Step::apply(&ours, widget(json!({"size": "small", "parts": [{"name": "a"}]}))),
        Step::apply(&ours, widget(json!({"size": "small", "parts": [{"name": "a"}]}))),
        Step::apply(&at("fieldManager=theirs"), widget(json!({"size": "small", "parts": [{"name": "b", "weight": 2}]}))),
        Step::apply(&at("fieldManager=theirs"), widget(json!({"size": "large"}))),
        Step::apply(&ours, widget(json!({"size": "large", "free": {"x": [1, {"y": 2}]}}))),
        Step::merge(&at("fieldManager=person"), json!({"spec": {"count": 3, "limit": "50%"}})),
        Step::merge(&at("fieldManager=person"), json!({"spec": {"count": 3}})),
        Step::merge(&at("fieldManager=person"), json!({"metadata": {"labels": {"a": "b"}}})),
        Step::merge(&at("fieldManager=person"), json!({"status": {"phase": "no"}})),
        Step::merge(&format!("{W}/status?fieldManager=controller"), json!({"status": {"phase": "yes"}, "spec": {"count": 7}})),
        Step::apply(&format!("{W}/status?fieldManager=controller"),
            json!({"apiVersion": "{ns}.example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "status": {"observed": 2}})),
        Step::get(&format!("{W}/status")),
        Step::put(&at("fieldManager=person"), widget(json!({"size": "small"}))),
        Step::put(&at("fieldManager=person"), with(widget(json!({"size": "small"})), "/metadata/resourceVersion", "{rv w}".into())),
        Step::put(&format!("{W}/status?fieldManager=person"), with(with(widget(json!({"size": "large"})), "/metadata/resourceVersion", "{rv w}".into()), "/metadata/labels", json!({"no": "no"}))),
        Step::json_patch(&at("fieldManager=person"), json!([{"op": "add", "path": "/spec/parts", "value": [{"name": "x"}, {"name": "y", "weight": 3}]}])),
        Step::merge(&at("fieldManager=person"), json!({"spec": {"parts": null, "count": null}})),
        Step::merge(&at("fieldManager=person"), json!({})).content("application/strategic-merge-patch+json"),
        Step::get(WIDGETS),
        Step::get(&format!("{WIDGETS}?watch=1&timeoutSeconds=1&resourceVersion={{rv w}}")),
        Step::delete(W),
        Step::delete(W),
        Step::post(&format!("{WIDGETS}?fieldManager=person"), with(widget(json!({"size": "small", "count": null})), "/status", json!({"phase": "no"}))),
        Step::apply(&at("dryRun=All&fieldManager=ours&force=true"), widget(json!({"size": "large"}))),
    ]);
    steps
}

/// What does not fit the schema.
pub fn refused() -> Vec<Step> {
    let at = |query: &str| format!("{WIDGETS}?{query}");
    let mut steps = defined(false);
    let bad = [
        json!({}),
        json!({"size": "huge"}),
        json!({"size": 1}),
        json!({"size": "small", "count": "1"}),
        json!({"size": "small", "count": 1.5}),
        json!({"size": "small", "count": -1}),
        json!({"size": "small", "count": 10}),
        json!({"size": "small", "name": "a"}),
        json!({"size": "small", "name": "abcdef"}),
        json!({"size": "small", "parts": [{"weight": 1}]}),
        json!({"size": "small", "parts": {}}),
        json!({"size": "small", "parts": [{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]}),
        json!({"size": "small", "limit": true}),
        json!({"size": "small", "free": 1}),
        json!([]),
    ];
    steps.extend(bad.into_iter().map(|spec| Step::post(WIDGETS, widget(spec))));
    steps.extend([
        Step::post(&at("fieldValidation=Strict"), widget(json!({"size": "small", "prots": 1}))),
        Step::post(
            WIDGETS,
            widget(json!({"size": "small", "prots": 1, "parts": [{"name": "a", "x": 1}]})),
        ),
        Step::apply(
            &format!("{W}?fieldManager=ours"),
            widget(json!({"size": "small", "prots": 1})),
        ),
        Step::apply(&format!("{W}?fieldManager=ours&force=true"), widget(json!({"size": "huge"}))),
        Step::apply(
            &format!("{W}?fieldManager=ours"),
            widget(json!({"size": "small", "count": "x"})),
        ),
        Step::merge(W, json!({"spec": {"count": 99}})),
        Step::merge(W, json!({"spec": {"prots": 1}, "status": {"phase": "x", "other": 1}})),
        Step::merge(W, json!({"metadata": {"uid": "1"}})),
        Step::get(&format!("{W}/status")),
    ]);
    steps
}
