//! Until when writes may begin.

use super::Right;
use crate::clock::Monotonic;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The time in which writes may begin (P10). Whoever holds the Lease moves its end; every clone sees
/// that at once, so that a write that waits for its turn is judged by the term as it is then.
///
/// A write is decided in one term. Its handle is made by [`Term::present`], and ends with that term for
/// good: another process may have led before the next one begins.
#[derive(Clone, Debug, Default)]
pub struct Term {
    shared: Arc<Shared>,
    /// The only term that counts for this handle; without one, whichever there is.
    number: Option<u64>,
    /// On whose behalf the write is; without a right, on nobody's who could go.
    right: Option<Right>,
}

#[derive(Debug, Default)]
struct Shared {
    /// In microseconds since the clock's start.
    not_after: AtomicU64,
    /// How many terms have ended.
    number: AtomicU64,
}

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

    /// The term as it stands, and no later one.
    #[must_use]
    pub fn present(&self) -> Self {
        let present = || self.shared.number.load(Ordering::SeqCst);
        Self { number: Some(self.number.unwrap_or_else(present)), ..self.clone() }
    }

    /// The term for so long as this right lasts.
    #[must_use]
    pub fn within(&self, right: &Right) -> Self {
        Self { right: Some(right.clone()), ..self.clone() }
    }

    /// Until when a write may begin. The clock's start where there is no Lease, or the right has ended:
    /// never.
    pub fn not_after(&self) -> Monotonic {
        // In this order: the end of a later term is seen only with its number.
        let not_after = self.shared.not_after.load(Ordering::SeqCst);
        let number = self.shared.number.load(Ordering::SeqCst);
        match not_after {
            _ if self.right.as_ref().is_some_and(Right::has_ended) => {
                Monotonic::since_start(Duration::ZERO)
            }
            _ if self.number.is_some_and(|own| own != number) => {
                Monotonic::since_start(Duration::ZERO)
            }
            u64::MAX => Monotonic::NEVER,
            micros => Monotonic::since_start(Duration::from_micros(micros)),
        }
    }

    /// Whether the right has ended while the term goes on: who asked for the write has withdrawn it.
    pub fn is_withdrawn(&self) -> bool {
        let number = self.shared.number.load(Ordering::SeqCst);
        let goes_on = self.number.is_none_or(|own| own == number);
        goes_on && self.right.as_ref().is_some_and(Right::has_ended)
    }

    /// Moves the end.
    pub fn set(&self, not_after: Monotonic) {
        let start = Monotonic::since_start(Duration::ZERO);
        let micros = u64::try_from(not_after.since(start).as_micros()).unwrap_or(u64::MAX);
        self.shared.not_after.store(micros, Ordering::SeqCst);
    }

    /// Ends it now. What is set later is another term.
    pub fn end(&self) {
        self.shared.number.fetch_add(1, Ordering::SeqCst);
        self.shared.not_after.store(0, Ordering::SeqCst);
    }
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.not_after() == other.not_after()
    }
}

impl Eq for Term {}

#[cfg(test)]
mod tests {
    use super::{Monotonic, Right, Term};
    use std::time::Duration;

    fn second(second: u64) -> Monotonic {
        Monotonic::since_start(Duration::from_secs(second))
    }

    #[test]
    fn a_write_sees_its_term_grow_and_never_the_next_one() {
        let term = Term::until(second(3));
        let write = term.present();
        term.set(second(5));
        assert_eq!(write.not_after(), second(5), "a renewal");
        term.end();
        assert_eq!(write.not_after(), second(0));
        term.set(second(20));
        assert_eq!(term.not_after(), second(20));
        assert_eq!(write.not_after(), second(0), "another term");
        assert_eq!(write.present().not_after(), second(0));
        assert_eq!(term.present().not_after(), second(20));
    }

    #[test]
    fn a_write_ends_with_the_right_of_its_application_and_no_other_does() {
        let term = Term::until(second(3));
        let (gone, there) = (Right::default(), Right::default());
        let (of_gone, of_there) = (term.present().within(&gone), term.within(&there).present());
        gone.end();
        assert_eq!(of_gone.not_after(), second(0));
        assert_eq!((of_there.not_after(), term.not_after()), (second(3), second(3)));
        assert!(of_gone.is_withdrawn() && !of_there.is_withdrawn());
        term.end();
        assert!(!of_gone.is_withdrawn(), "its term has ended, too");
    }
}
