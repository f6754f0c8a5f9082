//! Connections: how many, and for how long. Whoever reaches the port can open them, so none of them may
//! cost the others their answer.
#![expect(
    clippy::disallowed_methods,
    reason = "connections are accepted and timed by the machine itself: no rule of ours hangs on them"
)]

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::VecDeque;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;
use trimtab_model::limit;

const HEAD_MAX: Duration = Duration::from_secs(limit::SERVER_HEAD_SECONDS_MAX);
const CONNECTION_MAX: Duration = Duration::from_secs(limit::SERVER_CONNECTION_SECONDS_MAX);
const ANSWER_MAX: Duration = Duration::from_secs(limit::SERVER_ANSWER_SECONDS_MAX);
/// The pause after a connection that could not be accepted: the process may have too many files open.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Serves the routes until `ended` is, and then what is under way. When there are too many connections
/// the oldest is closed: a probe that comes now has just begun, and whoever holds connections open has
/// held them for longest.
pub async fn serve(listener: TcpListener, router: Router, ended: impl Future<Output = ()> + Send) {
    let (stop, stopped) = watch::channel(false);
    let mut open = Open::default();
    let mut ended = pin!(ended);
    loop {
        tokio::select! {
            biased;
            () = &mut ended => break,
            Some(_) = open.tasks.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    open.add(connection(stream, peer, router.clone(), stopped.clone()));
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    sleep(ACCEPT_AGAIN).await;
                }
            },
        }
    }
    drop(listener);
    // Every connection has a copy of the other end, or none is left.
    let _ = stop.send(true);
    let all = async { while open.tasks.join_next().await.is_some() {} };
    if timeout(ANSWER_MAX, all).await.is_err() {
        tracing::debug!("connections were closed before they were answered");
    }
}

/// The connections, oldest first.
#[derive(Default)]
struct Open {
    tasks: JoinSet<()>,
    by_age: VecDeque<AbortHandle>,
}

impl Open {
    fn add(&mut self, connection: impl Future<Output = ()> + Send + 'static) {
        self.by_age.retain(|connection| !connection.is_finished());
        while self.by_age.len() as u64 >= limit::SERVER_CONNECTIONS_MAX {
            if let Some(oldest) = self.by_age.pop_front() {
                oldest.abort();
            }
        }
        self.by_age.push_back(self.tasks.spawn(connection));
    }
}

/// Answers the requests of one connection.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let buffer = usize::try_from(limit::SERVER_BUFFER_BYTES_MAX).unwrap_or(usize::MAX);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_buf_size(buffer)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        // What went wrong with one connection is its client's business.
        _ = connection.as_mut() => return,
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = sleep(CONNECTION_MAX) => {}
    }
    connection.as_mut().graceful_shutdown();
    // One whose answer nobody takes is dropped.
    let _ = timeout(ANSWER_MAX, connection).await;
}
