//! What is to be done, and when.

use crate::store::Key;
use std::collections::BTreeMap;
use std::time::Duration;
use trimtab_ports::clock::{Monotonic, Randomness, jittered};

/// How long a controller takes at least to see a change.
const SEES_AFTER: Duration = Duration::from_millis(2);
/// How much longer it may take.
const SEES_SPREAD: Duration = Duration::from_millis(8);

/// One thing to look after.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Task {
    Namespace(Key),
    Definition(Key),
    /// An object that is deleted together with what it owns.
    Owner(Key),
    /// An object that is owned.
    Dependent(Key),
    /// A claim or a volume, which is protected while it is used.
    Protected(Key),
    /// A Deployment, or anything else that has Pods.
    Workload(Key),
    /// A Pod, as the node sees it.
    Pod(Key, Stage),
}

/// What the node does next with a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// It starts.
    Start,
    /// It has done its work.
    Finish,
    /// It is stopped.
    Stop,
}

/// The agenda.
#[derive(Debug, Default)]
pub(crate) struct Controllers {
    due: BTreeMap<Task, Monotonic>,
    order: BTreeMap<(Monotonic, u64), Task>,
    added: u64,
}

impl Controllers {
    /// A change has to be looked at, a moment later. What stands in the agenda already stays where it
    /// is.
    pub fn add(&mut self, now: Monotonic, randomness: &dyn Randomness, task: Task) {
        if !self.due.contains_key(&task) {
            self.at(now + jittered(randomness, SEES_AFTER, SEES_SPREAD), task);
        }
    }

    /// Something has to be looked at not before a moment. What stands in the agenda already stays
    /// where it is.
    pub fn at(&mut self, moment: Monotonic, task: Task) {
        if self.due.contains_key(&task) {
            return;
        }
        self.added += 1;
        self.due.insert(task.clone(), moment);
        self.order.insert((moment, self.added), task);
    }

    /// The next task that is due by now.
    pub fn due(&mut self, now: Monotonic) -> Option<Task> {
        let first = self.order.first_entry().filter(|entry| entry.key().0 <= now)?;
        let task = first.remove();
        self.due.remove(&task);
        Some(task)
    }

    /// When the next task is due.
    pub fn next(&self) -> Option<Monotonic> {
        self.order.first_key_value().map(|((moment, _), _)| *moment)
    }
}
