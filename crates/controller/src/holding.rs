//! Status writes: the first goes out at once, news waits a moment to be merged with more news, and one
//! write of a resource is under way at a time.

use std::time::Duration;
use trimtab_model::{Backoff, Class, Timestamp, limit};

/// The longest that news waits.
const HOLD: Duration = Duration::from_millis(limit::STATUS_HOLD_MILLISECONDS_MAX);
/// The longest that progress waits.
const PROGRESS: Duration = Duration::from_millis(limit::STATUS_PROGRESS_MILLISECONDS);

/// How soon a write that failed is made again.
pub const WRITE_AGAIN: Duration = Duration::from_secs(2);
/// The pauses after writes of one resource that were refused in a row.
const REFUSED_AGAIN: Backoff = Backoff {
    first: WRITE_AGAIN,
    factor: 2,
    longest: Some(Duration::from_secs(limit::BACKOFF_SECONDS_MAX)),
};

/// How much what is to be told matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Steps of a wave come back one by one; the end of the wave tells of them all.
    Progress,
    /// Anything else that is new.
    News,
    /// The next effects wait for it.
    Record,
}

/// The state of one resource's status writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    under_way: bool,
    wanted: Option<Wish>,
    /// Whether anything was ever written: the first write is not held back.
    begun: bool,
    refusals: Refusals,
    /// After a write that failed: nothing is sent before that time, whatever is wanted meanwhile.
    not_before: Option<Timestamp>,
}

/// How many writes of a resource in a row were refused for what they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals(u32);

