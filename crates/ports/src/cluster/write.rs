//! Writing to the cluster.

use super::Term;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use trimtab_model::{
    Class, Document, FieldManager, Name, Namespace, ObjectKey, Propagation, ResourceVersion,
    Timestamp, Uid, Version,
};
use trimtab_plan::{Entry, LiveObject};
use trimtab_sync::Failure;

/// One object at the version that is spoken of it. The edge finds the path itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The object.
    pub key: ObjectKey,
    /// The version.
    pub version: Version,
}

/// On whose behalf a write is sent, when its turn is, and until when it may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The application; writes of different applications take turns.
    pub lane: Arc<str>,
    /// What it is to its application.
    pub part: PartOfWork,
    /// The write does not begin after its end (P10).
    pub term: Term,
}

/// What a write is to its application's work. Where many begin together, work that has begun is
/// finished first: statuses tell then what is, and not what was when they were put into the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartOfWork {
    /// Work that has begun goes on with it.
    GoesOn,
    /// Work begins with it.
    Begins,
}

/// An apply.
#[derive(Clone, Debug)]
pub struct Apply {
    /// What is applied.
    pub target: Target,
    /// The document, without `metadata.uid`.
    pub body: Document,
    /// The field manager.
    pub manager: FieldManager,
    /// What is expected to be there.
    pub mode: Mode,
    /// Only ask what it would change.
    pub dry_run: bool,
    /// On whose behalf, until when.
    pub terms: Terms,
}

/// What an apply expects to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing. Sent without force; anything but a creation is [`ApplyAnswer::Stale`].
    Create,
    /// Exactly this incarnation. Sent with force and the uid.
    Update {
        /// The incarnation.
        uid: Uid,
        /// The state that was seen; an answer with the same version changed nothing.
        seen: ResourceVersion,
        /// Our entry as it was seen. A dry run that gives it back would change nothing.
        entry: Option<Entry>,
        /// Whether nothing may have changed since: sent with the version that was seen. Whoever takes an
        /// object over knows whose it was then (P3).
        exactly: bool,
    },
}

/// What became of an apply.
#[derive(Clone, Debug)]
pub enum ApplyAnswer {
    /// Done; in a dry run: it would be done.
    Applied {
        /// What the server did.
        change: trimtab_sync::Change,
        /// The object as the server has it now, with S and D.
        object: Box<LiveObject>,
    },
    /// The object is not what was expected: observe, plan again.
    Stale,
    /// The server refused.
    Failed(Failure),
    /// No answer came: look before acting again. The sentence says what happened.
    Uncertain(String),
}

/// A delete.
#[derive(Clone, Debug)]
pub struct Delete {
    /// What is deleted.
    pub target: Target,
    /// The incarnation.
    pub uid: Uid,
    /// The state that was seen.
    pub seen: ResourceVersion,
    /// How its dependents go.
    pub propagation: Propagation,
    /// On whose behalf, until when.
    pub terms: Terms,
}

/// A merge patch of an object of ours.
#[derive(Clone, Debug)]
pub struct MergePatch {
    /// What is patched.
    pub target: Target,
    /// The subresource, for example `status`.
    pub subresource: Option<Arc<str>>,
    /// The fields.
    pub body: Value,
    /// The field manager.
    pub manager: FieldManager,
    /// The incarnation that is meant, if it matters.
    pub uid: Option<Uid>,
    /// The state that is meant, if it matters.
    pub seen: Option<ResourceVersion>,
    /// On whose behalf, until when.
    pub terms: Terms,
}

/// A JSON patch.
#[derive(Clone, Debug)]
pub struct JsonPatch {
    /// What is patched.
    pub target: Target,
    /// The subresource, for example `status`.
    pub subresource: Option<Arc<str>>,
    /// The list of operations.
    pub operations: Value,
    /// The field manager.
    pub manager: FieldManager,
    /// The state that is meant; the edge adds it to the operations.
    pub seen: Option<ResourceVersion>,
    /// On whose behalf, until when.
    pub terms: Terms,
}

/// Why a write of ours was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The object is not what was expected: it changed, or it is there although it should not be.
    #[error("the object has changed: {0}")]
    Stale(String),
    /// The object is not there.
    #[error("the object is gone")]
    Gone,
    /// The server refused.
    #[error("{}", .0.message)]
    Refused(Failure),
    /// No answer came; the write may have been done.
    #[error("no answer: {0}")]
    Uncertain(String),
}

impl WriteError {
    /// What happens next.
    pub fn class(&self) -> Class {
        match self {
            Self::Stale(_) | Self::Gone | Self::Uncertain(_) => Class::Uncertain,
            Self::Refused(failure) => failure.class,
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self { class: error.class(), message: error.to_string() }
    }
}

/// An event for people.
#[derive(Clone, Debug)]
pub struct EventPost {
    /// The object that it is about; the event stands in its namespace, or in `default`.
    pub about: Target,
    /// The incarnation.
    pub uid: Uid,
    /// The state.
    pub seen: ResourceVersion,
    /// Whether it is bad news.
    pub warning: bool,
    /// A word for machines, for example `OperationCompleted`.
    pub reason: Arc<str>,
    /// The sentence.
    pub message: String,
    /// Who says it, as the family's own controller calls itself.
    pub component: Arc<str>,
    /// Annotations that the family's readers look for.
    pub annotations: BTreeMap<String, String>,
    /// On whose behalf, until when.
    pub terms: Terms,
}

/// Which Lease.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeaseName {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: Name,
}

/// A Lease of `coordination.k8s.io/v1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Which one.
    pub name: LeaseName,
    /// The state that was read.
    pub resource_version: Option<ResourceVersion>,
    /// Who holds it; nobody after it was given back.
    pub holder: Option<Arc<str>>,
    /// How long it holds without a renewal, in whole seconds.
    pub duration: Duration,
    /// When this holder got it.
    pub acquired: Option<Timestamp>,
    /// When it was renewed last.
    pub renewed: Option<Timestamp>,
    /// How often it has changed hands.
    pub transitions: i32,
    /// Annotations: how fresh the holder's view is.
    pub annotations: BTreeMap<String, String>,
}
