//! Who waits, and whose turn it is.

use super::Permit;
use futures::channel::oneshot;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use trimtab_ports::cluster::PartOfWork;

/// The writes of one application's turn. A small application is done in one turn, and so ends long
/// before the others where many begin together; a large one cannot hold up anybody for long.
const TURN_WRITES_MAX: usize = 16;

/// How many writes of work that has begun go before one that begins work.
const BEGUN_WRITES_MAX: usize = 32;

type Grant = oneshot::Sender<Permit>;

/// All who wait: work that has begun goes first, and beginners are not starved by it.
#[derive(Default)]
pub struct Queue {
    going: Ring,
    beginning: Ring,
    /// Writes of begun work since the last beginner, while one waits.
    passed: usize,
}

impl Queue {
    pub fn push(&mut self, lane: &Arc<str>, part: PartOfWork, grant: Grant) {
        match part {
            PartOfWork::GoesOn => self.going.push(lane, grant),
            PartOfWork::Begins => self.beginning.push(lane, grant),
        }
    }

    pub fn pop(&mut self) -> Option<Grant> {
        if self.passed < BEGUN_WRITES_MAX
            && let Some(grant) = self.going.pop()
        {
            self.passed = if self.beginning.is_empty() { 0 } else { self.passed + 1 };
            return Some(grant);
        }
        self.passed = 0;
        self.beginning.pop().or_else(|| self.going.pop())
    }
}

/// Lanes that take turns.
#[derive(Default)]
struct Ring {
    /// The lanes that have waiters, in turn.
    turns: VecDeque<Arc<str>>,
    /// How many writes of the first lane have been granted in its present turn.
    granted: usize,
    waiting: BTreeMap<Arc<str>, VecDeque<Grant>>,
}

impl Ring {
    fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    fn push(&mut self, lane: &Arc<str>, grant: Grant) {
        if !self.waiting.contains_key(lane) {
            self.turns.push_back(lane.clone());
        }
        self.waiting.entry(lane.clone()).or_default().push_back(grant);
    }

    fn pop(&mut self) -> Option<Grant> {
        let lane = self.turns.front()?.clone();
        let waiting = self.waiting.get_mut(&lane)?;
        let grant = waiting.pop_front();
        self.granted += 1;
        let is_done = waiting.is_empty();
        if is_done {
            self.waiting.remove(&lane);
        }
        if is_done || self.granted >= TURN_WRITES_MAX {
            self.granted = 0;
            self.turns.pop_front();
            if !is_done {
                self.turns.push_back(lane);
            }
        }
        grant
    }
}
