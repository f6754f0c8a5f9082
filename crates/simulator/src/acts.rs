//! What people and other programs do to a world.

use crate::chance::Chance;
use crate::git::Trouble;
use std::time::Duration;

/// One thing that somebody does, or that happens. What exactly is drawn when its time comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// A commit changes objects.
    Change,
    /// A commit adds an object.
    Add,
    /// A commit removes an object.
    Remove,
    /// A commit removes most objects of an application.
    RemoveMost,
    /// A commit makes a file unreadable.
    Break,
    /// A commit makes it readable again.
    Mend,
    /// A commit goes back to what an earlier one said.
    Revert,
    /// The branch is rewritten.
    Force,
    /// A commit moves an object from one application to another.
    HandOver,
    /// A person changes a field that we own.
    Edit,
    /// A person deletes an object.
    Delete,
    /// A person makes an object that nobody deploys.
    Make,
    /// A person makes an object, and a commit adds it to an application.
    Adopt,
    /// Another program sets a field of its own in an object of ours.
    Beside,
    /// An application is deleted.
    DeleteApp,
    /// A deleted application is created again.
    CreateApp,
    /// A person asks for a look.
    Refresh,
    /// A person asks for a sync.
    Sync,
    /// A person changes an application's rules.
    Retune,
    /// A process is killed.
    Kill,
    /// A second process runs for a while, and the first one loses its connection.
    Rival,
    /// A repository cannot be read for a while.
    GitTrouble,
    /// One group's discovery fails for a while, as definitions change.
    DiscoveryTrouble,
    /// The server forgets its history, and all watches break.
    Compact,
    /// Another controller writes the resource of an application for a while.
    Stranger,
}

const ACTS: [(Act, u64); 25] = [
    (Act::Change, 10),
    (Act::Add, 6),
    (Act::Remove, 7),
    (Act::RemoveMost, 1),
    (Act::Break, 4),
    (Act::Mend, 3),
    (Act::Revert, 5),
    (Act::Force, 3),
    (Act::HandOver, 5),
    (Act::Edit, 8),
    (Act::Delete, 6),
    (Act::Make, 2),
    (Act::Adopt, 4),
    (Act::Beside, 3),
    (Act::DeleteApp, 3),
    (Act::CreateApp, 2),
    (Act::Refresh, 3),
    (Act::Sync, 4),
    (Act::Retune, 3),
    (Act::Kill, 4),
    (Act::Rival, 2),
    (Act::GitTrouble, 3),
    (Act::DiscoveryTrouble, 2),
    (Act::Compact, 2),
    (Act::Stranger, 2),
];

/// What happens in a world, each after a pause.
pub fn script(chance: &mut Chance) -> Vec<(Duration, Act)> {
    let total = ACTS.iter().map(|(_, weight)| weight).sum();
    let count = 4 + chance.index(16);
    let act = |_| {
        let mut at = chance.below(total);
        let found = ACTS.iter().find(|(_, weight)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here
        });
        let pause =
            if chance.percent(50) { chance.pause(10, 2_000) } else { chance.pause(0, 40_000) };
        (pause, found.map_or(Act::Change, |(act, _)| *act))
    };
    (0..count).map(act).collect()
}

/// A trouble of a repository.
pub fn trouble(chance: &mut Chance) -> Trouble {
    *chance.pick(&[Trouble::Unreachable, Trouble::Refused, Trouble::NoBranch])
}
