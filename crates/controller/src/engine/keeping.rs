//! What is left for the next process.

use super::Engine;
use crate::effect::Effect;
use std::time::Duration;
use trimtab_model::{GroupKind, Timestamp, limit};
use trimtab_ports::store::{Change, Error, Kept};

/// When the store is told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// As soon as there is anything to tell.
    Next,
    /// It is being told.
    UnderWay,
    /// Not before this time.
    NotBefore(Timestamp),
}

/// The least pause between two writes to the store.
const PAUSE: Duration = Duration::from_secs(limit::STORE_SAVE_SECONDS);

impl Engine {
    /// Takes in what the last process left. Nothing of it counts before the cluster agrees.
    pub fn recall(&mut self, kept: Vec<Kept>) {
        self.memory.recall(kept);
    }

    /// What is known and not yet in the store, for who ends.
    pub fn unsaved(&mut self) -> Vec<Change> {
        self.memory.take_unsaved()
    }

    /// When the store is to be told, if there is anything to tell.
    pub(super) fn next_telling(&self) -> Option<Timestamp> {
        if !self.memory.is_unsaved() {
            return None;
        }
        match self.telling {
            Telling::Next => Some(Timestamp::MIN),
            Telling::UnderWay => None,
            Telling::NotBefore(time) => Some(time),
        }
    }

    pub(super) fn tell_store(&mut self, now: Timestamp) {
        if self.next_telling().is_some_and(|at| at <= now) {
            self.telling = Telling::UnderWay;
            self.effects.push(Effect::Keep(self.memory.take_unsaved()));
        }
    }

    pub(super) fn store_told(&mut self, answer: Result<(), Error>, now: Timestamp) {
        if let Err(error) = answer {
            tracing::warn!(%error, "the next start will cost more questions");
        }
        self.telling = Telling::NotBefore(now.checked_add(PAUSE).unwrap_or(now));
    }

    /// A kind's collection is known whole: what was recalled of objects that are not in it is of no
    /// use any more.
    pub(super) fn forget_recalled(&mut self, kind: &GroupKind) {
        let index = &self.index;
        self.memory.forget_recalled(|key| {
            key.group_kind() == *kind && index.is_whole(key) && index.row(key).is_none()
        });
    }
}
