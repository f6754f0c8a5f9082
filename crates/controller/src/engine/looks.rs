//! One look at one application: its source, its render, its plan.

use super::comparing::{needed, world};
use super::{Cause, Engine};
use crate::slot::{Foreign, History, Looking, Parsed, Slot};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use trimtab_inventory::Inventory;
use trimtab_model::{App, AppId, OwnerClaim, Timestamp};
use trimtab_plan::{Assessed, Assessment, Desired, Extra, Finding, SyncStatus};
use trimtab_sync::{
    Announcement, Asked, Condition, Event, Happening, Record, Source as SourceView, Urgency, View,
    Windows, Writes,
};

/// The shortest pause between two looks at an application whose writes are on their way.
const CARRYING_PAUSE: Duration = Duration::from_millis(100);

/// What a look needs of an application, taken out of it for the time of the look.
struct Look<'a> {
    app: &'a App,
    record: &'a Record,
    desired: Option<Arc<Desired>>,
    source: SourceView,
    /// The revisions that were rendered, where a sync asks for others than the application's own.
    asked: Option<Asked>,
    assessment: Option<Assessment>,
    /// Marks that may mean applications of other namespaces, where the render was compared.
    doubts: Option<BTreeSet<OwnerClaim>>,
    rewritten: bool,
    writes: Writes,
    windows: Windows,
    invalid: Vec<Condition>,
    finalizer: bool,
    goes_away: bool,
}

impl Engine {
    /// Looks at one application: takes in what has come back, and lets its life go on.
    pub(super) fn look(&mut self, id: &AppId, cause: Cause, now: Timestamp) {
        if self.git_sources.contains_key(id) {
            if let Err(said) = self.guarded(|engine| engine.look_at_source(id, now)) {
                self.metrics.panics.inc();
                tracing::error!(source = %id, said, "a bug of ours: nothing is said of the source");
            }
            return;
        }
        let Some(mut slot) = self.apps.remove(id) else {
            self.news.remove(id);
            return;
        };
        if self.unread(id).is_some() {
            self.want_status(id, &mut slot, Urgency::News, now);
        } else if self.may_look(id, &slot)
            && let Err(said) = self.guarded(|engine| engine.look_at(id, &mut slot, cause, now))
        {
            self.park(id, &mut slot, &said, now);
            self.note_wishes(&self.families.claim(id), &slot);
        }
        self.apps.insert(id.clone(), slot);
    }

    /// Whether anything can be said of an application: what it is judged by, and its inventory, are waited
    /// for while they are being read.
    fn may_look(&self, id: &AppId, slot: &Slot) -> bool {
        (self.leading || self.settings.observe)
            && (self.shards.is_settled() || !slot.resource.sharded)
            && self.is_read(self.families.judged_by(&id.kind))
    }

    fn look_at(&mut self, id: &AppId, slot: &mut Slot, cause: Cause, now: Timestamp) {
        if self.still_carries(id, slot, now) {
            return;
        }
        self.metrics.reconciles.inc();
        slot.looked = Some(now);
        self.judge(id, slot);
        if let Foreign::Settling { mark, until } = slot.foreign
            && until <= now
        {
            slot.foreign = Foreign::TakenOver(mark);
        }
        let parked = slot.parked.is_some();
        let parsed = std::mem::replace(&mut slot.parsed, Parsed::Invalid(Vec::new()));
        match &parsed {
            Parsed::Invalid(_) => {
                self.news.remove(id);
                self.want_status(id, slot, Urgency::News, now);
            }
            Parsed::Valid(both) if cause == Cause::Tip && !self.news.contains_key(id) => {
                self.look_at_tip(id, slot, (&both.0, &both.1), now);
            }
            Parsed::Valid(both) => self.look_at_app(id, slot, (&both.0, &both.1), now),
        }
        // What was parked in this look says why.
        if slot.parked.is_some() == parked {
            slot.parsed = parsed;
        }
        self.note_wishes(&self.families.claim(id), slot);
    }

    /// While answers to what was sent are outstanding, a look decides nothing: they are taken in, and whole
    /// looks keep a pause. The cost of a sync would grow with the square of its objects otherwise.
    fn still_carries(&mut self, id: &AppId, slot: &mut Slot, now: Timestamp) -> bool {
        let until = slot.looked.and_then(|looked| looked.checked_add(CARRYING_PAUSE).ok());
        let Some(until) = until.filter(|until| *until > now && slot.state.is_carrying()) else {
            return false;
        };
        for event in self.news.remove(id).unwrap_or_default() {
            trimtab_sync::take_in(&mut slot.state, event, now);
        }
        let carries = slot.state.is_carrying();
        if carries {
            self.wake(id, until);
        }
        carries
    }

