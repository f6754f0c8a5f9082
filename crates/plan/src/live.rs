//! What is in the cluster, as far as it was seen.

use std::sync::Arc;
use trimtab_health::Health;
use trimtab_model::{
    Digest, GroupKind, ObjectKey, OwnerClaim, ResourceVersion, Scope, Timestamp, Uid, Version,
};

/// One live object as a row of the index: everything that a decision needs, and its content behind
/// [`Content`].
#[derive(Clone, Debug)]
pub struct LiveObject {
    /// Which object.
    pub key: ObjectKey,
    /// The version at which it was read.
    pub version: Version,
    /// This incarnation.
    pub uid: Uid,
    /// The state that was seen.
    pub resource_version: ResourceVersion,
    /// `metadata.generation`, where the kind has one.
    pub generation: Option<i64>,
    /// The uids in `ownerReferences`: an object with any is managed by its owners.
    pub owners: Vec<Uid>,
    /// The application that the object names as its owner. An object that carries the marks of both
    /// families has several claims.
    pub claims: Vec<OwnerClaim>,
    /// When its deletion was asked for.
    pub deleting: Option<Timestamp>,
    /// Health by Argo CD's rules; `None` where the kind has no check.
    pub health: Option<Health>,
    /// Health by kstatus.
    pub status: trimtab_health::Status,
    /// Annotations and labels that change what we do with the live object: those that
    /// `model::Annotations::names` names.
    pub annotations: Vec<(Arc<str>, Arc<str>)>,
    /// What our apply entry says, by the manager of the first claim; `None` where it is gone or never was.
    pub entry: Option<Entry>,
    /// The content.
    pub content: Content,
}

/// Our entry in `managedFields`, as digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// S: which fields we own.
    pub fields: Digest,
    /// D: their canonical values.
    pub values: Digest,
}

/// The content of a live object.
#[derive(Clone, Debug)]
pub enum Content {
    /// Kept compressed; decode with [`Live::body`].
    Kept(Arc<[u8]>),
    /// Not kept: a Secret, or an object that carries no mark of ours. It is read on demand.
    OnDemand,
}

/// What is known of one object.
#[derive(Clone, Debug)]
pub enum Sighting<'a> {
    /// The kind's collection was seen whole, and the object is not in it.
    Absent,
    /// The object, as it was last seen.
    Seen(&'a LiveObject),
    /// Nobody can tell: the kind is not watched yet, cannot be read, or discovery failed. Never
    /// treated as absent.
    Unknown(&'a str),
}

/// What discovery says of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KindFact {
    /// The cluster serves the kind at that version.
    Served(Scope),
    /// The cluster serves the kind, only at these other versions, the preferred one first.
    OtherVersions(Scope, Vec<Version>),
    /// Discovery of the group succeeded, and the kind is not in it.
    Absent,
    /// Discovery of the group failed.
    Unknown(Arc<str>),
}

/// The watched cluster, read-only. The index implements it; tests do with a map.
pub trait Live {
    /// What is known of one object.
    fn sighting(&self, key: &ObjectKey) -> Sighting<'_>;
    /// The keys of all seen objects that name this owner.
    fn owned_by(&self, claim: &OwnerClaim) -> Vec<ObjectKey>;
    /// What discovery says of a kind at a version.
    fn kind(&self, kind: &GroupKind, version: &Version) -> KindFact;
    /// The whole object with its `managedFields` of apply entries and of predecessors, or `None` when
    /// its content is on demand.
    fn body(&self, object: &LiveObject) -> Option<serde_json::Value>;
    /// Up to which version the collection that the object would be in has been seen. An object that
    /// we created at a later version is not absent, only not seen yet. `None` where replies to our
    /// own writes are in what this shows already.
    fn seen_up_to(&self, _key: &ObjectKey) -> Option<ResourceVersion> {
        None
    }
}
