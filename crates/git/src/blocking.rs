//! The seams: work that blocks its thread, and time that runs out.

use std::sync::Arc;
use std::time::Duration;

use trimtab_model::Remote;
use trimtab_ports::clock::{self, Clock};
use trimtab_ports::git::Error;
use trimtab_ports::tasks::{self, Tasks};

/// Runs work that blocks for a remote elsewhere and waits for what it returns. Work that is dropped
/// (at shutdown) or panics is `Interrupted`.
pub(crate) async fn run<T: Send + 'static>(
    tasks: &Arc<dyn Tasks>,
    remote: &Remote,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    named("git", tasks, remote, work).await
}

/// As [`run`], for the work that takes memory.
pub(crate) async fn index<T: Send + 'static>(
    tasks: &Arc<dyn Tasks>,
    remote: &Remote,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    named("git index", tasks, remote, work).await
}

async fn named<T: Send + 'static>(
    name: &'static str,
    tasks: &Arc<dyn Tasks>,
    remote: &Remote,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let answer = tasks::block(&**tasks, name, work).await;
    answer.map_err(|_| Error::Interrupted { remote: remote.clone() })
}

/// Waits for an answer of a remote, no longer than the limit.
pub(crate) async fn in_time<T>(
    clock: &Arc<dyn Clock>,
    remote: &Remote,
    limit: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let answer = clock::timeout(&**clock, limit, answer).await;
    answer.unwrap_or_else(|_| Err(Error::Timeout { remote: remote.clone(), limit }))
}
