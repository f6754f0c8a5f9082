//! An application: what should be where, by which rules. Both families' resources become one.

use crate::{
    Annotations, Digest, GroupKind, Name, Namespace, ProjectName, Source, SyncPolicy, Timestamp,
    Tracking, Uid,
};
use std::fmt;
use std::sync::Arc;

/// Which application: the resource that describes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppId {
    /// The kind of the resource.
    pub kind: GroupKind,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: Name,
}

impl AppId {
    /// Displays as `Kustomization/namespace/name`, for a log in which applications of several kinds
    /// stand beside each other.
    pub fn with_kind(&self) -> impl fmt::Display + '_ {
        fmt::from_fn(move |f| write!(f, "{}/{self}", self.kind.kind))
    }
}

/// Displays as `namespace/name`.
impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// An application as its resource describes it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Which one.
    pub id: AppId,
    /// The identity of this incarnation of the resource.
    pub uid: Uid,
    /// When the resource was created.
    pub created: Option<Timestamp>,
    /// A digest of all that a person can set: spec, operation, acting annotations, deletion. Status
    /// writes do not move it.
    pub digest: Digest,
    /// The project whose rules hold.
    pub project: ProjectName,
    /// Where the objects come from; of objects that several sources have, the last one counts.
    pub sources: Vec<Source>,
    /// Where the objects go.
    pub destination: Destination,
    /// How objects are marked as this application's.
    pub tracking: Tracking,
    /// What the annotations of its objects mean.
    pub annotations: Arc<Annotations>,
    /// How and when it is synced.
    pub policy: SyncPolicy,
    /// When its deletion was asked for, while the resource still has our finalizer.
    pub deleting: Option<Timestamp>,
    /// Nothing at all is done, not even a look.
    pub suspended: bool,
    /// Accepted, and not acting yet.
    pub not_supported: Vec<NotSupported>,
}

/// Where the objects of an application go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// The cluster's name or API server URL as written; `None` for the cluster we run in.
    pub cluster: Option<Arc<str>>,
    /// The namespace of objects of namespaced kinds that name none.
    pub namespace: Option<Namespace>,
}

/// A field or annotation that is accepted and does not act yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotSupported {
    /// The field's path or the annotation's name, as the user wrote it.
    pub field: Arc<str>,
    /// What its absence would mean.
    pub restraint: Restraint,
}

/// What it means that a field does not act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Restraint {
    /// It would have prevented, delayed, narrowed or authorised an action: all writes of the
    /// application stop.
    Restrains,
    /// It would only have added something: it is left out, with a warning.
    Adds,
}

impl App {
    /// The fields that stop all writes.
    pub fn restraints(&self) -> impl Iterator<Item = &NotSupported> {
        self.not_supported.iter().filter(|field| field.restraint == Restraint::Restrains)
    }
}
