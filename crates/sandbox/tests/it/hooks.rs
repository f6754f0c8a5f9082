//! What a simulator does to the sandbox.

use crate::seams::seams;
use futures::StreamExt as _;
use futures::future::join_all;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use trimtab_model::GroupKind;
use trimtab_sandbox::{By, Fate, Sandbox, Verb};

const ALL: &str = "/api/v1/namespaces/default/configmaps";
const ME: By<'static> = By { user: "person", manager: "kubectl-edit" };

fn config(name: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"}, "data": {"k": value}})
}

fn kind() -> GroupKind {
    GroupKind::new("", "ConfigMap")
}

async fn ask(
    client: &kube::Client,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<(u16, Value), String> {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/json");
    let request = request.body(Body::from(body.to_string().into_bytes())).unwrap();
    let response = client.send(request).await.map_err(|error| error.to_string())?;
    let code = response.status().as_u16();
    let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok((code, serde_json::from_slice(&body).unwrap_or_default()))
}

async fn post(client: &kube::Client, name: &str) -> Result<(u16, Value), String> {
    ask(client, Method::POST, ALL, &config(name, "1")).await
}

/// An open watch of all ConfigMaps, its lines in a channel.
struct Watching(futures::stream::BoxStream<'static, Result<Value, String>>);

impl Watching {
    async fn open(client: &kube::Client, query: &str) -> Self {
        let path = format!("{ALL}?watch=1&allowWatchBookmarks=true&{query}");
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = client.send(request).await.expect("an answer");
        let body = response.into_body().into_data_stream();
        Self(
            body.map(|line| {
                let line = line.map_err(|error| error.to_string())?;
                Ok(serde_json::from_slice(&line).expect("a line"))
            })
            .boxed(),
        )
    }

    /// The next event in short, or nothing if none comes.
    async fn next(&mut self) -> Option<String> {
        let next = tokio::time::timeout(Duration::from_secs(1), self.0.next()).await.ok()?;
        Some(match next {
            None => "end".into(),
            Some(Err(error)) => format!("broken: {error}"),
            Some(Ok(event)) => {
                let name = event["object"]["metadata"]["name"].as_str().unwrap_or("");
                let code =
                    event["object"]["code"].as_u64().map_or(String::new(), |c| c.to_string());
                format!("{} {name}{code}", event["type"].as_str().unwrap())
            }
        })
    }
}

#[tokio::test(start_paused = true)]
async fn the_fate_of_a_request_is_the_interceptors() {
    let sandbox = Sandbox::new(seams(1));
    let client = sandbox.client("operator");
    sandbox.intercept(Arc::new(|facts| match facts.body["metadata"]["name"].as_str() {
        Some("lost") => Fate::ServeAndLoseTheAnswer,
        Some("dropped") => Fate::Drop,
        Some("refused") => Fate::too_many_requests(Duration::from_secs(3)),
        Some("late") => Fate::Delay(Duration::from_secs(5)),
        _ => Fate::Serve,
    }));
    assert!(post(&client, "lost").await.is_err());
    assert!(post(&client, "dropped").await.is_err());
    assert_eq!(post(&client, "refused").await.unwrap().0, 429);
    assert_eq!(post(&client, "plain").await.unwrap().0, 201);
    let began = crate::seams::now();
    assert_eq!(post(&client, "late").await.unwrap().0, 201);
    assert_eq!(began.elapsed(), Duration::from_secs(5));
    let there = |name: &str| sandbox.state().get(&kind(), Some("default"), name).is_some();
    assert!(there("lost") && there("plain") && there("late"));
    assert!(!there("dropped") && !there("refused"));
}

#[tokio::test(start_paused = true)]
async fn a_held_watch_is_told_later_and_a_cut_one_nothing_more() {
    let sandbox = Sandbox::new(seams(1));
    let client = sandbox.client("operator");
    let state = sandbox.state();
    let mut watch = Watching::open(&client, "resourceVersion=0").await;
    assert_eq!(watch.next().await.unwrap(), "BOOKMARK ", "that is all");
    state.create(ME, &config("a", "1")).unwrap();
    assert_eq!(watch.next().await.unwrap(), "ADDED a");
    assert_eq!(sandbox.hold_watches(|facts| facts.user.as_ref() == "operator"), 1);
    state.apply(ME, &config("b", "1"), true).unwrap();
    assert_eq!(watch.next().await, None);
    assert_eq!(sandbox.release_watches(|_| true), 1);
    assert_eq!(watch.next().await.unwrap(), "ADDED b");
    sandbox.hold_watches(|_| true);
    state.delete(ME, &config("b", "1"), None).unwrap();
    sandbox.compact();
    sandbox.release_watches(|_| true);
    assert_eq!(watch.next().await.unwrap(), "ERROR 410");
    assert_eq!(watch.next().await.unwrap(), "end");
    let mut watch = Watching::open(&client, "resourceVersion=2").await;
    assert_eq!(watch.next().await.unwrap(), "ERROR 410");
    let mut watch = Watching::open(&client, "resourceVersion=0").await;
    assert_eq!(watch.next().await.unwrap(), "ADDED a");
    assert_eq!(sandbox.cut_watches(|facts| facts.resource == "configmaps"), 3);
    assert!(watch.next().await.unwrap().starts_with("broken"));
    drop(watch);
    assert_eq!(sandbox.watches().len(), 2);
}

/// As seen of kube-apiserver 1.36.3 whose etcd was compacted.
#[tokio::test(start_paused = true)]
async fn what_is_forgotten_is_expired() {
    let sandbox = Sandbox::new(seams(1));
    let client = sandbox.client("operator");
    for name in ["a", "b", "c"] {
        post(&client, name).await.unwrap();
    }
    let old = sandbox.resource_version();
    let get = async |query: &str| {
        ask(&client, Method::GET, &format!("{ALL}?{query}"), &Value::Null).await.unwrap()
    };
    let token = |list: &Value| list["metadata"]["continue"].as_str().unwrap().to_owned();
    let (_, first) = get("limit=1").await;
    sandbox.state().delete(ME, &config("b", "1"), None).unwrap();
    sandbox.compact();
    let (code, refused) = get(&format!("limit=1&continue={}", token(&first))).await;
    assert_eq!((code, &refused["reason"]), (410, &json!("Expired")));
    let (code, rest) = get(&format!("limit=1&continue={}", token(&refused))).await;
    assert_eq!((code, &rest["items"][0]["metadata"]["name"]), (200, &json!("c")));
    let (code, _) = get(&format!("resourceVersionMatch=Exact&resourceVersion={old}")).await;
    assert_eq!(code, 410);
    let (code, _) = get(&format!("resourceVersion={old}")).await;
    assert_eq!(code, 200, "a list that is not older than that");
    let mut watch = Watching::open(&client, &format!("resourceVersion={old}")).await;
    assert_eq!(watch.next().await.unwrap(), "ERROR 410");
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_in_its_time_and_says_when_nothing_happens() {
    let sandbox = Sandbox::new(seams(1));
    let client = sandbox.client("operator");
    let mut watch = Watching::open(&client, "resourceVersion=0&timeoutSeconds=90").await;
    let mut told = Vec::new();
    for _ in 0..100 {
        told.extend(watch.next().await);
    }
    assert_eq!(told[..3], ["BOOKMARK ", "BOOKMARK ", "end"]);
}

#[tokio::test(start_paused = true)]
async fn the_journal_says_who_wrote_what() {
    let sandbox = Sandbox::new(seams(1));
    let client = sandbox.client("operator");
    post(&client, "a").await.unwrap();
    post(&client, "a").await.unwrap();
    sandbox.state().delete(ME, &config("a", "1"), Some("Foreground")).unwrap();
    let told: Vec<_> = sandbox
        .journal()
        .into_iter()
        .map(|entry| (entry.user.to_string(), entry.verb, entry.name.unwrap(), entry.code))
        .collect();
    assert_eq!(told[0], ("operator".into(), Verb::Create, "a".into(), 201));
    assert_eq!(told[1].3, 409);
    assert_eq!(told[2], ("person".into(), Verb::Delete, "a".into(), 200));
    assert!(sandbox.journal()[0].is_change() && !sandbox.journal()[1].is_change());
}

#[tokio::test(start_paused = true)]
async fn a_group_whose_server_is_away_is_stale_and_the_rest_is_told() {
    let sandbox = Sandbox::new(seams(1));
    sandbox.break_group("apps", true);
    let client = sandbox.client("operator");
    let path = "/apis/apps/v1/namespaces/default/deployments";
    assert_eq!(ask(&client, Method::GET, path, &Value::Null).await.unwrap().0, 503);
    sandbox.break_group("apps", false);
    assert_eq!(ask(&client, Method::GET, path, &Value::Null).await.unwrap().0, 200);
}

/// What a seed makes of a few clients at once.
async fn history(seed: u64) -> Vec<Value> {
    let sandbox = Sandbox::new(seams(seed));
    let client = sandbox.client("operator");
    join_all(["a", "b", "c"].map(|name| post(&client, name))).await;
    for _ in 0..20 {
        sandbox.tick();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    sandbox.state().everything()
}

#[tokio::test(start_paused = true)]
async fn one_seed_gives_one_history() {
    let (first, second, other) = (history(1).await, history(1).await, history(2).await);
    assert_eq!(first, second);
    assert_ne!(first, other);
}