    /// A new tip alone: a settled application is rendered at it, and looked at again only if that
    /// makes a difference. A commit costs what it changes. One that is not as desired is looked at each
    /// time: a sync by itself is due at each revision, and prunes that wait for a descendant may go
    /// (P13). So is a family that runs at each revision.
    fn look_at_tip(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        (app, record): (&App, &Record),
        now: Timestamp,
    ) {
        let settled = slot.source == SourceView::Ready
            && !self.families.habits(app, record).runs_on_change
            && slot.desired.is_some()
            && slot.found == SyncStatus::Synced
            && slot.parked.is_none()
            // The next commit lets go what was held, whatever it touches (P13).
            && slot.render.history != History::Rewritten
            && !slot.is_asked()
            && !slot.state.is_running();
        if settled && self.render(id, app, slot, now) == SourceView::Coming {
            slot.source = SourceView::Coming;
            slot.render.only_tip = true;
        } else {
            self.look_at_app(id, slot, (app, record), now);
        }
    }

    /// The render at a new tip was the same.
    pub(super) fn settled_at_tip(&mut self, id: &AppId) {
        let Some(mut slot) = self.apps.remove(id) else { return };
        slot.source = SourceView::Ready;
        self.note_wishes(&self.families.claim(id), &slot);
        self.apps.insert(id.clone(), slot);
    }

    fn look_at_app(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        (app, record): (&App, &Record),
        now: Timestamp,
    ) {
        slot.render.only_tip = false;
        self.tell_takeover(id, app, slot);
        self.tell_foreign(id, app, slot);
        self.refresh(id, app, record, slot, now);
        for event in self.news.remove(id).unwrap_or_default() {
            trimtab_sync::take_in(&mut slot.state, event, now);
        }
        let source = self.render(id, app, slot, now);
        slot.source = source.clone();
        if slot.looking == Looking::Awaited && self.is_answered(id, app, slot) {
            slot.looking = Looking::NotAsked;
            trimtab_sync::take_in(&mut slot.state, Event::SourcesSeen, now);
        }
        self.make_desired(id, app, slot);
        let mut kinds = needed(slot, app);
        kinds.extend(self.asked_elsewhere(slot));
        self.need(id, kinds);
        self.note_missing(id, slot.desired.as_ref().map(|(desired, _)| &**desired), now);
        let waits = slot.state.is_carrying();
        let urgency = if self.is_wish_known(id, app, slot, now) {
            let mut look = self.observe(id, app, record, slot, (source.clone(), !waits), now);
            if let Some(doubts) = look.doubts.take() {
                self.note_doubts(id, slot, doubts);
            }
            self.relate(slot, &mut look, now);
            let assessed = look.assessment.as_ref();
            slot.found = assessed.map_or(SyncStatus::Unknown, |assessed| assessed.status);
            self.decide(id, slot, &look, now)
        } else {
            None
        };
        if slot.parked.is_some() {
            return;
        }
        self.follow_listed(id, slot);
        tracing::trace!(app = %id.with_kind(), "looked at");
        let awaited = slot.state.waits_for().iter();
        let awaited = awaited.map(|claim| self.families.known_as(claim)).collect();
        self.waiting.set(id, &awaited);
        if self.families.is_passed_over(app) {
            return;
        }
        self.tell_plan(id, slot, (app, record), now);
        self.want_status(id, slot, urgency.unwrap_or(Urgency::News), now);
    }

    /// What this process renders first may rewrite what an earlier one applied, and nobody has compared the
    /// two. Before anything is pruned Git is asked; until it has answered nothing begins (P13).
    fn relate(&mut self, slot: &mut Slot, look: &mut Look<'_>, now: Timestamp) {
        let goes = |object: &Assessed| {
            matches!(object.finding, Finding::Extra(Extra::Orphan | Extra::RequiresPruning))
        };
        let objects = look.assessment.iter().flat_map(|assessment| assessment.objects.values());
        // Another revision than the application's own is a person's choice.
        let chosen = matches!(slot.state.asked(), Some(Asked::Named(_)));
        // What is on its way is asked about when it is here.
        let is_open = slot.render.history == History::Unasked && slot.render.pending.is_none();
        if !is_open || chosen || !objects.into_iter().any(goes) {
            return;
        }
        match self.rewrites(look.app, slot, now) {
            Some(rewrites) => {
                slot.render.history = if rewrites { History::Rewritten } else { History::GoesOn };
                look.rewritten = rewrites;
            }
            None => look.source = SourceView::Coming,
        }
    }

