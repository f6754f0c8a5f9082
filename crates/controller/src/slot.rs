//! One application as the engine holds it.

use crate::claims::Reach;
use crate::effect::Lane;
use crate::family::{self, Families};
use crate::holding::Holding;
use crate::interest::Interest;
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use trimtab_crd::Obstacle;
use trimtab_inventory::{Home, ShardWrite};
use trimtab_model::{
    App, AppId, Backoff, Digest, Document, FieldManager, ObjectKey, OwnerClaim, ResourceVersion,
    SourceRevision, Timestamp, Uid, limit,
};
use trimtab_plan::{Desired, SyncStatus};
use trimtab_ports::cluster::Right;
use trimtab_render::Kept;
use trimtab_sync::{Condition, Record, State};

/// One application.
#[derive(Debug)]
pub struct Slot {
    /// The resource as it was last seen or written.
    pub resource: Resting,
    /// Its incarnation.
    pub uid: Uid,
    /// Its state.
    pub resource_version: ResourceVersion,
    /// What it says.
    pub parsed: Parsed,
    /// Which objects it may have.
    pub reach: Reach,
    /// What its project says of it, and what that was worked out from.
    pub judged: Option<(Basis, Judgement)>,
    /// Its life.
    pub state: State,
    /// Its render.
    pub render: Render,
    /// The render, made ready for the cluster, and what it was made of.
    pub desired: Option<(Arc<Desired>, Made)>,
    /// Its status writes.
    pub holding: Holding,
    /// The write that is under way.
    pub writing: Option<Writing>,
    /// Writes of the inventory's shards around the next write of the status.
    pub moving: Option<Moving>,
    /// What the other controller's entries said when the resource was first seen (P9).
    pub foreign: Foreign,
    /// What stands in the way of a newer render.
    pub source: trimtab_sync::Source,
    /// What the last whole look made of desired and live.
    pub found: SyncStatus,
    /// Marks of its objects that may mean applications of other namespaces (P3).
    pub doubts: BTreeSet<OwnerClaim>,
    /// Dry runs that were asked for.
    pub dry_runs: BTreeSet<ObjectKey>,
    /// The refresh whose look was asked for, while it is not answered.
    pub refreshing: Option<Arc<str>>,
    /// Whether the life waits for a look at its sources.
    pub looking: Looking,
    /// Whether `state` was made of a record: what could not be read so far has none.
    pub lives: bool,
    /// Which life `state` is: the number of its beginning.
    pub life: u64,
    /// For how long its steps may be sent: until it ends.
    pub right: Right,
    /// A bug of ours stopped this application: what its users had written then. Another spec is
    /// another chance.
    pub parked: Option<Digest>,
    /// The controller that wrote the status before us, until we have.
    pub former: Option<FieldManager>,
    /// Whether people were told that a predecessor's entry was taken over (P9).
    pub takeover_told: bool,
    /// Whether people were told that another controller writes the resource (P9): its status, where
    /// it would stand, is not ours to write.
    pub foreign_told: bool,
    /// What the last write of the status was the first to say stands in the way.
    pub obstacles_told: Vec<Obstacle>,
    /// The plan that was told under `--observe`.
    pub plan_told: Option<Digest>,
    /// Whose wish its deletion is (P4).
    pub departure: Departure,
    /// When it was last looked at.
    pub looked: Option<Timestamp>,
}

/// Whether a life waits for a look at its sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looking {
    /// It has not asked for one.
    NotAsked,
    /// It has, and the answer is not here.
    Awaited,
}

/// A resource at rest: its text, and what every look asks of it.
#[derive(Clone, Debug)]
pub struct Resting {
    document: Document,
    /// Whether our finalizer is on it.
    pub finalizer: bool,
    /// The source resource that it names, in the family that has them.
    pub source: Option<AppId>,
    /// Whether its inventory stands in shards.
    pub sharded: bool,
}

impl Resting {
    /// A resource that was seen or written.
    pub fn of(resource: &Value, families: &Families) -> Self {
        Self {
            document: Document::of(resource),
            finalizer: families.has_finalizer(resource),
            source: family::source_of(resource),
            sharded: families.home(resource) == Home::Sharded,
        }
    }

    /// The resource, read anew.
    pub fn value(&self) -> Value {
        self.document.value()
    }
}

/// What a resource says.
#[derive(Debug)]
pub enum Parsed {
    /// An application.
    Valid(Box<(App, Record)>),
    /// It cannot be read: what is wrong with it.
    Invalid(Vec<Condition>),
}

