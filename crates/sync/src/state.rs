//! What one application's life remembers between two events.

use crate::claimant::Waits;
use crate::run::{Doubt, Run};
use crate::view::View;
use crate::{HistoryEntry, Incarnation, Operation, Record, Request, Stage};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use trimtab_inventory::Inventory;
use trimtab_model::{
    Commit, Digest, ObjectKey, OwnerClaim, ResourceVersion, SourceRevision, Timestamp, Uid,
};
use trimtab_plan::{Desired, Held, Plan, SourceFile, misses_nothing};

/// One application's life. All that must survive a crash is in its resource: [`State::new`] over that
/// record goes on where this state was.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(crate) operation: Option<Operation>,
    pub(crate) history: Vec<HistoryEntry>,
    pub(crate) applied: Vec<SourceRevision>,
    pub(crate) inventory: Inventory,
    pub(crate) run: Option<Run>,
    pub(crate) stage: Stage,
    /// What waits before the running operation is planned anew.
    pub(crate) stale: Option<Stale>,
    /// How often the present attempt was planned anew because objects had changed.
    pub(crate) stale_plans: u32,
    /// Whether the running operation waits for a look at its sources before it is planned.
    pub(crate) awaits_look: bool,
    pub(crate) held: Option<Held>,
    /// The owners for whom something waits: until it is known what they want, or that changes.
    pub(crate) waits_for: BTreeSet<OwnerClaim>,
    /// The prune that waits for another application's render.
    pub(crate) waits: Option<Waits>,
    pub(crate) heals: BTreeMap<ObjectKey, VecDeque<Timestamp>>,
    pub(crate) dry_runs: BTreeMap<ObjectKey, AskedDryRun>,
    pub(crate) finalizer: FinalizerWrite,
    pub(crate) removal: Removal,
    /// The request that has become the operation, while the resource still shows it.
    pub(crate) taken: Option<Request>,
    pub(crate) refresh_handled: Option<Arc<str>>,
    pub(crate) spec_ran: Option<Digest>,
    pub(crate) gate: Option<String>,
    /// Why a sync that is due by itself waits for a window.
    pub(crate) prevented: Option<String>,
    pub(crate) last_run: Option<Timestamp>,
    /// Whether prunes waited because the branch was rewritten, when this life began (P13).
    pub(crate) began_rewritten: bool,
    /// Files without manifests of a render that missed nothing: none of them held an object of ours. A new
    /// process knows none of them until it sees such a render.
    pub(crate) known_empty: BTreeSet<SourceFile>,
}

/// What waits before the running operation is planned anew.
#[derive(Clone, Debug)]
pub(crate) struct Stale {
    /// What the plan saw of the objects that were not as it saw them.
    pub seen: BTreeMap<ObjectKey, Option<(Uid, ResourceVersion)>>,
    /// When the operation is planned anew even if the watch shows nothing new of them.
    pub due: Timestamp,
}

/// A dry run that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AskedDryRun {
    pub desired: Digest,
    pub against: ResourceVersion,
    pub at: Timestamp,
}

/// A write of our finalizer, on or off.
#[derive(Clone, Debug, Default)]
pub(crate) struct FinalizerWrite {
    /// It is under way, or done.
    pub asked: bool,
    /// After a failure: not before that time.
    pub again: Option<Timestamp>,
}

/// The removal of everything that a deleted application applied.
#[derive(Clone, Debug, Default)]
pub(crate) struct Removal {
    /// Incarnations whose deletion was asked for, and whether the server has accepted it.
    pub asked: BTreeMap<Incarnation, bool>,
    /// When the first of them was asked for, or seen to be on its way: from then on termination is
    /// waited for, where it is. Source: kustomize-controller, `deletionPolicy`.
    pub began: Option<Timestamp>,
    /// After a failure or a stale look: nothing is asked before that time.
    pub again: Option<Timestamp>,
    pub trouble: Option<String>,
}

/// The revisions that an operation keeps to, where they are not the application's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A person named this one.
    Named(Arc<str>),
    /// The commits that the operation began with, one for each source.
    Fixed(Vec<Commit>),
}

impl Asked {
    /// The revision of a source, by its place.
    pub fn of(&self, source: usize) -> Option<&str> {
        match self {
            Self::Named(revision) => Some(revision),
            Self::Fixed(commits) => commits.get(source).map(Commit::as_str),
        }
    }
}

