//! Everything that the engine asks of the world.

use crate::event::WatchId;
use crate::interest::Seen;
use crate::sources::Ask;
use serde_json::Value;
use std::sync::Arc;
use trimtab_merge::FieldSet;
use trimtab_model::{
    AppId, Commit, Digest, Document, FieldManager, ObjectKey, Remote, ResourceVersion, Source, Uid,
    Version,
};
use trimtab_ports::cluster::{Mode, Right, Target, WatchRequest};
use trimtab_render::Kept;

/// One thing to do. Each is answered by an [`crate::Event`], but `Unwatch`, `Follow`, `Announce` and
/// `Create`: what that one makes the watch shows.
#[derive(Debug)]
pub enum Effect {
    /// Ask what the cluster serves.
    Discover,
    /// Watch a collection.
    Watch(WatchId, WatchRequest),
    /// Stop a watch.
    Unwatch(WatchId),
    /// Ask Git.
    Git(Ask),
    /// Keep only these remotes, and tell of changes to those on disk.
    Follow(Vec<Remote>),
    /// Render applications.
    Render(Vec<RenderTask>),
    /// Apply one object.
    Apply(ApplyTask),
    /// Make our entry in the object's `managedFields` what it has to be, then apply.
    Migrate(ApplyTask, Entries),
    /// Delete one object.
    Delete(DeleteTask),
    /// Ask what an apply would change.
    DryRun(ApplyTask),
    /// Read an object that is not watched.
    Read(AppId, Target),
    /// Write into a resource of ours.
    Write(WriteTask),
    /// Write a shard of an inventory.
    Shard(ShardTask),
    /// Create an object of ours, unless it is there.
    Create(Value),
    /// Leave something for the next process.
    Keep(Vec<trimtab_ports::store::Change>),
    /// Post an event for people.
    Announce(Box<AnnounceTask>),
}

/// What an effect changes, and on whose behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// It changes something outside of the process for one application.
    WritesForOne,
    /// The same for everybody.
    WritesForAll,
    /// It asks something for one application.
    AsksForOne,
    /// The same for everybody.
    AsksForAll,
}

impl Effect {
    fn sort(&self) -> Sort {
        match self {
            Self::Apply(_)
            | Self::Migrate(..)
            | Self::Delete(_)
            | Self::Write(_)
            | Self::Shard(_)
            | Self::Announce(_) => Sort::WritesForOne,
            Self::Create(_) | Self::Keep(_) => Sort::WritesForAll,
            Self::DryRun(_) | Self::Read(..) => Sort::AsksForOne,
            Self::Discover
            | Self::Watch(..)
            | Self::Unwatch(_)
            | Self::Git(_)
            | Self::Follow(_)
            | Self::Render(_) => Sort::AsksForAll,
        }
    }

    /// Whether it changes something outside of the process, and so is never left half-done.
    pub(crate) fn is_write(&self) -> bool {
        matches!(self.sort(), Sort::WritesForOne | Sort::WritesForAll)
    }

    /// Whether it is done on behalf of one application alone: nobody else misses it.
    pub(crate) fn is_of_application(&self) -> bool {
        matches!(self.sort(), Sort::WritesForOne | Sort::AsksForOne)
    }
}

/// One application to render.
#[derive(Debug)]
pub struct RenderTask {
    /// The application.
    pub app: AppId,
    /// Names the request.
    pub ticket: u64,
    /// Its sources, each at a commit that can be read.
    pub sources: Vec<(Source, Commit)>,
    /// The last render of the same sources, whose questions are asked again first.
    pub last: Vec<Arc<Kept>>,
    /// Who waits for it: it is ended when nobody does any more.
    pub interest: Seen,
    /// Where it waits for its turn: as the last render of the application went.
    pub lane: Lane,
}

/// Where a render waits for its turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lane {
    /// With those that hardly take any time.
    #[default]
    Quick,
    /// Behind them, with those that take all the time that a render may.
    Slow,
}

/// What an object's `managedFields` must become before an apply.
#[derive(Debug)]
pub struct Entries {
    /// Managers whose Update entries move into ours.
    pub predecessors: Vec<FieldManager>,
    /// What an apply of the object owns, where its kind's schema is known: the entry that an object
    /// without any gets, whose entries somebody stripped.
    pub own: Option<FieldSet>,
}

/// One object to apply.
#[derive(Debug)]
pub struct ApplyTask {
    /// The application.
    pub app: AppId,
    /// In which of its lives it is sent.
    pub life: u64,
    /// For how long it may be sent.
    pub right: Right,
    /// The object.
    pub key: ObjectKey,
    /// The version to speak.
    pub version: Version,
    /// The document.
    pub body: Document,
    /// Its digest.
    pub desired: Digest,
    /// The field manager.
    pub manager: FieldManager,
    /// What is expected to be there.
    pub mode: Mode,
}

/// One object to delete.
#[derive(Debug)]
pub struct DeleteTask {
    /// The application.
    pub app: AppId,
    /// In which of its lives it is sent.
    pub life: u64,
    /// For how long it may be sent.
    pub right: Right,
    /// The object.
    pub key: ObjectKey,
    /// The version to speak.
    pub version: Version,
    /// The incarnation.
    pub uid: Uid,
    /// The state.
    pub seen: ResourceVersion,
    /// How dependents go.
    pub propagation: trimtab_model::Propagation,
}

/// One write into a resource of ours.
#[derive(Debug)]
pub struct WriteTask {
    /// The application, or the source resource, that it is about.
    pub app: AppId,
    /// Names the write.
    pub ticket: u64,
    /// The version to speak.
    pub version: Version,
    /// The subresource.
    pub subresource: Option<Arc<str>>,
    /// A merge patch.
    pub patch: Value,
    /// The incarnation.
    pub uid: Uid,
    /// The state that it must have.
    pub seen: Option<ResourceVersion>,
    /// Whether work begins with it: others' work that has begun goes first.
    pub begins: bool,
}

/// One write of a shard of an inventory.
#[derive(Debug)]
pub struct ShardTask {
    /// The application whose inventory it is.
    pub app: AppId,
    /// Names the write.
    pub ticket: u64,
    /// The write.
    pub change: ShardChange,
}

/// What becomes of a shard's object.
#[derive(Debug)]
pub enum ShardChange {
    /// It is created.
    Create(Value),
    /// Its content is replaced.
    Replace {
        /// The object.
        key: ObjectKey,
        /// The version to speak.
        version: Version,
        /// A merge patch.
        patch: Value,
        /// The incarnation.
        uid: Uid,
        /// The state that it must have.
        seen: ResourceVersion,
    },
    /// It is deleted.
    Delete {
        /// The object.
        key: ObjectKey,
        /// The version to speak.
        version: Version,
        /// The incarnation.
        uid: Uid,
        /// The state that it must have.
        seen: ResourceVersion,
    },
}

/// One event to post.
#[derive(Debug)]
pub struct AnnounceTask {
    /// The application.
    pub app: AppId,
    /// The version to speak.
    pub version: Version,
    /// The incarnation.
    pub uid: Uid,
    /// The state.
    pub seen: ResourceVersion,
    /// What it says, in the family's words.
    pub event: trimtab_crd::Event,
}