/// How a render's revisions follow those that were applied before (P13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum History {
    /// They descend from them, or there were none.
    #[default]
    GoesOn,
    /// Another process may have applied those, and nobody has compared them yet.
    Unasked,
    /// The branch was rewritten between them.
    Rewritten,
}

/// What is known of an application's render.
#[derive(Debug, Default)]
pub struct Render {
    /// The revisions that `parts` is of, with a digest of the sources.
    pub of: Option<(Vec<SourceRevision>, Digest)>,
    /// One result for each source.
    pub parts: Vec<Arc<Kept>>,
    /// The request that is under way, and what it is for.
    pub pending: Option<Pending>,
    /// How the revisions follow those that were applied before.
    pub history: History,
    /// The same of the request that is under way.
    pub next: History,
    /// Whether it is of a revision that a person chose for one sync.
    pub chosen: bool,
    /// Whether something else was rendered since a status was written: only then is a new revision
    /// news, so that a commit costs what it changes.
    pub moved: bool,
    /// The render under way was asked for because of a new tip alone, by a look that went no further:
    /// if it is the same, nothing more is to be done.
    pub only_tip: bool,
    /// How often in a row the files could not be read, or the render was broken off.
    pub failures: u32,
    /// When that is tried again.
    pub again: Option<Timestamp>,
    /// Where the next one waits for its turn, by the time that the last one took.
    pub lane: Lane,
}

/// A render that is under way.
#[derive(Debug)]
pub struct Pending {
    /// The request.
    pub ticket: u64,
    /// The revisions that it is of.
    pub revisions: Vec<SourceRevision>,
    /// A digest of the sources.
    pub sources: Digest,
    /// What ends it when another takes its place, or the application is gone.
    #[expect(dead_code, reason = "it is there to be dropped")]
    pub interest: Interest,
}

impl Pending {
    /// Whether it is of these revisions of these sources.
    pub fn is_of(&self, revisions: &[SourceRevision], sources: &Digest) -> bool {
        self.revisions == revisions && self.sources == *sources
    }
}

/// The pauses after renders in a row whose files could not be read.
const READ_AGAIN: Backoff = Backoff {
    first: Duration::from_secs(2),
    factor: 2,
    longest: Some(Duration::from_secs(limit::BACKOFF_SECONDS_MAX)),
};

/// The pauses after renders in a row that were broken off: each has cost all the time that it may.
const RENDER_AGAIN: Backoff = Backoff { first: Duration::from_mins(1), ..READ_AGAIN };

impl Render {
    /// Another process may have applied other revisions meanwhile, and held their prunes (P13): how these
    /// follow them is to be asked again.
    pub fn doubt(&mut self) {
        for history in [&mut self.history, &mut self.next] {
            if *history == History::GoesOn {
                *history = History::Unasked;
            }
        }
    }

    /// The request that was under way has come back: the revisions that the render is of now.
    pub fn came(&mut self, revisions: Vec<SourceRevision>, sources: Digest) {
        self.of = Some((revisions, sources));
        self.history = self.next;
    }

    /// Forgets what was rendered, and ends what is under way.
    pub fn forget(&mut self) {
        // What it costs is no other for that.
        *self = Self { lane: self.lane, ..Self::default() };
    }

    /// Takes a render in. One whose files could not be read, or that was broken off, is tried again at the
    /// time that is returned: nothing else would bring them back.
    pub fn take(&mut self, parts: Vec<Arc<Kept>>, now: Timestamp) -> Option<Timestamp> {
        let unreadable = parts.iter().any(|part| part.is_unreadable());
        let broken_off = parts.iter().any(|part| part.is_broken_off());
        self.parts = parts;
        let pauses = if broken_off { RENDER_AGAIN } else { READ_AGAIN };
        if !unreadable && !broken_off {
            (self.failures, self.again) = (0, None);
            return None;
        }
        let pause = pauses.pause(self.failures);
        self.failures = self.failures.saturating_add(1);
        self.again = now.checked_add(pause).ok();
        self.again
    }
}

/// What a desired state was made of: when any of it changes, it is made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The application as it was.
    pub app: Digest,
    /// What was known of kinds.
    pub kinds: u64,
    /// Which state of its project.
    pub project: u64,
}

/// What a judgement was worked out from: when any of it changes, it is worked out anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The application as it was.
    pub app: Digest,
    /// Which state of its project.
    pub project: u64,
    /// What was known of repositories.
    pub repositories: u64,
}

