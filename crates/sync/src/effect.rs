//! What a step asks the world to do, and what the world answers.

use trimtab_model::{Digest, Document, ObjectKey, ResourceVersion, Timestamp, Uid, Version};
use trimtab_plan::{Baseline, Step};

/// One thing to do. The order matters. `Carry`, `WriteStatus` of a record, `LookAtSources`, `AddFinalizer`
/// and `RemoveFinalizer` are each answered by one [`Event`]; what a `DryRun` found stands in a later
/// view; nothing answers the others.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Write the status, as the report of this moment says. `Record` ones carry what must be in the
    /// cluster before the next effect (P5, P6) and are never held back.
    WriteStatus(Urgency),
    /// Carry out one step of the plan.
    Carry(Step),
    /// What was sent and has not begun is not to be sent any more: each comes back as a failure.
    Withdraw,
    /// Ask the server what an apply would change.
    DryRun {
        /// The object.
        key: ObjectKey,
        /// The version to speak.
        version: Version,
        /// The document.
        body: Document,
        /// The digest of the document.
        desired: Digest,
        /// The live state that the answer will be compared with.
        against: ResourceVersion,
    },
    /// Look at the sources now: a person asks for a sync, of what is there when they ask.
    LookAtSources,
    /// Take the finalizer off the resource.
    RemoveFinalizer,
    /// Put the finalizer on the resource.
    AddFinalizer,
    /// Post an event for people.
    Announce(Announcement),
    /// A bug of ours: nothing more is done for this application until its resource changes. The
    /// sentence says what was found.
    Park(String),
    /// Look again at that time.
    Wake(Timestamp),
}

/// How soon a status must be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// It may wait to be merged with others.
    News,
    /// The next effects wait for it.
    Record,
}

/// Something that people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Whether it is bad news.
    pub warning: bool,
    /// What happened.
    pub what: Happening,
    /// The sentence.
    pub message: String,
}

/// What happened, for the family to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// A sync ended.
    OperationCompleted,
    /// A deletion could not go on, or left something.
    Deletion,
    /// An old predecessor's status entries were taken over (P9).
    TakenOver,
    /// Another controller writes the resource, so that nothing is written here (P9).
    ForeignOwner,
}

/// What came back, or came in.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Something that the view shows has changed: look.
    Look,
    /// The status was written; what it said is in the cluster now.
    StatusWritten(Result<(), Failure>),
    /// A step came back.
    Carried {
        /// The object.
        key: ObjectKey,
        /// What happened.
        outcome: Outcome,
    },
    /// The look at the sources that was asked for has come back, and what it found is in view, is
    /// coming, or is the trouble in view.
    SourcesSeen,
    /// The finalizer was put on or taken off.
    FinalizerWritten(Result<(), Failure>),
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The object was created, or changed, or found to be so already.
    Applied {
        /// What the server did.
        change: Change,
        /// What to remember.
        baseline: Baseline,
    },
    /// The delete was accepted; the object may still be there for its finalizers.
    Deleted,
    /// It was gone already.
    Gone,
    /// The server refused.
    Failed(Failure),
    /// The object is not what the plan saw: plan again.
    Stale,
    /// No answer came: look before acting again.
    Uncertain,
}

/// What an apply did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The object is new.
    Created,
    /// The object is different now.
    Configured,
    /// Nothing changed.
    Unchanged,
}

/// Why the server refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happens next.
    pub class: trimtab_model::Class,
    /// The sentence for people.
    pub message: String,
}

/// The incarnation that a deletion waits for.
pub type Incarnation = (ObjectKey, Uid);
