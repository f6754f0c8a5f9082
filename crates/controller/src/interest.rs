//! Who waits for a render.

use std::sync::{Arc, Weak};

/// Somebody's interest in what was asked for. It lasts until it is dropped: nothing else has to be done
/// to have work ended that nobody waits for any more.
#[derive(Debug, Default)]
pub struct Interest(Arc<()>);

impl Interest {
    /// For whoever does the work.
    pub fn seen(&self) -> Seen {
        Seen(Arc::downgrade(&self.0))
    }
}

/// An interest as whoever does the work sees it.
#[derive(Clone, Debug)]
pub struct Seen(Weak<()>);

impl Seen {
    /// Whether it still lasts.
    pub fn lasts(&self) -> bool {
        self.0.strong_count() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::Interest;

    #[test]
    fn an_interest_lasts_until_it_is_dropped() {
        let interest = Interest::default();
        let seen = interest.seen();
        let also = seen.clone();
        assert!(seen.lasts() && also.lasts());
        drop(interest);
        assert!(!seen.lasts() && !also.lasts());
    }
}
