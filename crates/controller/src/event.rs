//! Everything that can happen, in one closed list.

use crate::effect::Lane;
use crate::family::Repositories;
use crate::sources::{Seen, Trouble};
use serde_json::Value;
use std::sync::Arc;
use trimtab_model::{AppId, Commit, ObjectKey, Remote};
use trimtab_plan::{DryRun, LiveObject};
use trimtab_ports::cluster::{Discovery, Term, WatchEvent, WriteError};
use trimtab_ports::git::Ancestry;
use trimtab_render::Kept;
use trimtab_sync::{Failure, Outcome};

/// A watch that was asked for; the number is never used again.
pub type WatchId = u64;

/// Something happened.
#[derive(Debug)]
pub enum Event {
    /// We may write from now on, in this term, or no longer: the Lease was won or lost. What is decided
    /// until the next such event is written in this term or not at all (P10).
    Leading(Option<Term>),
    /// How repositories are reached has become known, or another.
    Repositories(Arc<Repositories>),
    /// Discovery came back.
    Discovered(Result<Discovery, Failure>),
    /// A watch tells.
    Watched(WatchId, WatchEvent),
    /// A look at a remote came back; the number is even chance from 0 to 1, for jitter.
    Looked(Remote, Result<Seen, Trouble>, f64),
    /// A commit was fetched, or not.
    Fetched(Remote, Commit, Result<Ancestry, Trouble>),
    /// A commit that is being fetched has waited long for its turn to be checked.
    Waiting(Remote, Commit),
    /// Git said how a commit relates to one that was applied before, or could not.
    Related {
        /// The remote.
        remote: Remote,
        /// The commit.
        commit: Commit,
        /// The one that was applied before.
        before: Commit,
        /// How they relate.
        answer: Result<Ancestry, Trouble>,
    },
    /// A repository on disk may have changed.
    Stirred(Remote),
    /// Somebody says that a repository was pushed to.
    Pushed(Vec<String>, Option<Commit>),
    /// A batch of renders came back.
    Rendered(Vec<Rendering>),
    /// A step came back.
    Carried(Carried),
    /// A dry run came back.
    DryRan(AppId, ObjectKey, DryRun),
    /// A dry run could not be made.
    DryRunFailed(AppId, ObjectKey, Failure),
    /// A write of a resource of ours came back; the number says which write.
    Written(AppId, u64, Result<Box<Value>, WriteError>),
    /// A write of a shard came back, with the object as it is now; of a deleted one nothing.
    ShardWritten(AppId, u64, Result<Option<Box<Value>>, WriteError>),
    /// An object that is not watched, as it is now.
    Read(AppId, ObjectKey, Result<Option<Value>, Failure>),
    /// What was to be kept is in the store, or not.
    Kept(Result<(), trimtab_ports::store::Error>),
    /// Something that was done outside of the loop panicked: on behalf of whom, with the number of the
    /// write if it was one, and what it said.
    Crashed(Option<(AppId, Option<u64>)>, String),
    /// The time that a timer waited for has come.
    Tick,
}

/// How a step ended.
#[derive(Debug)]
pub struct Carried {
    /// The application.
    pub app: AppId,
    /// In which of its lives the step was sent.
    pub life: u64,
    /// The object.
    pub key: ObjectKey,
    /// How it ended.
    pub outcome: Outcome,
    /// The object as the server has it now, if it said so.
    pub object: Option<Box<LiveObject>>,
}

/// One application's render.
#[derive(Debug)]
pub struct Rendering {
    /// The application.
    pub app: AppId,
    /// Which request this answers.
    pub ticket: u64,
    /// What came out.
    pub outcome: RenderOutcome,
    /// Where the next one waits for its turn, by the time that this one took.
    pub lane: Lane,
}

/// What a render came to.
#[derive(Debug)]
pub enum RenderOutcome {
    /// Every answer that the last render got is still the same.
    Unchanged,
    /// One result for each source.
    Rendered(Vec<Arc<Kept>>),
    /// It panicked; the sentence is for the condition.
    Crashed(String),
}