/// What its project says of an application as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Whether its sources may be read: what may not is neither asked for, by whatever credential, nor
    /// rendered, because its status would show people what they may not see.
    pub may_read: bool,
    /// What is wrong with the resource, its project or its destination.
    pub wrong: Vec<Condition>,
}

/// A write under way.
#[derive(Debug)]
pub struct Writing {
    /// Its number.
    pub ticket: u64,
    /// What is written.
    pub what: What,
    /// The state of the resource that it was decided for.
    pub seen: ResourceVersion,
}

/// What is written for a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A status that nothing waits for.
    News,
    /// A status that effects wait for.
    Record,
    /// The finalizer, on or off.
    Finalizer,
    /// A shard of the inventory.
    Shard,
}

/// Writes of an inventory's shards.
#[derive(Debug)]
pub struct Moving {
    /// Before the status.
    pub before: VecDeque<ShardWrite>,
    /// After it.
    pub after: VecDeque<ShardWrite>,
    /// Whether effects wait for the status.
    pub record: bool,
}

impl Moving {
    /// The first write is done.
    pub fn done(&mut self) -> Option<ShardWrite> {
        self.before.pop_front().or_else(|| self.after.pop_front())
    }
}

/// Whose wish it is that a resource is deleted (P4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Departure {
    /// Nobody has asked yet.
    #[default]
    Unasked,
    /// Its namespace and its definition are being asked for: what they say so far.
    Asked {
        /// Whether the namespace goes away.
        namespace: Option<bool>,
        /// Whether the definition goes away.
        definition: Option<bool>,
    },
    /// They could not be asked; again at that time.
    Again(Timestamp),
}

/// What other controllers have written into the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// Nobody has.
    Nobody,
    /// Somebody has, before we first saw it; until that time we only watch whether they go on.
    Settling {
        /// When they wrote last.
        mark: Option<Timestamp>,
        /// Until when we wait.
        until: Timestamp,
    },
    /// An old entry that did not move: it was taken over.
    TakenOver(Option<Timestamp>),
    /// They go on: hands off.
    Active(String),
}

impl Slot {
    /// A resource that was seen for the first time, before it is read.
    pub fn new(
        resource: Resting,
        uid: Uid,
        resource_version: ResourceVersion,
        foreign: Foreign,
    ) -> Self {
        Self {
            resource,
            uid,
            resource_version,
            parsed: Parsed::Invalid(Vec::new()),
            reach: Reach::Nothing,
            judged: None,
            state: State::default(),
            render: Render::default(),
            desired: None,
            holding: Holding::default(),
            writing: None,
            moving: None,
            foreign,
            doubts: BTreeSet::new(),
            dry_runs: BTreeSet::new(),
            refreshing: None,
            looking: Looking::NotAsked,
            source: trimtab_sync::Source::Coming,
            found: SyncStatus::Unknown,
            lives: false,
            life: 0,
            right: Right::default(),
            parked: None,
            former: None,
            takeover_told: false,
            foreign_told: false,
            obstacles_told: Vec::new(),
            plan_told: None,
            departure: Departure::default(),
            looked: None,
        }
    }

    /// Begins the application's life from what its resource remembers. What was sent before answers to
    /// nobody, and what has not been sent yet never is: the number says which life a step was sent in.
    pub fn begin(&mut self, life: u64) {
        if let Parsed::Valid(both) = &self.parsed {
            self.state = State::new(&both.1);
            self.looking = Looking::NotAsked;
            self.life = life;
            self.lives = true;
            self.withdraw();
        }
    }

    /// Has what was sent and waits for its turn come back undone. What is sent later has a right of its
    /// own.
    pub fn withdraw(&mut self) {
        self.right.end();
        self.right = Right::default();
    }

    /// Whether somebody waits for a look at its sources, also where it finds nothing new.
    pub fn is_asked(&self) -> bool {
        self.looking == Looking::Awaited || self.refreshing.is_some()
    }

    /// When its next status write is due, unless a write is under way, whose answer brings the next
    /// chance.
    pub fn due(&self) -> Option<Timestamp> {
        self.holding.due().filter(|_| self.writing.is_none())
    }

    /// Whether its project lets it read its sources.
    pub fn may_read_sources(&self) -> bool {
        self.judged.as_ref().is_some_and(|(_, judgement)| judgement.may_read)
    }

    /// The application, where the resource can be read.
    pub fn app(&self) -> Option<&App> {
        match &self.parsed {
            Parsed::Valid(both) => Some(&both.0),
            Parsed::Invalid(_) => None,
        }
    }
}
