//! The routes, asked as a client asks.
#![expect(clippy::disallowed_methods, reason = "a client of tests connects and waits by itself")]

mod hostile;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tower::ServiceExt;
use trimtab_server::{Access, Operator, Push, Token, router};

#[derive(Default)]
struct Recorder {
    pushes: Mutex<Vec<Push>>,
    missing: Option<String>,
}

impl Operator for Recorder {
    fn ready(&self) -> Result<(), String> {
        self.missing.clone().map_or(Ok(()), Err)
    }

    fn metrics(&self) -> String {
        "# EOF\n".to_owned()
    }

    fn pushed(&self, push: Push) {
        self.pushes.lock().expect("not poisoned").push(push);
    }
}

const LOOPBACK: &str = "127.0.0.1:4000";
const FOREIGN: &str = "10.1.2.3:4000";
const PAYLOAD: &str = r#"{"repository": {"html_url": "https://example.org/a"}}"#;
/// The payload's signature under GitHub's example of a secret, by `openssl dgst -sha256 -hmac`.
const SIGNATURE: &str = "sha256=e74acf690391a473376cfc91a657d9c1f8ac0790ec56602b4b062e8053dacefa";

fn ask(
    operator: &Arc<Recorder>,
    access: Access,
    peer: &str,
    request: Request<Body>,
) -> (StatusCode, String) {
    let peer: SocketAddr = peer.parse().expect("an address");
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(ConnectInfo(peer));
    let answer = router(operator.clone(), access).oneshot(Request::from_parts(parts, body));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let answer = answer.await.expect("routes never fail");
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8(body.to_vec()).expect("text"))
    })
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

fn push(body: &str, signature: Option<&str>) -> Request<Body> {
    let request = Request::post("/api/webhook").header("X-GitHub-Event", "push");
    let request = signature.into_iter().fold(request, |r, s| r.header("X-Hub-Signature-256", s));
    request.body(Body::from(body.to_owned())).expect("a request")
}

#[test]
fn health_is_open_and_readiness_says_what_is_missing() {
    let operator = Arc::new(Recorder { missing: Some("the Lease".into()), ..Recorder::default() });
    assert_eq!(ask(&operator, Access::default(), FOREIGN, get("/healthz")).0, StatusCode::OK);
    let (status, text) = ask(&operator, Access::default(), FOREIGN, get("/readyz"));
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("the Lease"));
}

#[test]
fn without_secrets_metrics_and_webhooks_answer_this_machine_only() {
    let operator = Arc::new(Recorder::default());
    for (peer, metrics, webhook) in [
        (LOOPBACK, StatusCode::OK, StatusCode::ACCEPTED),
        ("[::ffff:127.0.0.1]:1", StatusCode::OK, StatusCode::ACCEPTED),
        (FOREIGN, StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
    ] {
        assert_eq!(ask(&operator, Access::default(), peer, get("/metrics")).0, metrics);
        assert_eq!(ask(&operator, Access::default(), peer, push(PAYLOAD, None)).0, webhook);
    }
    assert_eq!(operator.pushes.lock().expect("not poisoned").len(), 2);
}

#[test]
fn a_configured_secret_must_sign_every_webhook() {
    let operator = Arc::new(Recorder::default());
    let access = Access { webhook: Token::new("It's a Secret to Everybody\n"), metrics: None };
    let good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(
        ask(&operator, access.clone(), LOOPBACK, push(PAYLOAD, None)).0,
        StatusCode::UNAUTHORIZED
    );
    // The signature is of another body.
    assert_eq!(
        ask(&operator, access.clone(), FOREIGN, push(PAYLOAD, Some(good))).0,
        StatusCode::UNAUTHORIZED
    );
    // Signed, and then refused for what it says.
    assert_eq!(
        ask(&operator, access, FOREIGN, push("Hello, World!", Some(good))).0,
        StatusCode::BAD_REQUEST
    );
    assert!(operator.pushes.lock().expect("not poisoned").is_empty());
    let access = Access { webhook: Token::new("It's a Secret to Everybody"), metrics: None };
    let signed = push(PAYLOAD, Some(SIGNATURE));
    assert_eq!(ask(&operator, access, FOREIGN, signed).0, StatusCode::ACCEPTED);
    let pushes = operator.pushes.lock().expect("not poisoned");
    assert_eq!(pushes.len(), 1);
    assert_eq!(pushes[0].urls, ["https://example.org/a"]);
}

#[test]
fn a_metrics_token_opens_metrics_to_whoever_knows_it() {
    let operator = Arc::new(Recorder::default());
    let access = Access { webhook: None, metrics: Token::new("t0ken") };
    let with =
        |value: &str| Request::get("/metrics").header("Authorization", value).body(Body::empty());
    let ask = |request| ask(&operator, access.clone(), FOREIGN, request).0;
    assert_eq!(ask(with("Bearer t0ken").expect("a request")), StatusCode::OK);
    for wrong in ["wrong", "t0", "t0ken5", ""] {
        let request = with(&format!("Bearer {wrong}")).expect("a request");
        assert_eq!(ask(request), StatusCode::FORBIDDEN, "{wrong}");
    }
    assert_eq!(ask(get("/metrics")), StatusCode::FORBIDDEN);
}

#[test]
fn other_events_are_ignored_and_a_missing_header_is_an_error() {
    let operator = Arc::new(Recorder::default());
    let other =
        Request::post("/api/webhook").header("X-GitHub-Event", "issues").body(Body::empty());
    let bare = Request::post("/api/webhook").body(Body::empty());
    assert_eq!(
        ask(&operator, Access::default(), LOOPBACK, other.expect("a request")).0,
        StatusCode::OK
    );
    assert_eq!(
        ask(&operator, Access::default(), LOOPBACK, bare.expect("a request")).0,
        StatusCode::BAD_REQUEST
    );
    assert!(operator.pushes.lock().expect("not poisoned").is_empty());
}
