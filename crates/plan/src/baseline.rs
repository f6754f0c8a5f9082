//! What we remember of our own last apply of an object.

use crate::Entry;
use trimtab_model::{Digest, ObjectKey, ResourceVersion, Uid};

/// The state of an object right after our last apply, or after a comparison that found it equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// The incarnation.
    pub uid: Uid,
    /// The digest of the desired object that is in effect.
    pub desired: Digest,
    /// Our entry, as the server's reply had it.
    pub entry: Entry,
    /// The version that the server's reply had: a watched state older than it is never compared.
    pub resource_version: ResourceVersion,
}

/// Answer of one dry run, handed to the planner as an observed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DryRun {
    /// The desired object that was sent.
    pub desired: Digest,
    /// The live state that the answer was compared with.
    pub against: ResourceVersion,
    /// Whether the apply would change the object; or why the server refuses it.
    pub changes: Result<bool, String>,
}

/// What is remembered between events, read-only. The controller implements it.
pub trait Memory {
    /// The baseline of an object for the manager of this application.
    fn baseline(&self, key: &ObjectKey) -> Option<&Baseline>;
    /// What an earlier process left of an object, from a local cache: no reply that this one had. It may
    /// be of any age, of another cluster, or wrong.
    fn recalled(&self, key: &ObjectKey) -> Option<&Baseline> {
        let _ = key;
        None
    }
    /// The last dry run of an object.
    fn dry_run(&self, key: &ObjectKey) -> Option<&DryRun>;
}
