//! Until when writes may begin.

use crate::clock::Monotonic;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The time in which writes may begin (P10). Whoever holds the Lease moves its end; every clone sees
/// that at once, so that a write that waits for its turn is judged by the term as it is then.
#[derive(Clone, Debug, Default)]
pub struct Term(Arc<AtomicU64>);

impl Term {
    /// A term that ends at one moment.
    pub fn until(moment: Monotonic) -> Self {
        let term = Self::default();
        term.set(moment);
        term
    }

    /// A term without an end, for writes that need no Lease.
    pub fn endless() -> Self {
        Self::until(Monotonic::NEVER)
    }

    /// Until when a write may begin. The clock's start where there is no Lease: never.
    pub fn not_after(&self) -> Monotonic {
        match self.0.load(Ordering::Acquire) {
            u64::MAX => Monotonic::NEVER,
            micros => Monotonic::since_start(Duration::from_micros(micros)),
        }
    }

    /// Moves the end.
    pub fn set(&self, not_after: Monotonic) {
        let start = Monotonic::since_start(Duration::ZERO);
        let micros = u64::try_from(not_after.since(start).as_micros()).unwrap_or(u64::MAX);
        self.0.store(micros, Ordering::Release);
    }

    /// Ends it now.
    pub fn end(&self) {
        self.0.store(0, Ordering::Release);
    }
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.not_after() == other.not_after()
    }
}

impl Eq for Term {}
