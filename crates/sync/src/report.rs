//! What is to be shown of an application; the doors write it in their family's words.

use crate::{HistoryEntry, Operation, Phase};
use trimtab_health::{Code, Health};
use trimtab_inventory::Inventory;
use trimtab_model::{ObjectKey, SourceRevision, Timestamp, Version, Wave};
use trimtab_plan::SyncStatus;

/// Everything that a status says, in the domain's words.
#[derive(Clone, Debug)]
pub struct Report {
    /// The application's sync status.
    pub status: SyncStatus,
    /// The application's health.
    pub health: Health,
    /// The revisions that the comparison was made with; empty when none could be resolved.
    pub revisions: Vec<SourceRevision>,
    /// Whether these revisions are worth a status write of their own: something else was rendered at
    /// them. A newer revision of the same objects is shown with the next write.
    pub revision_is_news: bool,
    /// The revisions of the last successful sync.
    pub applied: Vec<SourceRevision>,
    /// One line for each object, in key order.
    pub objects: Vec<ObjectReport>,
    /// The last operation, running or ended.
    pub operation: Option<Operation>,
    /// Past syncs, oldest first.
    pub history: Vec<HistoryEntry>,
    /// What a person should know.
    pub conditions: Vec<Condition>,
    /// What counts as applied; written before the first apply (P5).
    pub inventory: Inventory,
    /// Images of all desired objects, sorted.
    pub images: Vec<String>,
    /// Whether a requested operation has been taken over into `operation`.
    pub request_taken: bool,
    /// The refresh that this report answers.
    pub refreshed: Option<crate::Refresh>,
    /// Where a run of the family that has stages stands.
    pub stage: Stage,
}

impl Report {
    /// When the last sync ended, if it ended well and what it applied is not healthy yet.
    pub fn settles_since(&self) -> Option<Timestamp> {
        let operation = self.operation.as_ref().filter(|last| last.phase == Phase::Succeeded)?;
        operation.finished_at.filter(|_| self.health.code == Code::Progressing)
    }
}

/// Where a run stands, for the family that shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing runs.
    #[default]
    Idle,
    /// Waiting for something that is not ours: the source, a dependency.
    Waiting(String),
    /// Applying.
    Applying,
    /// Waiting for health.
    CheckingHealth,
    /// Ended well.
    Done,
    /// Ended badly: at which point, and why.
    Failed(FailurePoint, String),
}

/// At which point a run ended badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailurePoint {
    /// The source could not be had.
    Source,
    /// The render failed.
    Build,
    /// Live objects cannot be read.
    Live,
    /// Validation or an apply failed.
    Apply,
    /// A prune failed.
    Prune,
    /// Objects did not become healthy in time.
    Health,
    /// Something accepted does not act yet.
    NotSupported,
}

/// One object in a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectReport {
    /// The object.
    pub key: ObjectKey,
    /// Its version.
    pub version: Version,
    /// Whether it is as desired.
    pub status: SyncStatus,
    /// Its health; `None` where the kind has no check.
    pub health: Option<Health>,
    /// Its wave.
    pub wave: Wave,
    /// Live, not desired, and ours to prune.
    pub requires_pruning: bool,
    /// It carries our mark, and nothing that we know says that it is ours (P3).
    pub only_marked: bool,
}

/// A sentence that a person should see, with its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// The kind.
    pub kind: ConditionKind,
    /// What, why, what next.
    pub message: String,
}

/// The kinds of conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionKind {
    /// The resource itself is wrong: project, destination, source.
    InvalidSpec,
    /// The comparison could not be made: source, render, live state.
    Comparison,
    /// Something accepted does not act yet, and its absence would do harm: no writes.
    NotSupported,
    /// Something accepted does not act yet, and is left out.
    LeftOut,
    /// The last sync failed, or a sync is not begun for a reason.
    Sync,
    /// The deletion failed.
    Deletion,
    /// Another application has one of the objects.
    SharedResource,
    /// An object appears several times.
    RepeatedResource,
    /// A sync is due and waits for a sync window, or a window is not as somebody meant it.
    Window,
    /// Prunes wait for a yes; the message names the digest (P2, P13).
    PruneHeld,
    /// A prune waits until it is known what another application renders; the message names it (P3).
    PruneWaiting,
    /// A field is lost to another writer again and again (P7).
    Contended,
    /// Objects of the inventory now carry another application's mark (P3).
    ClaimedBy,
    /// What was applied cannot be known, or cannot be written down (P11).
    Inventory,
    /// The list of objects was cut; the message counts the rest (P11).
    Truncated,
    /// Anything else.
    Unknown,
}

impl ConditionKind {
    /// All kinds, in their order.
    pub const ALL: [Self; 16] = [
        Self::InvalidSpec,
        Self::Comparison,
        Self::NotSupported,
        Self::LeftOut,
        Self::Sync,
        Self::Deletion,
        Self::SharedResource,
        Self::RepeatedResource,
        Self::Window,
        Self::PruneHeld,
        Self::PruneWaiting,
        Self::Contended,
        Self::ClaimedBy,
        Self::Inventory,
        Self::Truncated,
        Self::Unknown,
    ];
}

#[cfg(test)]
mod tests {
    use super::ConditionKind;

    #[test]
    fn all_kinds_of_conditions_are_in_their_list() {
        let places: Vec<usize> = ConditionKind::ALL.map(|kind| kind as usize).to_vec();
        let last = ConditionKind::Unknown as usize;
        assert_eq!(places, (0..=last).collect::<Vec<_>>(), "the last kind ends the list");
    }
}
