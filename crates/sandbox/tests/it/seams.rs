//! Clock and chance for tests. Where the runtime's time is paused, so is this clock.
#![expect(
    clippy::disallowed_methods,
    reason = "the seams themselves, for tests; the product's stand in the binary"
)]

use futures::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;
use trimtab_model::Timestamp;
use trimtab_ports::clock::{Clock, Monotonic, Randomness};
use trimtab_sandbox::Seams;

/// The runtime's time, which may be paused.
pub fn now() -> Instant {
    Instant::now()
}

/// Seams of a seed.
pub fn seams(seed: u64) -> Seams {
    let start = Timestamp::from_second(1_800_000_000).unwrap();
    Seams {
        clock: Arc::new(TokioClock { began: Instant::now(), start }),
        randomness: Arc::new(Seeded(AtomicU64::new(seed))),
    }
}

struct TokioClock {
    began: Instant,
    start: Timestamp,
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        self.start.checked_add(self.began.elapsed()).unwrap()
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_start(self.began.elapsed())
    }

    fn sleep_until(&self, moment: Monotonic) -> BoxFuture<'static, ()> {
        let end = self.began + moment.since(Monotonic::since_start(std::time::Duration::ZERO));
        Box::pin(tokio::time::sleep_until(end))
    }
}

/// Source: Steele, Lea and Flood, `SplitMix`.
struct Seeded(AtomicU64);

impl Randomness for Seeded {
    fn bits(&self) -> u64 {
        let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