impl Refusals {
    /// The pause after a write that came back with an error of this class. What the world was busy for,
    /// or changed under, is made again soon; what was refused is refused again, until a person changes
    /// something, and each further pause is twice as long.
    pub fn pause(&mut self, class: Class) -> Duration {
        match class {
            Class::Retry | Class::Uncertain => WRITE_AGAIN,
            Class::User | Class::Bug => {
                let pause = REFUSED_AGAIN.pause(self.0);
                self.0 = self.0.saturating_add(1);
                pause
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wish {
    due: Timestamp,
    record: bool,
}

impl Holding {
    /// Something new is to be told.
    pub fn want(&mut self, weight: Weight, now: Timestamp) {
        let first = !std::mem::replace(&mut self.begun, true);
        let record = weight == Weight::Record;
        let hold = match weight {
            Weight::Record => Duration::ZERO,
            _ if first => Duration::ZERO,
            Weight::News => HOLD,
            Weight::Progress => PROGRESS,
        };
        let due = now.checked_add(hold).unwrap_or(now);
        self.wanted = Some(match self.wanted {
            Some(wish) => Wish { due: wish.due.min(due), record: wish.record || record },
            None => Wish { due, record },
        });
    }

    /// Whether a write is to begin now; if so it counts as under way. Returns whether it is a record.
    pub fn begin(&mut self, now: Timestamp) -> Option<bool> {
        self.due().filter(|due| *due <= now)?;
        self.under_way = true;
        self.not_before = None;
        self.wanted.take().map(|wish| wish.record)
    }

    /// The write that was under way has come back.
    pub fn ended(&mut self) {
        self.under_way = false;
    }

    /// The cluster says what was to be told.
    pub fn written(&mut self) {
        self.refusals = Refusals::default();
        self.ended();
    }

    /// The write that was under way came back with an error of this class. Returns the pause.
    pub fn came_back(&mut self, record: bool, class: Class, now: Timestamp) -> Duration {
        let pause = self.refusals.pause(class);
        self.failed(record, now.checked_add(pause).unwrap_or(now));
        pause
    }

    /// The write that was under way failed, or nobody knows: nothing is sent before that time, unless
    /// the resource is seen to have changed before.
    pub fn failed(&mut self, record: bool, again: Timestamp) {
        self.put_off(record, again);
        self.not_before = Some(again);
    }

    /// The resource is seen as it is now: what was known when the last write failed is old.
    pub fn seen_anew(&mut self, now: Timestamp) {
        if self.not_before.take().is_none() {
            return;
        }
        if let Some(wish) = &mut self.wanted {
            let hold = if wish.record { Duration::ZERO } else { HOLD };
            wish.due = wish.due.min(now.checked_add(hold).unwrap_or(now));
        }
    }

    /// The write that was about to begin cannot be made now: it is wanted again at that time.
    pub fn put_off(&mut self, record: bool, again: Timestamp) {
        self.under_way = false;
        let due = self.wanted.map_or(again, |wish| wish.due.max(again));
        self.wanted = Some(Wish { due, record: record || self.wanted.is_some_and(|w| w.record) });
    }

    /// When the next write is to begin, unless one is under way.
    pub fn due(&self) -> Option<Timestamp> {
        let wish = self.wanted.filter(|_| !self.under_way)?;
        Some(self.not_before.map_or(wish.due, |not_before| wish.due.max(not_before)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Holding, Weight};
    use trimtab_model::{Class, Timestamp};

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).expect("a small number")
    }

    #[test]
    fn the_first_write_and_every_record_go_out_at_once() {
        let mut holding = Holding::default();
        holding.want(Weight::News, at(0));
        assert_eq!(holding.begin(at(0)), Some(false));
        holding.ended();
        holding.want(Weight::Record, at(5));
        assert_eq!(holding.begin(at(5)), Some(true));
    }

    #[test]
    fn news_waits_a_hundred_milliseconds_and_is_merged() {
        let mut holding = Holding::default();
        holding.want(Weight::Record, at(0));
        assert_eq!(holding.begin(at(0)), Some(true));
        holding.ended();
        holding.want(Weight::News, at(10));
        holding.want(Weight::News, at(90));
        assert_eq!(holding.begin(at(109)), None);
        assert_eq!(holding.begin(at(110)), Some(false));
        assert_eq!(holding.begin(at(999)), None);
    }

    #[test]
    fn one_write_is_under_way_at_a_time() {
        let mut holding = Holding::default();
        holding.want(Weight::Record, at(0));
        assert!(holding.begin(at(0)).is_some());
        holding.want(Weight::Record, at(1));
        assert_eq!((holding.begin(at(1)), holding.due()), (None, None));
        holding.ended();
        assert_eq!(holding.begin(at(2)), Some(true));
    }

    #[test]
    fn a_failed_write_is_made_again_later() {
        let mut holding = Holding::default();
        holding.want(Weight::Record, at(0));
        assert!(holding.begin(at(0)).is_some());
        holding.failed(true, at(500));
        assert_eq!(holding.begin(at(499)), None);
        assert_eq!(holding.begin(at(500)), Some(true));
    }

    #[test]
    fn a_write_that_is_refused_again_and_again_is_made_ever_more_seldom() {
        let mut holding = Holding::default();
        let mut pauses = |class| {
            holding.want(Weight::News, at(0));
            assert!(holding.begin(at(9_000_000)).is_some());
            holding.came_back(false, class, at(0)).as_secs()
        };
        let refused: Vec<u64> = (0..9).map(|_| pauses(Class::User)).collect();
        assert_eq!(refused, [2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert_eq!(pauses(Class::Uncertain), 2, "a busy server is no refusal");
        assert_eq!(pauses(Class::Bug), 300);
        holding.written();
        holding.want(Weight::News, at(0));
        assert!(holding.begin(at(9_000_000)).is_some());
        assert_eq!(holding.came_back(true, Class::User, at(0)).as_secs(), 2);
    }

    #[test]
    fn what_is_wanted_meanwhile_does_not_send_a_failed_write_again_sooner() {
        let mut holding = Holding::default();
        holding.want(Weight::Record, at(0));
        assert!(holding.begin(at(0)).is_some());
        holding.failed(true, at(2000));
        holding.want(Weight::News, at(10));
        holding.want(Weight::Record, at(20));
        assert_eq!((holding.begin(at(1999)), holding.due()), (None, Some(at(2000))));
        assert_eq!(holding.begin(at(2000)), Some(true));
        holding.ended();
        holding.want(Weight::Record, at(2001));
        assert_eq!(holding.begin(at(2001)), Some(true), "one failure holds back one write");
    }

    #[test]
    fn a_resource_that_is_seen_anew_ends_the_wait_after_a_failure() {
        let mut holding = Holding::default();
        holding.want(Weight::Record, at(0));
        assert!(holding.begin(at(0)).is_some());
        holding.failed(true, at(2000));
        holding.seen_anew(at(300));
        assert_eq!(holding.begin(at(300)), Some(true));
        holding.failed(false, at(2300));
        holding.seen_anew(at(400));
        assert_eq!(holding.due(), Some(at(500)), "news waits its moment");
    }
}
