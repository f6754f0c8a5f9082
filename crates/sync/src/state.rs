//! What one application's life remembers between two events.

use crate::{HistoryEntry, Operation, Record, Stage};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use trimtab_inventory::Inventory;
use trimtab_model::{Digest, ObjectKey, SourceRevision, Timestamp};
use trimtab_plan::Plan;

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
    /// How often the present attempt was planned anew because objects had changed.
    pub(crate) stale_plans: u32,
    pub(crate) held: Option<trimtab_plan::Held>,
    pub(crate) heals: BTreeMap<ObjectKey, VecDeque<Timestamp>>,
    pub(crate) finalizer_asked: bool,
    pub(crate) deletes: BTreeSet<ObjectKey>,
    pub(crate) deletion_trouble: Option<String>,
    pub(crate) request_taken: bool,
    pub(crate) refresh_handled: Option<std::sync::Arc<str>>,
    pub(crate) spec_ran: Option<Digest>,
    pub(crate) gate: Option<String>,
    pub(crate) last_run: Option<Timestamp>,
}

/// One attempt to carry out a plan.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub plan: Plan,
    pub group: usize,
    pub at: At,
    /// Steps that were sent and have not come back.
    pub awaited: BTreeSet<ObjectKey>,
    /// Steps of this group that have come back.
    pub done: BTreeSet<ObjectKey>,
    pub failed: bool,
    /// How often the world was not as the plan saw it.
    pub stale: u32,
    /// Whether it repairs without touching the inventory (P6).
    pub repair: bool,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// The record is being written.
    Recording,
    /// Steps of the group are sent.
    Carrying,
    /// The group's objects are waited for, since then.
    Waiting(Timestamp),
}

impl State {
    /// Begins from what the resource remembers.
    pub fn new(record: &Record) -> Self {
        Self {
            operation: record.operation.clone(),
            history: record.history.clone(),
            applied: record.applied.clone(),
            inventory: record.inventory.clone(),
            run: None,
            stage: Stage::Idle,
            stale_plans: 0,
            held: None,
            heals: BTreeMap::new(),
            finalizer_asked: false,
            deletes: BTreeSet::new(),
            deletion_trouble: None,
            request_taken: false,
            refresh_handled: record.refreshed.clone(),
            spec_ran: None,
            gate: None,
            last_run: record.last_run,
        }
    }

    /// What counts as applied now: while a sync runs, the union of old and new (P5).
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// Whether a sync runs.
    pub fn is_running(&self) -> bool {
        self.operation.as_ref().is_some_and(|operation| !operation.phase.is_over())
    }

    /// The revision that the running operation asks for, if another than the application's own.
    pub fn asked_revision(&self) -> Option<&str> {
        let operation = self.operation.as_ref().filter(|operation| !operation.phase.is_over())?;
        operation.request.revision.as_deref()
    }

    /// The last operation, running or ended.
    pub fn operation(&self) -> Option<&Operation> {
        self.operation.as_ref()
    }

    /// When the last operation began.
    pub fn started(&self) -> Option<Timestamp> {
        self.operation.as_ref().map(|operation| operation.started_at)
    }

    /// Whether something of it waits until another application's wishes are known.
    pub fn waits_for_claims(&self) -> bool {
        let refused = |plan: &Plan| !plan.refused.is_empty();
        let waiting = |plan: &Plan| {
            plan.kept.iter().any(|kept| kept.reason == trimtab_plan::KeepReason::ClaimantUnknown)
        };
        self.run.as_ref().is_some_and(|run| refused(&run.plan) || waiting(&run.plan))
            || !self.deletes.is_empty()
            || self.deletion_trouble.is_some()
    }

    /// The plan that is carried out, if one is.
    pub fn plan(&self) -> Option<&Plan> {
        self.run.as_ref().map(|run| &run.plan)
    }

    pub(crate) fn running(&mut self) -> Option<&mut Operation> {
        self.operation.as_mut().filter(|operation| !operation.phase.is_over())
    }
}
