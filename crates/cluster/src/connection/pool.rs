//! The open connections.

use super::dial::{Dialed, Dialer};
use super::{ConnectionError, dial};
use futures::lock::Mutex as Turn;
use http::{Request, Uri};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use kube::client::Body;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use trimtab_model::limit::CONNECTION_STREAMS_MAX;
use trimtab_ports::tasks::Tasks;

/// How much of one answer may wait unread. A watch that nobody reads for a while holds up itself only.
const STREAM_BYTES_MAX: u32 = 1 << 20;
/// How much of all answers of a connection may wait unread: more than its streams can hold together.
const CONNECTION_BYTES_MAX: u32 = 128 << 20;
/// A connection that has been silent this long is asked whether it is alive.
const PING_AFTER: Duration = Duration::from_secs(15);
/// A connection that does not answer for this long is dead.
const PING_ANSWER_MAX: Duration = Duration::from_secs(10);
/// How many connections without a request are kept to a server that only speaks HTTP/1.
const IDLE_MAX: usize = 16;

/// The open connections to one server.
pub struct Pool {
    dialer: Dialer,
    tasks: Arc<dyn Tasks>,
    open: Mutex<Open>,
    /// Whoever opens a connection holds this, so that a burst of requests opens one.
    turn: Turn<()>,
}

#[derive(Default)]
struct Open {
    shared: Vec<Shared>,
    idle: Vec<http1::SendRequest<Body>>,
}

struct Shared {
    sender: http2::SendRequest<Body>,
    /// Cloned for each request that is under way.
    used: Arc<()>,
}

/// A way to send one request.
pub enum Sender {
    /// On a shared connection.
    Shared(http2::SendRequest<Body>, Arc<()>),
    /// On a connection of its own.
    Own(http1::SendRequest<Body>),
}

impl Pool {
    /// A pool without connections.
    pub fn new(dialer: Dialer, tasks: Arc<dyn Tasks>) -> Self {
        Self { dialer, tasks, open: Mutex::default(), turn: Turn::new(()) }
    }

    /// A connection that takes a request now.
    pub async fn sender(&self) -> Result<Sender, ConnectionError> {
        if let Some(sender) = self.ready().await {
            return Ok(sender);
        }
        let _turn = self.turn.lock().await;
        // Somebody else may have opened one meanwhile.
        if let Some(sender) = self.ready().await {
            return Ok(sender);
        }
        let dialed = self.dialer.dial().await?;
        if dialed.http2 { self.share(dialed).await } else { self.own(dialed).await }
    }

    /// Takes a connection back when its answer has been read.
    pub fn give_back(&self, sender: http1::SendRequest<Body>) {
        let mut open = self.open();
        if open.idle.len() < IDLE_MAX && !sender.is_closed() {
            open.idle.push(sender);
        }
    }

    async fn ready(&self) -> Option<Sender> {
        loop {
            let sender = self.known()?;
            match sender {
                Sender::Shared(mut sender, used) => {
                    if sender.ready().await.is_ok() {
                        return Some(Sender::Shared(sender, used));
                    }
                }
                Sender::Own(mut sender) => {
                    if sender.ready().await.is_ok() {
                        return Some(Sender::Own(sender));
                    }
                }
            }
        }
    }

    fn known(&self) -> Option<Sender> {
        let mut open = self.open();
        open.shared.retain(|shared| !shared.sender.is_closed());
        let streams_max = usize::try_from(CONNECTION_STREAMS_MAX).unwrap_or(usize::MAX);
        let shared =
            open.shared.iter().find(|shared| Arc::strong_count(&shared.used) <= streams_max);
        if let Some(shared) = shared {
            return Some(Sender::Shared(shared.sender.clone(), shared.used.clone()));
        }
        open.idle.pop().map(Sender::Own)
    }

    async fn share(&self, dialed: Dialed) -> Result<Sender, ConnectionError> {
        let (sender, connection) = http2::Builder::new(TaskExecutor(self.tasks.clone()))
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_BYTES_MAX)
            .initial_connection_window_size(CONNECTION_BYTES_MAX)
            .keep_alive_interval(PING_AFTER)
            .keep_alive_timeout(PING_ANSWER_MAX)
            .keep_alive_while_idle(true)
            .handshake(TokioIo::new(dialed.stream))
            .await
            .map_err(ConnectionError::NotSent)?;
        self.tasks.spawn("connection", Box::pin(log_end(connection)));
        let used = Arc::new(());
        self.open().shared.push(Shared { sender: sender.clone(), used: used.clone() });
        Ok(Sender::Shared(sender, used))
    }

    async fn own(&self, dialed: Dialed) -> Result<Sender, ConnectionError> {
        let (sender, connection) = http1::handshake(TokioIo::new(dialed.stream))
            .await
            .map_err(ConnectionError::NotSent)?;
        self.tasks.spawn("connection", Box::pin(log_end(connection)));
        Ok(Sender::Own(sender))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // Lists of connections are whole after a panic elsewhere.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn log_end(connection: impl Future<Output = hyper::Result<()>>) {
    match connection.await {
        Ok(()) => tracing::debug!("a connection to the cluster has ended"),
        Err(error) => tracing::debug!(%error, "a connection to the cluster has broken"),
    }
}

/// Rewrites a request as HTTP/1 has it: the path alone, the host in a header.
pub fn for_http1(request: &mut Request<Body>) {
    if let Some(host) = dial::host_of(request.uri()) {
        request.headers_mut().insert(http::header::HOST, host);
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if let Ok(uri) = path.parse::<Uri>() {
        *request.uri_mut() = uri;
    }
}

/// Runs the parts of a connection as tasks of ours.
#[derive(Clone)]
struct TaskExecutor(Arc<dyn Tasks>);

impl<F> hyper::rt::Executor<F> for TaskExecutor
where
    F: Future + Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn("connection", Box::pin(async move { drop(future.await) }));
    }
}
