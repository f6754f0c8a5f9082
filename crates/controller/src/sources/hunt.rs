//! Looking for a commit that a webhook announced before the server shows it.

use std::time::Duration;
use trimtab_model::{Commit, Timestamp};

/// The pauses between two looks for an announced commit.
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10)];

/// A commit that was announced and is not there yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunt {
    commit: Commit,
    looks: usize,
}

impl Hunt {
    /// Begins with no look made.
    pub fn new(commit: Commit) -> Self {
        Self { commit, looks: 0 }
    }

    /// What is hunted.
    pub fn commit(&self) -> &Commit {
        &self.commit
    }

    /// A look did not find it: when to look again, or nothing when it is given up.
    pub fn missed(&mut self, now: Timestamp) -> Option<Timestamp> {
        let pause = PAUSES.get(self.looks)?;
        self.looks += 1;
        now.checked_add(*pause).ok()
    }
}
