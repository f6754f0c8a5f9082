//! The record of one sync: what must survive a crash (P6).

use std::sync::Arc;
use std::time::Duration;
use trimtab_model::{Digest, ObjectKey, Retry, SourceRevision, Timestamp, Version};

/// One sync, running or ended. `started_at` is its identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What was asked for.
    pub request: Request,
    /// Where it stands.
    pub phase: Phase,
    /// One sentence for people.
    pub message: String,
    /// When it began; a retry keeps it.
    pub started_at: Timestamp,
    /// When the last attempt ended.
    pub finished_at: Option<Timestamp>,
    /// The revisions that it brings into effect, fixed at its first step.
    pub revisions: Vec<SourceRevision>,
    /// A digest of the sources as they were configured.
    pub sources: Digest,
    /// How often it was tried again.
    pub retries: u32,
    /// What became of each object, in the order of the first result.
    pub results: Vec<ObjectResult>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asked: a user's name, or nothing when it started by itself.
    pub user: Option<Arc<str>>,
    /// Whether it prunes.
    pub prune: bool,
    /// Whether it only looks.
    pub dry_run: bool,
    /// The revision that was asked for, if another than the application's own.
    pub revision: Option<Arc<str>>,
    /// Only these objects, by group, kind, namespace and name; an absent namespace matches any.
    pub only: Option<Vec<ObjectKey>>,
    /// How often self-heal has tried, when this is one.
    pub self_heal_attempts: u32,
    /// Whether this is a self-heal.
    pub self_heal: bool,
    /// How failures are tried again.
    pub retry: Option<Retry>,
    /// Options as written, for the record.
    pub options: Vec<Arc<str>>,
    /// Information that the request carries, name and value.
    pub info: Vec<(Arc<str>, Arc<str>)>,
}

impl Request {
    /// A sync of everything that starts by itself, at the application's own revision.
    pub fn by_itself(prune: bool) -> Self {
        Self {
            user: None,
            prune,
            dry_run: false,
            revision: None,
            only: None,
            self_heal_attempts: 0,
            self_heal: false,
            retry: None,
            options: Vec::new(),
            info: Vec::new(),
        }
    }
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It goes on.
    Running,
    /// It ends as soon as it can.
    Terminating,
    /// Objects failed.
    Failed,
    /// It could not be carried out at all.
    Error,
    /// All done.
    Succeeded,
}

impl Phase {
    /// Whether it has ended.
    pub fn is_over(self) -> bool {
        match self {
            Self::Running | Self::Terminating => false,
            Self::Failed | Self::Error | Self::Succeeded => true,
        }
    }
}

/// What became of one object in a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectResult {
    /// The object.
    pub key: ObjectKey,
    /// The version spoken.
    pub version: Version,
    /// The code.
    pub code: ResultCode,
    /// One sentence: `deployment.apps/web created`, or why not.
    pub message: String,
    /// Images that the object names, for people.
    pub images: Vec<String>,
    /// Whether the object was waited for, and became healthy or not.
    pub waited: Option<bool>,
}

/// The code of one object's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResultCode {
    /// Applied.
    Synced,
    /// Refused or lost.
    SyncFailed,
    /// Removed.
    Pruned,
    /// Would be removed, and is kept.
    PruneSkipped,
}

/// A successful sync of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Growing number.
    pub id: i64,
    /// The revisions.
    pub revisions: Vec<SourceRevision>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub deployed_at: Timestamp,
    /// Who asked; nobody when it started by itself.
    pub user: Option<Arc<str>>,
    /// The sources as the family writes them; kept as they are.
    pub sources: serde_json::Value,
}

/// What a door reads from a resource's status and from what its users have written into it.
#[derive(Clone, Debug)]
pub struct Record {
    /// What we applied.
    pub inventory: trimtab_inventory::Inventory,
    /// The last operation, running or ended.
    pub operation: Option<Operation>,
    /// An operation that a person asks for, not yet begun.
    pub requested: Option<Request>,
    /// The user wants the running operation to end.
    pub terminate: bool,
    /// A refresh that a person asks for: its token, and whether caches are passed by.
    pub refresh: Option<Refresh>,
    /// The refresh that was handled last.
    pub refreshed: Option<Arc<str>>,
    /// Past syncs, oldest first.
    pub history: Vec<HistoryEntry>,
    /// The revisions of the last successful full sync.
    pub applied: Vec<SourceRevision>,
    /// When the last run ended, for the interval of the family that has one.
    pub last_run: Option<Timestamp>,
    /// Whether the status says that prunes wait because the branch was rewritten (P13).
    pub rewritten: bool,
    /// How soon after a failure the next run comes, and after a success.
    pub pauses: Option<(Duration, Duration)>,
}

/// A refresh that a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// What names this request; a new one is a new request.
    pub token: Arc<str>,
    /// Whether caches are passed by.
    pub hard: bool,
}
