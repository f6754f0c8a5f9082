//! One application as the engine holds it.

use crate::holding::Holding;
use std::collections::BTreeSet;
use std::sync::Arc;
use trimtab_model::{
    App, AppId, Digest, Document, ObjectKey, ResourceVersion, SourceRevision, Timestamp, Uid,
};
use trimtab_plan::Desired;
use trimtab_render::Kept;
use trimtab_sync::{Condition, Record, State};

/// One application.
#[derive(Debug)]
pub struct Slot {
    /// The resource as it was last seen or written.
    pub resource: Document,
    /// Whether our finalizer is on it.
    pub finalizer: bool,
    /// The source resource that it names, in the family that has them.
    pub source_resource: Option<AppId>,
    /// Its incarnation.
    pub uid: Uid,
    /// Its state.
    pub resource_version: ResourceVersion,
    /// What it says.
    pub parsed: Parsed,
    /// Its life.
    pub state: State,
    /// Its render.
    pub render: Render,
    /// The render, made ready for the cluster, and what it was made of.
    pub desired: Option<(Arc<Desired>, Made)>,
    /// Its status writes.
    pub holding: Holding,
    /// The write that is under way: its number, whether it is a record, and what it would say.
    pub writing: Option<Writing>,
    /// What the other controller's entries said when the resource was first seen (P9).
    pub foreign: Foreign,
    /// What stands in the way of a newer render.
    pub source: trimtab_sync::Source,
    /// Dry runs that were asked for.
    pub dry_runs: BTreeSet<ObjectKey>,
    /// The refresh whose look was asked for, and when.
    pub refreshing: Option<(Arc<str>, Timestamp)>,
    /// A bug of ours stopped this application; the sentence is its condition.
    pub parked: Option<String>,
}

/// What a resource says.
#[derive(Debug)]
pub enum Parsed {
    /// An application.
    Valid(Box<(App, Record)>),
    /// It cannot be read: what is wrong with it.
    Invalid(Vec<Condition>),
}

/// What is known of an application's render.
#[derive(Debug, Default)]
pub struct Render {
    /// The revisions that `parts` is of, with a digest of the sources.
    pub of: Option<(Vec<SourceRevision>, Digest)>,
    /// One result for each source.
    pub parts: Vec<Arc<Kept>>,
    /// The request that is under way, and what it is for.
    pub pending: Option<(u64, Vec<SourceRevision>, Digest)>,
    /// Whether history was rewritten between the applied revision and this one.
    pub rewritten: bool,
    /// Whether something else was rendered since a status was written: only then is a new revision
    /// news, so that a commit costs what it changes (README of the room; GOALS F6).
    pub moved: bool,
    /// The render under way was asked for because of a new tip alone, by a look that went no further:
    /// if it is the same, nothing more is to be done.
    pub only_tip: bool,
}

/// What a desired state was made of: when any of it changes, it is made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The application as it was.
    pub app: Digest,
    /// What was known of kinds.
    pub kinds: u64,
    /// What was known of projects.
    pub projects: u64,
}

/// A status write under way.
#[derive(Debug)]
pub struct Writing {
    /// Its number.
    pub ticket: u64,
    /// Whether effects wait for it.
    pub record: bool,
    /// Whether it takes the finalizer off or puts it on.
    pub finalizer: bool,
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
    /// Begins the application's life from what its resource remembers.
    pub fn begin(&mut self) {
        if let Parsed::Valid(both) = &self.parsed {
            self.state = State::new(&both.1);
        }
    }

    /// The application, where the resource can be read.
    pub fn app(&self) -> Option<&App> {
        match &self.parsed {
            Parsed::Valid(both) => Some(&both.0),
            Parsed::Invalid(_) => None,
        }
    }
}
