//! Time that passes only when nobody has anything left to do.
#![expect(
    clippy::disallowed_methods,
    reason = "the simulated side of the seams: the runtime's own clock stands still until all wait"
)]

use futures::future::BoxFuture;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use trimtab_model::Timestamp;
use trimtab_ports::clock::{Clock, Monotonic};

/// When every world begins: the first of January 2026.
const BEGINNING_SECONDS: i64 = 1_767_225_600;

/// The time of day at which every world begins.
pub fn beginning() -> Timestamp {
    Timestamp::from_second(BEGINNING_SECONDS).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// How often the clock may be read at one moment. Who asks more often goes in circles.
const READS_OF_A_MOMENT_MAX: u64 = 2_000_000;

/// The clock of a world. It is the runtime's, which must be paused.
pub struct VirtualClock {
    start: Instant,
    moment: AtomicU64,
    reads: AtomicU64,
}

impl VirtualClock {
    /// Begins to count now.
    pub fn start() -> Self {
        Self { start: Instant::now(), moment: AtomicU64::new(0), reads: AtomicU64::new(0) }
    }

    /// How much time has passed since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Stops who goes in circles: time would never pass again.
    fn count(&self, elapsed: Duration) {
        let moment = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        if self.moment.swap(moment, Ordering::Relaxed) != moment {
            self.reads.store(0, Ordering::Relaxed);
        }
        let reads = self.reads.fetch_add(1, Ordering::Relaxed);
        assert!(reads < READS_OF_A_MOMENT_MAX, "time stands still at {elapsed:?}");
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let elapsed = self.elapsed();
        self.count(elapsed);
        beginning().checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_start(self.elapsed())
    }

    fn sleep_until(&self, moment: Monotonic) -> BoxFuture<'static, ()> {
        if moment == Monotonic::NEVER {
            return Box::pin(std::future::pending());
        }
        let offset = moment.since(Monotonic::since_start(Duration::ZERO));
        Box::pin(tokio::time::sleep_until(self.start + offset))
    }
}