impl State {
    /// Begins from what the resource remembers.
    pub fn new(record: &Record) -> Self {
        Self {
            operation: record.operation.clone(),
            history: record.history.clone(),
            applied: record.applied.clone(),
            inventory: record.inventory.clone(),
            refresh_handled: record.refreshed.clone(),
            last_run: record.last_run,
            began_rewritten: record.rewritten,
            ..Self::default()
        }
    }

    /// What counts as applied now: while a sync runs, the union of old and new (P5).
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The revisions of the last full sync that succeeded.
    pub fn applied(&self) -> &[SourceRevision] {
        &self.applied
    }

    /// Whether prunes waited because the branch was rewritten, when this life began (P13).
    pub fn began_rewritten(&self) -> bool {
        self.began_rewritten
    }

    /// Takes in that the inventory was read anew: what could not be read can, or the other way round
    /// (P11). A run that stands is planned anew, since its plan was made by the other one.
    pub fn learn(&mut self, inventory: Inventory) {
        self.inventory = inventory;
        if let Some(run) = self.run.as_mut() {
            run.doubt = run.doubt.max(Some(Doubt::Outdated));
        }
    }

    /// Whether a sync runs.
    pub fn is_running(&self) -> bool {
        self.operation.as_ref().is_some_and(|operation| !operation.phase.is_over())
    }

    /// The revisions that the running operation asks for, if others than the application's own. A retry
    /// may be one of the newest revisions.
    pub fn asked(&self) -> Option<Asked> {
        let operation = self.operation.as_ref().filter(|operation| !operation.phase.is_over())?;
        let request = &operation.request;
        if operation.retries > 0 && request.retry.is_some_and(|retry| retry.refresh) {
            return None;
        }
        request.revision.clone().map(Asked::Named).or_else(|| self.fixed(operation))
    }

    /// The commits that a person's sync keeps to when it is planned anew. A newer one takes the place of
    /// a sync that started by itself.
    fn fixed(&self, operation: &Operation) -> Option<Asked> {
        let anew = self.run.is_none() && (operation.retries > 0 || self.stale_plans > 0);
        let keeps = anew && operation.request.user.is_some() && !operation.revisions.is_empty();
        let commits = operation.revisions.iter().map(|revision| revision.commit.clone());
        keeps.then(|| Asked::Fixed(commits.collect()))
    }

    /// The last operation, running or ended.
    pub fn operation(&self) -> Option<&Operation> {
        self.operation.as_ref()
    }

    /// Where its last run stands, or how it ended.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// When the last operation began.
    pub fn started(&self) -> Option<Timestamp> {
        self.operation.as_ref().map(|operation| operation.started_at)
    }

    /// The owners for whom something of it waits: until it is known what they want, or that changes.
    pub fn waits_for(&self) -> &BTreeSet<OwnerClaim> {
        &self.waits_for
    }

    /// Whether steps were sent and have not all come back.
    pub fn is_carrying(&self) -> bool {
        self.run.as_ref().is_some_and(|run| !run.awaited.is_empty())
    }

    /// Learns which files hold nothing of ours, from a render that misses nothing.
    pub(crate) fn learn_files(&mut self, view: &View<'_>) {
        let new = view.desired.filter(|desired| desired.passed_over != self.known_empty);
        if let Some(desired) = new.filter(|desired| misses_nothing(&view.world, desired)) {
            self.known_empty.clone_from(&desired.passed_over);
        }
    }

    /// A file of the newest render that holds no manifests and may have held some (P1).
    pub(crate) fn passed_over<'a>(&self, view: &View<'a>) -> Option<&'a SourceFile> {
        let files = &view.desired?.passed_over;
        files.iter().find(|file| !self.known_empty.contains(*file))
    }

    /// Whether a file of a render holds no manifests and may have held some (P1).
    pub fn may_have_lost(&self, desired: &Desired) -> bool {
        !desired.passed_over.is_subset(&self.known_empty)
    }

    /// The plan that is carried out, if one is.
    pub fn plan(&self) -> Option<&Plan> {
        self.run.as_ref().map(|run| &run.plan)
    }

    pub(crate) fn running(&mut self) -> Option<&mut Operation> {
        self.operation.as_mut().filter(|operation| !operation.phase.is_over())
    }
}
