//! Callers who mean harm.

use crate::{FOREIGN, LOOPBACK, PAYLOAD, Recorder, ask};
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use futures::StreamExt;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;
use trimtab_model::limit;
use trimtab_server::{Access, Token, router, serve};

const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn signed() -> Access {
    Access { webhook: Token::new("It's a Secret to Everybody"), metrics: None }
}

fn webhook(body: Body, signature: &str) -> Request<Body> {
    let request = Request::post("/api/webhook").header("X-GitHub-Event", "push");
    request.header("X-Hub-Signature-256", signature).body(body).expect("a request")
}

/// A payload that notes when it is read.
fn watched(read: &Arc<AtomicBool>) -> Body {
    let read = Arc::clone(read);
    Body::from_stream(futures::stream::poll_fn(move |_| {
        read.store(true, Ordering::SeqCst);
        Poll::Ready(None::<Result<Bytes, Infallible>>)
    }))
}

/// A payload that begins with so many bytes and never ends.
fn endless(bytes: u64) -> Body {
    let begin = Bytes::from(vec![b'x'; usize::try_from(bytes).expect("small")]);
    let begin = futures::stream::once(async move { Ok::<_, Infallible>(begin) });
    Body::from_stream(begin.chain(futures::stream::pending()))
}

#[test]
fn who_is_refused_anyway_is_refused_before_the_payload_is_read() {
    let operator = Arc::new(Recorder::default());
    for (access, peer, signature, code) in [
        (Access::default(), FOREIGN, SIGNATURE, StatusCode::FORBIDDEN),
        (signed(), FOREIGN, "", StatusCode::UNAUTHORIZED),
        (signed(), LOOPBACK, "sha256=75", StatusCode::UNAUTHORIZED),
    ] {
        let read = Arc::new(AtomicBool::new(false));
        let answer = ask(&operator, access, peer, webhook(watched(&read), signature));
        assert_eq!((answer.0, read.load(Ordering::SeqCst)), (code, false), "{signature}");
    }
}

#[test]
fn a_payload_that_is_too_large_is_refused() {
    let operator = Arc::new(Recorder::default());
    let large = usize::try_from(limit::WEBHOOK_BYTES_MAX + 1).expect("small");
    for body in [Body::from(vec![b' '; large]), endless(large as u64)] {
        let answer = ask(&operator, signed(), FOREIGN, webhook(body, SIGNATURE));
        assert_eq!(answer.0, StatusCode::PAYLOAD_TOO_LARGE);
    }
}

async fn code(router: axum::Router, mut request: Request<Body>) -> StatusCode {
    let peer: SocketAddr = FOREIGN.parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await.expect("routes never fail").status()
}

#[tokio::test(start_paused = true)]
async fn payloads_that_never_end_take_only_so_much_and_only_for_a_while() {
    let router = router(Arc::new(Recorder::default()), signed());
    let whole = limit::WEBHOOKS_BYTES_MAX / limit::WEBHOOK_BYTES_MAX;
    let whole = usize::try_from(whole).expect("small");
    let mut held = JoinSet::new();
    for _ in 0..whole {
        held.spawn(code(router.clone(), webhook(endless(limit::WEBHOOK_BYTES_MAX), SIGNATURE)));
    }
    tokio::task::yield_now().await;
    let more = webhook(endless(limit::WEBHOOK_BYTES_MAX), SIGNATURE);
    assert_eq!(code(router.clone(), more).await, StatusCode::SERVICE_UNAVAILABLE);
    let small = webhook(Body::from("Hello, World!"), SIGNATURE);
    assert_eq!(code(router.clone(), small).await, StatusCode::BAD_REQUEST, "it is read");
    assert_eq!(held.join_all().await, vec![StatusCode::REQUEST_TIMEOUT; whole]);
    let more = webhook(Body::from(PAYLOAD), SIGNATURE);
    assert_eq!(code(router, more).await, StatusCode::UNAUTHORIZED, "the room is free again");
}

#[tokio::test]
async fn half_sent_heads_never_keep_a_probe_from_its_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let router = router(Arc::new(Recorder::default()), Access::default());
    let mut server = JoinSet::new();
    server.spawn(serve(listener, router, async move { drop(stopped.await) }));
    let mut half = Vec::new();
    for _ in 0..=limit::SERVER_CONNECTIONS_MAX {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(b"GET /healthz HTTP/1.1\r\nX: ").await.expect("sent");
        half.push(stream);
    }
    let mut probe = TcpStream::connect(address).await.expect("a connection");
    probe
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = String::new();
    probe.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    // The first one had to go. How it is told is the operating system's.
    assert!(matches!(half[0].read(&mut [0]).await, Ok(0) | Err(_)));
    stop.send(()).expect("it runs");
    half.clear();
    assert!(server.join_next().await.is_some_and(|ended| ended.is_ok()));
}
