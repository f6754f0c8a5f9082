//! Which render is next.

use super::Ready;
use crate::effect::Lane;
use std::collections::VecDeque;
use std::time::Duration;
use trimtab_model::limit;

/// The turns to render: each takes memory and a processor. Quick renders get them in the order in which
/// they were asked for, many with one turn. Those that are not quick come after them, one with each turn,
/// in their own order. They never have all turns, and always one: whoever has such renders, however many
/// they are, holds up nobody else for long, and is held up by nobody for ever.
pub(super) struct Queue {
    of: u64,
    quick: VecDeque<Vec<Ready>>,
    slow: VecDeque<Ready>,
    /// The turns that are taken.
    taken_by_quick: u64,
    taken_by_slow: u64,
}

/// How long a render may take in its turn. One that takes longer in the quick lane is begun again in the
/// other.
pub(super) fn time_max(lane: Lane) -> Duration {
    match lane {
        Lane::Quick => Duration::from_millis(limit::RENDER_QUICK_MILLISECONDS_MAX),
        Lane::Slow => Duration::from_secs(limit::RENDER_SECONDS_MAX),
    }
}

impl Queue {
    /// So many turns at a time.
    pub(super) fn new(of: u64) -> Self {
        let (quick, slow) = (VecDeque::new(), VecDeque::new());
        Self { of, quick, slow, taken_by_quick: 0, taken_by_slow: 0 }
    }

    /// Puts renders in behind the others, each in its lane.
    pub(super) fn push(&mut self, ready: Vec<Ready>) {
        self.forget_unwanted();
        let (slow, quick): (Vec<_>, Vec<_>) =
            ready.into_iter().partition(|(task, _)| task.lane == Lane::Slow);
        self.slow.extend(slow);
        if !quick.is_empty() {
            self.quick.push_back(quick);
        }
    }

    /// Takes a turn for what is next.
    pub(super) fn next(&mut self) -> Option<(Lane, Vec<Ready>)> {
        if self.taken_by_quick + self.taken_by_slow >= self.of {
            return None;
        }
        self.forget_unwanted();
        let slow_first = self.taken_by_slow == 0;
        let slow_max = self.of.saturating_sub(1).max(1);
        if (!slow_first || self.slow.is_empty())
            && let Some(part) = self.quick.pop_front()
        {
            self.taken_by_quick += 1;
            return Some((Lane::Quick, part));
        }
        if self.taken_by_slow >= slow_max {
            return None;
        }
        let ready = self.slow.pop_front()?;
        self.taken_by_slow += 1;
        Some((Lane::Slow, vec![ready]))
    }

    /// A turn has ended.
    pub(super) fn give_back(&mut self, lane: Lane) {
        match lane {
            Lane::Quick => self.taken_by_quick -= 1,
            Lane::Slow => self.taken_by_slow -= 1,
        }
    }

    /// What nobody waits for any more has no place: the queue has one render of each application.
    fn forget_unwanted(&mut self) {
        let is_wanted = |(task, _): &Ready| task.interest.lasts();
        self.slow.retain(is_wanted);
        self.quick.iter_mut().for_each(|part| part.retain(is_wanted));
        self.quick.retain(|part| !part.is_empty());
    }
}
