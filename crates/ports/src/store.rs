//! What one process leaves for the next on the same machine: a cache that may be gone at any time.

use futures::future::BoxFuture;
use trimtab_model::{FieldManager, ObjectKey};
use trimtab_plan::Baseline;

/// The local cache of one installation. Nothing in it decides anything: what it says is only worth
/// what the cluster confirms, and without it everything works the same and costs more questions.
pub trait Store: Send + Sync {
    /// Everything that was kept. What cannot be read is thrown away by the store, with a warning.
    fn load(&self) -> BoxFuture<'_, Vec<Kept>>;

    /// Keeps and forgets, in this order, all or nothing; ends when it is on disk.
    fn save(&self, changes: Vec<Change>) -> BoxFuture<'_, Result<(), Error>>;
}

/// What our last apply of one object by one manager left there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    place: Place,
    baseline: Baseline,
}

/// Whose entry in which object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The manager.
    pub manager: FieldManager,
    /// The object.
    pub key: ObjectKey,
}

impl Kept {
    /// What may be kept of a baseline. `None` for a Secret: no digest of secret values is ever stored,
    /// whoever keeps the key (P17).
    pub fn new(place: Place, baseline: Baseline) -> Option<Self> {
        (!place.key.is("", "Secret")).then_some(Self { place, baseline })
    }

    /// Whose entry in which object.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The baseline.
    pub fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// Both.
    pub fn into_parts(self) -> (Place, Baseline) {
        (self.place, self.baseline)
    }
}

/// One change of what is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Keep this, in place of what was kept there.
    Keep(Kept),
    /// Keep nothing there.
    Forget(Place),
}

/// Why nothing could be kept. It costs questions after the next start, and nothing else.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process ends, or the work panicked.
    #[error("the local store was interrupted")]
    Interrupted,
    /// The disk or the file refuses.
    #[error("the local store cannot be written: {0}")]
    Refused(String),
}
