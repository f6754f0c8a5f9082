//! The routes.

use crate::access::is_loopback;
use crate::payloads::Payloads;
use crate::{Access, Push, signature};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::net::SocketAddr;
use std::sync::Arc;

/// What the routes ask of the operator behind them.
pub trait Operator: Send + Sync + 'static {
    /// Whether it works: it waits for another one's Lease, or holds it and has read the cluster whole.
    /// `Err` says what is missing.
    fn ready(&self) -> Result<(), String>;
    /// All metrics in the text format of `OpenMetrics`.
    fn metrics(&self) -> String;
    /// A repository was pushed to.
    fn pushed(&self, push: Push);
}

struct Context {
    operator: Arc<dyn Operator>,
    access: Access,
    payloads: Payloads,
}

/// All routes for one operator. Serve it with connection info (`SocketAddr`).
pub fn router(operator: Arc<dyn Operator>, access: Access) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/api/webhook", post(webhook))
        .with_state(Arc::new(Context { operator, access, payloads: Payloads::default() }))
}

async fn ready(State(context): State<Arc<Context>>) -> Response {
    match context.operator.ready() {
        Ok(()) => "ok\n".into_response(),
        Err(missing) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {missing}\n")).into_response()
        }
    }
}

async fn metrics(
    State(context): State<Arc<Context>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !context.access.metrics(peer, &headers) {
        return (
            StatusCode::FORBIDDEN,
            "metrics are closed to other machines; see --metrics-token-file\n",
        )
            .into_response();
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], context.operator.metrics()).into_response()
}

/// Who may not send a webhook, or does not sign it, is answered before the payload is read.
async fn webhook(
    State(context): State<Arc<Context>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signature = text("x-hub-signature-256");
    match &context.access.webhook {
        Some(_) if !signature::is_there(signature) => return unsigned(),
        None if !is_loopback(peer) => {
            let closed = "webhooks of other machines must be signed; see --webhook-secret-file\n";
            return (StatusCode::FORBIDDEN, closed).into_response();
        }
        Some(_) | None => {}
    }
    let payload = match context.payloads.read(body).await {
        Ok(payload) => payload,
        Err(error) => return (error.code(), format!("{error}\n")).into_response(),
    };
    if let Some(secret) = &context.access.webhook
        && !signature::is_valid(secret, signature, payload.bytes())
    {
        return unsigned();
    }
    match text("x-github-event") {
        Some("ping") => "pong\n".into_response(),
        Some("push") => push(&context, payload.bytes()),
        Some(_) => (StatusCode::OK, "ignored: not a push\n").into_response(),
        None => (StatusCode::BAD_REQUEST, NOT_GITHUB).into_response(),
    }
}

const NOT_GITHUB: &str = "the header X-GitHub-Event is missing: only push events in GitHub's form are \
    read yet, and a repository of another host is asked every few minutes (--git-poll)\n";

fn unsigned() -> Response {
    (StatusCode::UNAUTHORIZED, "the webhook's signature is missing or wrong\n").into_response()
}

fn push(context: &Context, body: &[u8]) -> Response {
    match Push::of_github(body) {
        Ok(push) => {
            context.operator.pushed(push);
            (StatusCode::ACCEPTED, "accepted\n").into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}