    /// Lets an application's life go on. Returns how soon its status is to be written, if it says so.
    fn decide(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        look: &Look<'_>,
        now: Timestamp,
    ) -> Option<Urgency> {
        let app = look.app;
        let state = std::mem::take(&mut slot.state);
        let inventory = state.inventory().clone();
        let (state, effects) = {
            let view = view(self, look, &app.tracking.manager, &inventory);
            trimtab_sync::step(state, &view, Event::Look, now)
        };
        slot.state = state;
        let mut urgency = None;
        for effect in effects {
            if let trimtab_sync::Effect::WriteStatus(wanted) = effect {
                urgency = urgency.max(Some(wanted));
            } else {
                self.ask(id, app, slot, effect, now);
            }
        }
        urgency
    }

    /// Says once that another controller writes the resource, so that nothing is written here (P9).
    fn tell_foreign(&mut self, id: &AppId, app: &App, slot: &mut Slot) {
        let Foreign::Active(message) = &slot.foreign else {
            slot.foreign_told = false;
            return;
        };
        if slot.foreign_told || !self.leading {
            return;
        }
        let told =
            Announcement { warning: true, what: Happening::ForeignOwner, message: message.clone() };
        slot.foreign_told = true;
        tracing::warn!(app = %id.with_kind(), why = told.message, "left alone");
        self.announce(id, app, slot, &told);
    }

    /// Says once that an old entry of another controller was taken over (P9): what we have written
    /// into the resource before needs no saying.
    fn tell_takeover(&mut self, id: &AppId, app: &App, slot: &mut Slot) {
        let Foreign::TakenOver(_) = slot.foreign else { return };
        if slot.takeover_told || !self.may_write(slot) {
            return;
        }
        slot.takeover_told = true;
        let Some(former) = slot.former.clone() else { return };
        self.announce(
            id,
            app,
            slot,
            &Announcement {
                warning: false,
                what: Happening::TakenOver,
                message: format!("taken over from {former}, which has stopped writing it"),
            },
        );
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a step of one look: the parts are borrowed apart from each other"
    )]
    fn observe<'a>(
        &mut self,
        id: &AppId,
        app: &'a App,
        record: &'a Record,
        slot: &Slot,
        (source, assessed): (SourceView, bool),
        now: Timestamp,
    ) -> Look<'a> {
        let desired = slot.desired.as_ref().map(|(desired, _)| desired.clone());
        let compared = desired.as_ref().filter(|_| assessed);
        let assessed = compared.and_then(|desired| self.assess(app, slot, desired));
        let (assessment, doubts) = assessed.map(|assessed| self.once_known(assessed)).unzip();
        let assessment = assessment.flatten();
        let started = slot.state.is_running().then(|| slot.state.started()).flatten();
        Look {
            app,
            record,
            desired,
            source,
            asked: slot.state.asked(),
            assessment,
            doubts,
            rewritten: slot.render.history == History::Rewritten,
            writes: self.writes(slot),
            windows: self.windows(app, slot, started, now),
            invalid: self.invalid(app, slot),
            finalizer: slot.resource.finalizer,
            goes_away: self.goes_away(id, slot),
        }
    }

    /// What is to be shown of an application now; nothing while too little is known to say anything.
    pub(super) fn report(
        &mut self,
        id: &AppId,
        slot: &Slot,
        (app, record): (&App, &Record),
        now: Timestamp,
    ) -> Option<trimtab_sync::Report> {
        let source = slot.source.clone();
        let look = self.observe(id, app, record, slot, (source, true), now);
        let quiet = look.assessment.is_none()
            && look.invalid.is_empty()
            && matches!(look.source, SourceView::Ready | SourceView::Coming)
            && look.desired.as_ref().is_none_or(|desired| desired.complete)
            && app.restraints().next().is_none();
        if quiet {
            return None;
        }
        let manager = app.tracking.manager.clone();
        let view = view(self, &look, &manager, slot.state.inventory());
        let report = trimtab_sync::report(&slot.state, &view);
        let refreshed = report.refreshed.filter(|_| self.is_refreshed(id, app, record, slot));
        Some(trimtab_sync::Report { revision_is_news: slot.render.moved, refreshed, ..report })
    }
}

fn view<'a>(
    engine: &'a Engine,
    look: &'a Look<'a>,
    manager: &trimtab_model::FieldManager,
    inventory: &'a Inventory,
) -> View<'a> {
    View {
        world: world(engine, look.app, manager, inventory),
        record: look.record,
        habits: engine.families.habits(look.app, look.record),
        desired: look.desired.as_deref(),
        source: &look.source,
        assessment: look.assessment.as_ref(),
        rewritten: look.rewritten,
        writes: &look.writes,
        windows: &look.windows,
        invalid: &look.invalid,
        finalizer: look.finalizer,
        kind_goes_away: look.goes_away,
        asked: look.asked.as_ref(),
        room: engine.shards.room(),
    }
}
