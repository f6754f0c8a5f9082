//! What goes wrong with requests.

use crate::chance::Chance;
use crate::facts::{Facts, Verb};
use std::time::Duration;

/// How often something goes wrong, each in a thousand requests of the operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// A write never arrives.
    pub unsent: u64,
    /// A write is done and its answer never comes.
    pub unanswered: u64,
    /// A write is refused: conflict, too many, or a failure of the server.
    pub refused: u64,
    /// A read fails.
    pub unread: u64,
    /// A request or answer travels for seconds.
    pub slow: u64,
    /// A watch is one that tells late.
    pub late_watch: u64,
    /// A watch breaks after a while.
    pub cut_watch: u64,
    /// A watch that goes on from a version is told that it is too old.
    pub expired: u64,
    /// The process is killed as it sends a write, or as the answer comes.
    pub killed: u64,
}

impl Rates {
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        unsent: 0,
        unanswered: 0,
        refused: 0,
        unread: 0,
        slow: 0,
        late_watch: 0,
        cut_watch: 0,
        expired: 0,
        killed: 0,
    };

    /// What a seed's world has: some of all of it, from hardly any to a lot.
    pub fn drawn(chance: &mut Chance) -> Self {
        let level = [0, 10, 30, 60][chance.index(4)];
        let mut rate = |times: u64| if level == 0 { 0 } else { chance.below(level * times) };
        Self {
            unsent: rate(1),
            unanswered: rate(2),
            refused: rate(2),
            unread: rate(1),
            slow: rate(2),
            late_watch: rate(10),
            cut_watch: rate(10),
            expired: rate(4),
            killed: rate(1) / 4,
        }
    }
}

/// What becomes of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives and is answered.
    Pass,
    /// It never arrives.
    Unsent,
    /// It arrives; the answer does not.
    Unanswered,
    /// Something in front of the server refuses it: the code, and for how long to wait.
    Refused(u16, Option<u64>),
    /// The process dies before it arrives.
    KilledBefore,
    /// It arrives, and the process dies before the answer comes.
    KilledAfter,
}

/// One request's way.
#[derive(Clone, Debug)]
pub struct Way {
    /// What becomes of it.
    pub fate: Fate,
    /// How long it travels.
    pub there: Duration,
    /// How long the answer travels.
    pub back: Duration,
}

/// Draws what becomes of a request.
pub fn way(facts: &Facts, rates: &Rates, chance: &mut Chance) -> Way {
    let slow = chance.per_mille(rates.slow);
    let mut travel = || if slow { chance.pause(100, 900) } else { chance.pause(1, 12) };
    let (there, back) = (travel(), travel());
    Way { fate: fate(facts, rates, chance), there, back }
}

fn fate(facts: &Facts, rates: &Rates, chance: &mut Chance) -> Fate {
    if facts.verb.is_write() {
        of_write(facts, rates, chance)
    } else if chance.per_mille(rates.unread) {
        *chance.pick(&[&Fate::Unsent, &Fate::Refused(503, None), &Fate::Refused(429, Some(1))])
    } else if facts.verb == Verb::Watch && facts.resumes && chance.per_mille(rates.expired) {
        &Fate::Refused(410, None)
    } else {
        &Fate::Pass
    }
    .clone()
}

fn of_write(facts: &Facts, rates: &Rates, chance: &mut Chance) -> &'static Fate {
    let happens = |chance: &mut Chance, rate: u64| chance.per_mille(rate);
    if !facts.is_lease() && happens(chance, rates.killed) {
        return chance.pick(&[Fate::KilledBefore, Fate::KilledAfter]);
    }
    if happens(chance, rates.unsent) {
        return &Fate::Unsent;
    }
    if happens(chance, rates.unanswered) {
        return &Fate::Unanswered;
    }
    if happens(chance, rates.refused) {
        return chance.pick(&[
            Fate::Refused(409, None),
            Fate::Refused(429, Some(1)),
            Fate::Refused(500, None),
            Fate::Refused(503, None),
        ]);
    }
    &Fate::Pass
}
