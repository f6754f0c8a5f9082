//! Things that go on beside each other, all in one scope that ends at once when it is dropped.

use futures::channel::oneshot;
use futures::future::BoxFuture;

/// One scope of tasks. The implementation owns them; when it is dropped, every task that has not
/// ended is dropped with it.
pub trait Tasks: Send + Sync {
    /// Runs a future beside the caller. The name says what it is, for logs and for the simulator's
    /// trace.
    fn spawn(&self, name: &'static str, task: BoxFuture<'static, ()>);

    /// Runs work that blocks a thread (disk, compression of something large) where it holds up
    /// nobody.
    fn block(&self, name: &'static str, work: Box<dyn FnOnce() + Send>);
}

/// The task ended without an answer: its scope was dropped, or it panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` ended without an answer")]
pub struct Ended(pub &'static str);

/// Runs a future as a task of its own and waits for its output. Whoever stops waiting does not stop
/// the task.
pub async fn run<T: Send + 'static>(
    tasks: &dyn Tasks,
    name: &'static str,
    task: impl Future<Output = T> + Send + 'static,
) -> Result<T, Ended> {
    let (answer, wait) = oneshot::channel();
    // The answer is not wanted any more when the receiver is gone.
    tasks.spawn(name, Box::pin(async move { drop(answer.send(task.await)) }));
    wait.await.map_err(|_| Ended(name))
}

/// Runs work that blocks a thread and waits for what it returns.
pub async fn block<T: Send + 'static>(
    tasks: &dyn Tasks,
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Ended> {
    let (answer, wait) = oneshot::channel();
    tasks.block(name, Box::new(move || drop(answer.send(work()))));
    wait.await.map_err(|_| Ended(name))
}
