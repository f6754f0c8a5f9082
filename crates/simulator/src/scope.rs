//! One process's tasks: what ends when it is killed.

use futures::future::BoxFuture;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::task::JoinSet;
use trimtab_ports::tasks::Tasks;

/// A scope of tasks on the runtime that it is used in. Dead, none of them goes on, not even to the
/// end of what it was woken for.
#[derive(Default)]
pub struct Scope {
    dead: Arc<AtomicBool>,
    panicked: Arc<AtomicBool>,
    tasks: Mutex<JoinSet<()>>,
}

impl Scope {
    /// Ends everything at once.
    pub fn kill(&self) {
        self.dead.store(true, Ordering::SeqCst);
        self.lock().abort_all();
    }

    /// Whether it was killed.
    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Whether any of its tasks has panicked.
    pub fn has_panicked(&self) -> bool {
        self.reap(&mut self.lock());
        self.panicked.load(Ordering::SeqCst)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reap(&self, tasks: &mut JoinSet<()>) {
        while let Some(ended) = tasks.try_join_next() {
            if ended.is_err_and(|error| error.is_panic()) {
                self.panicked.store(true, Ordering::SeqCst);
            }
        }
    }
}

impl Tasks for Scope {
    #[expect(clippy::disallowed_methods, reason = "this is the scope of a process that can die")]
    fn spawn(&self, _name: &'static str, task: BoxFuture<'static, ()>) {
        if self.is_dead() {
            return;
        }
        let mut tasks = self.lock();
        self.reap(&mut tasks);
        tasks.spawn(Mortal { dead: self.dead.clone(), task });
    }

    fn block(&self, name: &'static str, work: Box<dyn FnOnce() + Send>) {
        // In a world of its own time nothing takes long: the work is done in its turn.
        self.spawn(name, Box::pin(async move { work() }));
    }
}

/// A future that stands still once its scope is dead.
struct Mortal {
    dead: Arc<AtomicBool>,
    task: BoxFuture<'static, ()>,
}

impl Future for Mortal {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.dead.load(Ordering::SeqCst) {
            return Poll::Pending;
        }
        self.task.as_mut().poll(context)
    }
}
