//! How long to wait before a watch is tried again.

use std::time::Duration;
use trimtab_model::limit::{WATCH_BACKOFF_MILLISECONDS, WATCH_BACKOFF_SECONDS_MAX};
use trimtab_ports::clock::{Randomness, jittered};

/// The pauses between tries, before chance has its part.
const PAUSES: trimtab_model::Backoff = trimtab_model::Backoff {
    first: Duration::from_millis(WATCH_BACKOFF_MILLISECONDS),
    factor: 2,
    longest: Some(Duration::from_secs(WATCH_BACKOFF_SECONDS_MAX)),
};

/// Failures in a row.
#[derive(Debug, Default)]
pub struct Backoff(u32);

impl Backoff {
    /// The next pause: each twice as long as the one before up to the longest, and half of it by
    /// chance, so that watches that broke together do not come back together.
    pub fn pause(&mut self, randomness: &dyn Randomness) -> Duration {
        let pause = PAUSES.pause(self.0);
        self.0 = self.0.saturating_add(1);
        jittered(randomness, pause / 2, pause / 2)
    }

    /// It went well.
    pub fn reset(&mut self) {
        self.0 = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;
    use std::time::Duration;
    use trimtab_ports::clock::Randomness;

    struct Most;

    impl Randomness for Most {
        fn bits(&self) -> u64 {
            u64::MAX
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew() {
        let mut backoff = Backoff::default();
        let mut pauses = || backoff.pause(&Most).as_secs_f64().round();
        let seconds: Vec<f64> = (0..9).map(|_| pauses()).collect();
        assert_eq!(seconds[1..], [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]);
        backoff.reset();
        assert!(backoff.pause(&Most) <= Duration::from_millis(500));
    }
}
