//! Clock, chance and tasks as tokio has them. Where the runtime's time is paused, so is this clock.
#![expect(
    clippy::disallowed_methods,
    reason = "the seams themselves, for tests; the product's stand in the binary"
)]

use futures::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use trimtab_cluster::Seams;
use trimtab_model::Timestamp;
use trimtab_ports::clock::{Clock, Monotonic, Randomness};
use trimtab_ports::tasks::Tasks;

pub fn seams() -> Seams {
    Seams {
        clock: Arc::new(TokioClock(Instant::now())),
        randomness: Arc::new(Counting(AtomicU64::new(1))),
        tasks: Arc::new(TokioTasks),
    }
}

/// The runtime's time, which may be paused.
pub fn now() -> Instant {
    Instant::now()
}

/// Runs what blocks where it holds up nobody.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("no panic")
}

struct TokioClock(Instant);

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_start(self.0.elapsed())
    }

    fn sleep_until(&self, moment: Monotonic) -> BoxFuture<'static, ()> {
        let start = Monotonic::since_start(Duration::ZERO);
        let end = self.0 + moment.since(start);
        Box::pin(tokio::time::sleep_until(end))
    }
}

/// Numbers that spread well and are the same in every run.
struct Counting(AtomicU64);

impl Randomness for Counting {
    fn bits(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

struct TokioTasks;

impl Tasks for TokioTasks {
    fn spawn(&self, _: &'static str, task: BoxFuture<'static, ()>) {
        drop(tokio::spawn(task));
    }

    fn block(&self, _: &'static str, work: Box<dyn FnOnce() + Send>) {
        drop(tokio::task::spawn_blocking(work));
    }
}
