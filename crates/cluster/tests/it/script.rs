//! A server that does what the test says.

use bytes::Bytes;
use futures::channel::mpsc;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use kube::client::Body;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tower::BoxError;
use trimtab_cluster::Cluster;

use crate::fixtures::options;
use crate::seams::seams;

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub body: Value,
    pub headers: http::HeaderMap,
}

impl Seen {
    /// Whether the query has that parameter.
    pub fn asks(&self, parameter: &str) -> bool {
        self.query.split('&').any(|part| part == parameter)
    }
}

/// What the server does with one request.
pub enum Reply {
    /// Answers.
    Json(u16, Value),
    /// Answers with more headers.
    With(u16, Vec<(&'static str, &'static str)>, Value),
    /// Sends these lines and ends the answer.
    Lines(Vec<Value>),
    /// Sends these lines and never ends the answer.
    Open(Vec<Value>),
    /// Sends whatever the test says, when it says it.
    Fed(mpsc::UnboundedReceiver<Result<String, String>>),
    /// Breaks the connection.
    Break,
    /// Never answers.
    Never,
    /// Answers when the test says so.
    Later(BoxFuture<'static, ()>, Box<Reply>),
}

/// The requests of a server so far.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<Seen>>>);

impl Log {
    pub fn all(&self) -> Vec<Seen> {
        self.0.lock().expect("no thread has panicked").clone()
    }

    pub fn count(&self) -> usize {
        self.all().len()
    }
}

/// A cluster whose server answers as `answer` says.
pub fn cluster(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> (Cluster, Log) {
    cluster_with(options(), answer)
}

/// As [`cluster`], with other options.
pub fn cluster_with(
    options: trimtab_cluster::Options,
    answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
) -> (Cluster, Log) {
    let (log, answer) = (Log::default(), Arc::new(answer));
    let seen = log.clone();
    let service = tower::service_fn(move |request: Request<Body>| {
        let (answer, seen) = (answer.clone(), seen.clone());
        async move {
            let request = read(request).await;
            seen.0.lock().expect("no thread has panicked").push(request.clone());
            reply(answer(&request)).await
        }
    });
    let client = kube::Client::new(service, "default");
    (Cluster::new(client, seams(), options), log)
}

async fn read(request: Request<Body>) -> Seen {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("the body is in memory").to_bytes();
    Seen {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        headers: head.headers,
    }
}

type Frames = stream::BoxStream<'static, Result<Frame<Bytes>, BoxError>>;

fn reply(reply: Reply) -> BoxFuture<'static, Result<Response<StreamBody<Frames>>, BoxError>> {
    Box::pin(async move {
        match reply {
            Reply::Json(code, body) => Ok(response(code, &[], one(body.to_string()))),
            Reply::With(code, headers, body) => Ok(response(code, &headers, one(body.to_string()))),
            Reply::Lines(lines) => Ok(response(200, &[], one(joined(&lines)))),
            Reply::Open(lines) => {
                Ok(response(200, &[], one(joined(&lines)).chain(stream::pending()).boxed()))
            }
            Reply::Fed(lines) => Ok(response(200, &[], lines.map(frame).boxed())),
            Reply::Break => Err("the connection was reset".into()),
            Reply::Never => std::future::pending().await,
            Reply::Later(moment, then) => {
                moment.await;
                self::reply(*then).await
            }
        }
    })
}

fn response(
    code: u16,
    headers: &[(&'static str, &'static str)],
    body: Frames,
) -> Response<StreamBody<Frames>> {
    let mut response = Response::builder().status(code);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(StreamBody::new(body)).expect("the test's headers are valid")
}

fn one(text: String) -> Frames {
    stream::iter([frame(Ok(text))]).boxed()
}

fn frame(text: Result<String, String>) -> Result<Frame<Bytes>, BoxError> {
    text.map(|text| Frame::data(text.into())).map_err(Into::into)
}

/// Values as lines.
pub fn joined(lines: &[Value]) -> String {
    let lines = lines.iter().map(ToString::to_string);
    lines.flat_map(|line| [line, "\n".to_owned()]).collect()
}

/// A refusal as the server writes it.
pub fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    })
}

/// The kinds of the core group, as far as tests need them.
pub fn core_kinds() -> Value {
    let resource = |name: &str, kind: &str, namespaced: bool| {
        json!({"name": name, "singularName": "", "namespaced": namespaced, "kind": kind,
               "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"]})
    };
    json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": [
        resource("configmaps", "ConfigMap", true),
        resource("secrets", "Secret", true),
        resource("events", "Event", true),
        resource("namespaces", "Namespace", false),
        resource("namespaces/status", "Namespace", false),
    ]})
}

/// Answers for discovery of the core group, and leaves the rest to the test.
pub fn beside_discovery(
    rest: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    move |seen| match &*seen.path {
        "/api/v1" => Reply::Json(200, core_kinds()),
        _ => rest(seen),
    }
}
