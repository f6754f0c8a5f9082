//! Time and chance: the two things that make one run unlike another.

use futures::future::BoxFuture;
use std::ops::Add;
use std::time::Duration;
use trimtab_model::Timestamp;

/// A moment on a clock that never jumps, counted from some start of its own. Moments of two clocks
/// cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Monotonic(Duration);

impl Monotonic {
    /// A moment that never comes.
    pub const NEVER: Self = Self(Duration::MAX);

    /// The moment that is this long after the clock's start.
    pub const fn since_start(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// How long after an earlier moment this one is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Monotonic {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

/// The clocks. Everything that waits, waits here.
pub trait Clock: Send + Sync {
    /// The time of day, for what people read and for times that the cluster tells.
    fn now(&self) -> Timestamp;

    /// The clock that never jumps, for everything that is measured.
    fn monotonic(&self) -> Monotonic;

    /// Ends at that moment, or at once if it has passed. Dropping it costs nothing.
    fn sleep_until(&self, moment: Monotonic) -> BoxFuture<'static, ()>;
}

/// Waits this long.
pub fn sleep(clock: &dyn Clock, duration: Duration) -> BoxFuture<'static, ()> {
    clock.sleep_until(clock.monotonic() + duration)
}

/// The future took longer than it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer within {0:?}")]
pub struct TimedOut(pub Duration);

/// Waits for a future, at most this long. A future that is ready at the last moment counts.
pub async fn timeout<F: Future>(
    clock: &dyn Clock,
    longest: Duration,
    future: F,
) -> Result<F::Output, TimedOut> {
    let future = std::pin::pin!(future);
    match futures::future::select(future, sleep(clock, longest)).await {
        futures::future::Either::Left((output, _)) => Ok(output),
        futures::future::Either::Right(((), _)) => Err(TimedOut(longest)),
    }
}

/// Chance, for jitter and for names that must not collide.
pub trait Randomness: Send + Sync {
    /// Sixty-four even bits.
    fn bits(&self) -> u64;
}

/// A fraction from 0 to just below 1, evenly.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit a double")]
pub fn fraction(randomness: &dyn Randomness) -> f64 {
    (randomness.bits() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A duration between `least` and `least + spread`, evenly.
pub fn jittered(randomness: &dyn Randomness, least: Duration, spread: Duration) -> Duration {
    least + spread.mul_f64(fraction(randomness))
}

#[cfg(test)]
mod tests {
    use super::{Monotonic, Randomness, jittered};
    use std::time::Duration;

    struct Fixed(u64);

    impl Randomness for Fixed {
        fn bits(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn a_moment_that_never_comes_stays_where_it_is() {
        assert_eq!(Monotonic::NEVER + Duration::from_secs(1), Monotonic::NEVER);
        assert_eq!(Monotonic::since_start(Duration::ZERO).since(Monotonic::NEVER), Duration::ZERO);
    }

    #[test]
    fn jitter_stays_within_its_spread() {
        let (least, spread) = (Duration::from_secs(10), Duration::from_secs(5));
        assert_eq!(jittered(&Fixed(0), least, spread), least);
        let longest = jittered(&Fixed(u64::MAX), least, spread);
        assert!(longest > Duration::from_secs(14) && longest <= least + spread);
    }
}
