//! One look at one application: its source, its render, its plan.

use super::{Cause, Engine};
use crate::effect::RenderTask;
use crate::slot::{Foreign, History, Looking, Made, Parsed, Slot};
use crate::sources::{Attention, Wanted};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use trimtab_inventory::Inventory;
use trimtab_model::{
    App, AppId, Class, GroupKind, GroupVersionKind, NamespaceCreation, ObjectKey, RevisionSpec,
    Source, SourceRevision, Timestamp, Version,
};
use trimtab_plan::{
    Assessed, Assessment, Desired, Extra, Finding, Part, Refusal, SyncStatus, World,
};
use trimtab_render::Rendered;
use trimtab_sync::{
    Announcement, Asked, Condition, Event, Happening, Record, Source as SourceView, Urgency, View,
    Windows, Writes,
};

/// What an application wants of Git.
pub(super) struct Wants {
    /// What is to be rendered, source by source.
    pub now: Vec<Wanted>,
    /// All that is to be kept up to date.
    pub all: BTreeSet<Wanted>,
    /// How it is to be asked for.
    pub attention: Attention,
}

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
            self.note_wishes(app, slot, &SourceView::Coming);
        } else {
            self.look_at_app(id, slot, (app, record), now);
        }
    }

    /// The render at a new tip was the same.
    pub(super) fn settled_at_tip(&mut self, id: &AppId) {
        let Some(mut slot) = self.apps.remove(id) else { return };
        slot.source = SourceView::Ready;
        let parsed = std::mem::replace(&mut slot.parsed, Parsed::Invalid(Vec::new()));
        if let Parsed::Valid(both) = &parsed {
            self.note_wishes(&both.0, &slot, &SourceView::Ready);
        }
        slot.parsed = parsed;
        self.apps.insert(id.clone(), slot);
    }

    fn look_at_app(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        (app, record): (&App, &Record),
        now: Timestamp,
    ) {
        #[cfg(test)]
        assert!(!self.planted.contains(id), "a planted panic");
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
        self.need(id, needed(slot, app));
        self.note_missing(id, slot.desired.as_ref().map(|(desired, _)| &**desired), now);
        let waits = slot.state.is_carrying();
        let urgency = if self.is_wish_known(id, app, slot, now) {
            let mut look = self.observe(id, app, record, slot, (source.clone(), !waits), now);
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
        if slot.state.waits_for_claims() {
            self.waiting.insert(id.clone());
        } else {
            self.waiting.remove(id);
        }
        self.note_wishes(app, slot, &source);
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
        if slot.render.history != History::Unasked || chosen || !objects.into_iter().any(goes) {
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

    /// Whether what is rendered rewrites what was applied; nothing while Git is asked.
    fn rewrites(&mut self, app: &App, slot: &Slot, now: Timestamp) -> Option<bool> {
        let (revisions, digest) = slot.render.of.as_ref()?;
        let applied = slot.state.applied();
        let of_others = slot.state.operation().is_some_and(|last| last.sources != *digest);
        if of_others || applied.len() != revisions.len() {
            return Some(false);
        }
        let mut all_known = true;
        for ((source, new), old) in app.sources.iter().zip(revisions).zip(applied) {
            if old.commit == new.commit {
                // It is held already, or nothing was.
                if slot.state.began_rewritten() {
                    return Some(true);
                }
            } else if follows(source, new, old) {
                let pair = (&new.commit, &old.commit);
                match self.sources.relation(&source.remote, pair, now) {
                    Some(ancestry) if ancestry.counts_as_rewritten() => return Some(true),
                    Some(_) => {}
                    None => all_known = false,
                }
            }
        }
        all_known.then_some(false)
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
        tracing::warn!(app = %id, why = told.message, "left alone");
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

    /// A person asks for a look: the sources are asked again, once for each request.
    #[expect(
        clippy::too_many_arguments,
        reason = "a step of one look: the parts are borrowed apart from each other"
    )]
    fn refresh(&mut self, id: &AppId, app: &App, record: &Record, slot: &mut Slot, now: Timestamp) {
        let token = record.refresh.as_ref().map(|refresh| &refresh.token);
        let Some(refresh) = record.refresh.as_ref().filter(|_| token != record.refreshed.as_ref())
        else {
            slot.refreshing = None;
            return;
        };
        if slot.refreshing.as_ref() == token {
            return;
        }
        slot.refreshing = Some(refresh.token.clone());
        self.ask_sources(id, app, slot, now);
        if refresh.hard {
            slot.render = crate::slot::Render::default();
        }
    }

    /// Has the sources of an application looked at on its behalf. Nobody looks for a suspended one, nor
    /// for one whose project does not permit it.
    pub(super) fn ask_sources(&mut self, id: &AppId, app: &App, slot: &Slot, now: Timestamp) {
        if self.suspended(slot.resource.source.as_ref()).is_some()
            || !self.may_read_sources(id, app)
        {
            return;
        }
        for source in &app.sources {
            self.sources.ask(id, &source.remote, now);
        }
    }

    /// Whether the look at its sources that an application asked for last has come back, and what it
    /// found is here.
    pub(super) fn is_answered(&self, id: &AppId, app: &App, slot: &Slot) -> bool {
        if !self.may_read_sources(id, app) {
            return true;
        }
        let wants = self.wants(app, slot).map(|wants| wants.now).unwrap_or_default();
        wants.iter().all(|wanted| self.sources.is_answered(id, wanted))
    }

    /// Whether the refresh that the resource asks for has been made: the sources were looked at, and
    /// what they have now is rendered, or known not to be.
    fn is_refreshed(&self, id: &AppId, app: &App, record: &Record, slot: &Slot) -> bool {
        let asked = record.refresh.as_ref().map(|refresh| &refresh.token);
        asked.is_some()
            && asked == slot.refreshing.as_ref()
            && slot.source != SourceView::Coming
            && slot.render.pending.is_none()
            && self.is_answered(id, app, slot)
    }

    /// The sources of an application, as Git knows them: the revision that a sync asks for, the one
    /// that a suspended source had last, or the spec's own. Nothing where a suspended source never had
    /// any.
    pub(super) fn wants(&self, app: &App, slot: &Slot) -> Option<Wants> {
        let own = |source: &Source| (source.remote.clone(), source.revision.clone());
        let attention = match slot.resource.source {
            Some(_) => Attention::AS_OTHERS,
            None => Attention::AT_PACE,
        };
        if let Some(suspended) = self.suspended(slot.resource.source.as_ref()) {
            let rendered = slot.render.of.as_ref().and_then(|(revisions, _)| revisions.first());
            let last = rendered.cloned().or(suspended.last)?;
            let revision =
                RevisionSpec::Commit { commit: last.commit.as_str().into(), branch: last.found_as };
            let at = |source: &Source| (source.remote.clone(), revision.clone());
            let now: Vec<Wanted> = app.sources.iter().map(at).collect();
            return Some(Wants { all: now.iter().cloned().collect(), now, attention });
        }
        let asked = slot.state.asked();
        let is_tip = |wanted: &Wanted, asked: &str| {
            self.sources.tip(wanted).is_some_and(|tip| tip.revision.commit.as_str() == asked)
        };
        let at = |(place, source): (usize, &Source)| match asked
            .as_ref()
            .and_then(|asked| asked.of(place))
        {
            Some(asked) if !is_tip(&own(source), asked) => {
                (source.remote.clone(), RevisionSpec::Named(asked.into()))
            }
            _ => own(source),
        };
        let now: Vec<Wanted> = app.sources.iter().enumerate().map(at).collect();
        let all = app.sources.iter().map(own).chain(now.iter().cloned()).collect();
        Some(Wants { now, all, attention })
    }

    /// Has the newest revisions rendered, and says what stands in the way.
    fn render(&mut self, id: &AppId, app: &App, slot: &mut Slot, now: Timestamp) -> SourceView {
        if !self.may_read_sources(id, app) {
            self.sources.want(id, &BTreeSet::new(), Attention::AT_PACE, now);
            // What was read while it was permitted is not shown any longer either.
            slot.desired = None;
            slot.render = crate::slot::Render::default();
            self.no_longer_desires(id);
            // Nothing is on its way, and no repository is in trouble: what is invalid says why.
            return SourceView::Ready;
        }
        if app.sources.is_empty() {
            // Nothing to render from is not the same as nothing desired.
            slot.desired = None;
            slot.render = crate::slot::Render::default();
            let absent = self.not_served(self.families.judged_by(&id.kind));
            return self.families.sourceless(&slot.resource.value(), absent);
        }
        let Some(wants) = self.wants(app, slot) else {
            let message = "Source artifact not found: the source is suspended, and has none yet";
            return SourceView::Trouble {
                class: Class::User,
                message: message.to_owned(),
                asked: None,
            };
        };
        self.sources.want(id, &wants.all, wants.attention, now);
        let wants = wants.now;
        let tips: Vec<_> = wants.iter().map(|wanted| self.sources.tip(wanted)).collect();
        let trouble = wants.iter().find_map(|wanted| self.sources.trouble(wanted));
        let view = match trouble {
            Some(trouble) => SourceView::Trouble {
                class: trouble.class,
                message: trouble.message.clone(),
                asked: None,
            },
            None if tips.iter().any(Option::is_none) => SourceView::Coming,
            None => SourceView::Ready,
        };
        let Some(tips) = tips.into_iter().collect::<Option<Vec<_>>>() else { return view };
        let revisions: Vec<SourceRevision> = tips.iter().map(|tip| tip.revision.clone()).collect();
        let digest = Source::digest_of(&app.sources);
        let rewritten = tips.iter().zip(&app.sources).any(|(tip, source)| {
            tip.ancestry.counts_as_rewritten() && !source.revision.is_pinned()
        });
        let of = Some((revisions.clone(), digest));
        if slot.render.of == of {
            match slot.render.again {
                Some(again) if again > now => {
                    self.wake(id, again);
                    return view;
                }
                Some(_) => {}
                None => return view,
            }
        }
        if slot.render.pending.as_ref().is_some_and(|(_, r, d)| *r == revisions && *d == digest) {
            return SourceView::Coming;
        }
        let ticket = self.ticket();
        // Another source, or another way to read it, has nothing to do with the last render.
        let same = slot.render.of.as_ref().is_some_and(|(_, known)| *known == digest);
        let last = if same { slot.render.parts.clone() } else { Vec::new() };
        let commits = revisions.iter().map(|revision| revision.commit.clone());
        let sources = app.sources.iter().cloned().zip(commits).collect();
        self.renders.push(RenderTask { app: id.clone(), ticket, sources, last });
        let again = slot.render.of.as_ref().is_some_and(|(known, _)| *known == revisions);
        slot.render.history = match slot.render.of {
            _ if rewritten => History::Rewritten,
            _ if again || slot.render.history == History::Unasked => slot.render.history,
            None => History::Unasked,
            Some(_) => History::GoesOn,
        };
        slot.render.pending = Some((ticket, revisions, digest));
        SourceView::Coming
    }

    /// Makes the render ready for the cluster, if anything that it was made of has changed.
    fn make_desired(&mut self, id: &AppId, app: &App, slot: &mut Slot) {
        let Some((revisions, _)) = &slot.render.of else { return };
        if slot.render.parts.len() != app.sources.len() || !self.discovered {
            return;
        }
        let made = Made { app: app.digest, kinds: self.kinds_epoch, projects: self.projects_epoch };
        if slot.desired.as_ref().is_some_and(|(_, known)| *known == made) {
            return;
        }
        let rendered: Vec<Rendered> = slot.render.parts.iter().map(|part| part.open()).collect();
        let parts: Vec<Part<'_>> = app
            .sources
            .iter()
            .zip(revisions)
            .zip(&rendered)
            .map(|((source, revision), rendered)| Part {
                source,
                revision: revision.clone(),
                rendered,
            })
            .collect();
        let manager = app.tracking.manager.clone();
        let desired = {
            let world = world(self, app, &manager, slot.state.inventory());
            Arc::new(trimtab_plan::desired(&world, &parts))
        };
        let keys = desired.objects.keys().cloned().collect();
        self.desires(id, keys);
        slot.desired = Some((desired, made));
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
        let assessment = compared.and_then(|desired| self.assess(app, slot, desired));
        let started = slot.state.is_running().then(|| slot.state.started()).flatten();
        Look {
            app,
            record,
            desired,
            source,
            asked: slot.state.asked(),
            assessment,
            rewritten: slot.render.history == History::Rewritten,
            writes: self.writes(slot),
            windows: self.windows(app, slot, started, now),
            invalid: self.invalid(id, app),
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

    /// The render beside the cluster; nothing while one of its collections has not been read.
    pub(super) fn assess(
        &mut self,
        app: &App,
        slot: &Slot,
        desired: &Desired,
    ) -> Option<Assessment> {
        let inventory =
            slot.state.inventory().known().into_iter().flat_map(|entries| entries.keys());
        let creates = app.policy.create_namespace == NamespaceCreation::WhenAbsent;
        let namespace = app.destination.namespace.as_ref().filter(|_| creates);
        let namespace = namespace
            .map(|name| ObjectKey::cluster(&GroupKind::new("", "Namespace"), name.as_str()));
        let refused = there_all_the_same(desired).map(|(key, _)| key);
        let wanted = desired.objects.keys().chain(refused);
        let mut keys = wanted.chain(inventory).chain(&namespace);
        let settled = keys.all(|key| self.is_settled(key));
        if !settled || !self.registry.complete {
            return None;
        }
        let manager = app.tracking.manager.clone();
        let (assessment, baselines) = {
            let world = world(self, app, &manager, slot.state.inventory());
            let assessment = trimtab_plan::assess(&world, desired);
            let mut baselines = Vec::new();
            for (key, object) in &desired.objects {
                let finding = assessment.objects.get(key).map(|assessed| &assessed.finding);
                let baseline =
                    finding.and_then(|f| trimtab_plan::baseline_after(&world, object, f));
                baselines.extend(baseline.map(|baseline| (key.clone(), baseline)));
            }
            (assessment, baselines)
        };
        for (key, baseline) in baselines {
            self.memory.of(&manager).remember(key, baseline);
        }
        Some(assessment)
    }
}

/// Whether a revision is what the same branch has become: not a commit or tag that a person chose, and
/// not of another branch than before. A status does not say which branch is the repository's own.
fn follows(source: &Source, new: &SourceRevision, old: &SourceRevision) -> bool {
    let same = old.found_as.is_none() || old.found_as == new.found_as;
    same && new.found_as.is_some() && !source.revision.is_pinned()
}

/// The kinds that must be watched for an application: of what it desires, also where that is refused,
/// and of what it has.
fn needed(slot: &Slot, app: &App) -> BTreeSet<GroupVersionKind> {
    let mut kinds = BTreeSet::new();
    if let Some((desired, _)) = &slot.desired {
        kinds.extend(desired.objects.values().map(|o| o.key.group_kind().at(o.version.clone())));
        let refused = there_all_the_same(desired);
        kinds.extend(refused.map(|(key, version)| key.group_kind().at(version.clone())));
    }
    if let Ok(entries) = slot.state.inventory().known() {
        let kind = |(key, entry): (&ObjectKey, &trimtab_inventory::Entry)| {
            (!entry.version.is_empty()).then(|| key.group_kind().at(entry.version.clone()))
        };
        kinds.extend(entries.iter().filter_map(kind));
    }
    if app.policy.create_namespace == NamespaceCreation::WhenAbsent {
        kinds.insert(GroupVersionKind::of("v1", "Namespace"));
    }
    kinds
}

/// What is refused for what it is or for whose it is may be there all the same; a kind that is not
/// permitted, or that nobody knows, is not looked at.
fn there_all_the_same(desired: &Desired) -> impl Iterator<Item = (&ObjectKey, &Version)> {
    let refused = desired.refused.iter().filter(|(_, refusal)| match refusal {
        Refusal::Invalid(_) | Refusal::OwnedBy(_) | Refusal::OwnerUnknown(_) => true,
        Refusal::NotPermitted(_) | Refusal::UnknownKind(_) | Refusal::KindUnknowable(_) => false,
    });
    refused.filter_map(|(key, _)| Some((key, &desired.refused_at.get(key)?.0)))
}

pub(super) fn world<'a>(
    engine: &'a Engine,
    app: &'a App,
    manager: &trimtab_model::FieldManager,
    inventory: &'a Inventory,
) -> World<'a> {
    World {
        app,
        project: engine.project(app),
        cluster: &engine.cluster,
        inventory,
        live: &engine.index,
        memory: engine.memory.peek(manager),
        claims: engine,
        schemas: &engine.schemas,
        secret_key: &engine.settings.secret_key,
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
