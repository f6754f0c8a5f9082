//! One look at one application: its source, its render, its plan.

use super::{Cause, Engine};
use crate::claims::Wishes;
use crate::effect::{AnnounceTask, ApplyTask, DeleteTask, Effect, RenderTask};
use crate::slot::{Foreign, Made, Parsed, Slot};
use crate::sources::Wanted;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use trimtab_model::{
    App, AppId, GroupVersionKind, ObjectKey, RevisionSpec, Source, SourceRevision, Timestamp,
};
use trimtab_plan::{Action, Assessment, Desired, Live, Part, Sighting, World};
use trimtab_ports::cluster::Mode;
use trimtab_render::Rendered;
use trimtab_sync::{
    Condition, ConditionKind, Record, Source as SourceView, State, Urgency, View, Window, Windows,
    Writes,
};

/// The sources of an application, as Git knows them. A sync at another revision wants that one.
pub(super) fn wanted(app: &App, asked: Option<&str>) -> BTreeSet<Wanted> {
    app.sources.iter().map(|source| one_wanted(source, asked)).collect()
}

fn one_wanted(source: &Source, asked: Option<&str>) -> Wanted {
    let revision = match asked {
        Some(asked) => RevisionSpec::Named(asked.into()),
        None => source.revision.clone(),
    };
    (source.remote.clone(), revision)
}

/// What a look needs of an application, taken out of it for the time of the look.
struct Look<'a> {
    app: &'a App,
    record: &'a Record,
    desired: Option<Arc<Desired>>,
    source: SourceView,
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
            self.look_at_source(id, now);
            return;
        }
        let Some(mut slot) = self.apps.remove(id) else {
            self.news.remove(id);
            return;
        };
        self.metrics.reconciles.inc();
        if self.leading || self.settings.observe {
            self.look_at(id, &mut slot, cause, now);
        }
        self.apps.insert(id.clone(), slot);
    }

    fn look_at(&mut self, id: &AppId, slot: &mut Slot, cause: Cause, now: Timestamp) {
        let news = self.news.remove(id).unwrap_or_default();
        let parsed = std::mem::replace(&mut slot.parsed, Parsed::Invalid(Vec::new()));
        match &parsed {
            Parsed::Invalid(_) => self.want_status(id, slot, Urgency::News, now),
            Parsed::Valid(both) if cause == Cause::Tip && news.is_empty() => {
                self.look_at_tip(id, slot, (&both.0, &both.1), now);
            }
            Parsed::Valid(both) => self.look_at_app(id, slot, (&both.0, &both.1), news, now),
        }
        slot.parsed = parsed;
    }

    /// A new tip alone: a settled application is rendered at it, and looked at again only if that
    /// makes a difference. A commit costs what it changes.
    fn look_at_tip(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        (app, record): (&App, &Record),
        now: Timestamp,
    ) {
        let settled = slot.source == SourceView::Ready
            && slot.desired.is_some()
            && slot.parked.is_none()
            && !slot.state.is_running();
        if settled && self.render(id, app, slot, now) == SourceView::Coming {
            slot.source = SourceView::Coming;
            slot.render.only_tip = true;
            self.note_wishes(app, slot, &SourceView::Coming);
        } else {
            self.look_at_app(id, slot, (app, record), VecDeque::new(), now);
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

    #[expect(
        clippy::too_many_arguments,
        reason = "a step of one look: the parts are borrowed apart from each other"
    )]
    fn look_at_app(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        (app, record): (&App, &Record),
        news: VecDeque<trimtab_sync::Event>,
        now: Timestamp,
    ) {
        slot.render.only_tip = false;
        self.refresh(app, record, slot, now);
        let source = self.render(id, app, slot, now);
        slot.source = source.clone();
        self.make_desired(id, app, slot);
        self.need(id, needed(slot, app));
        self.note_missing(id, slot.desired.as_ref().map(|(desired, _)| &**desired), now);
        let mut news = news;
        news.push_back(trimtab_sync::Event::Look);
        let mut record_wanted = None;
        for event in news {
            let look = self.observe(id, app, record, slot, source.clone(), now);
            let (manager, before) = (app.tracking.manager.clone(), slot.state.clone());
            let (state, effects) = {
                let view = view(self, &look, &manager, &before);
                trimtab_sync::step(before.clone(), &view, event, now)
            };
            slot.state = state;
            for effect in effects {
                if let trimtab_sync::Effect::WriteStatus(urgency) = effect {
                    record_wanted = record_wanted.max(Some(urgency));
                } else {
                    self.ask(id, app, slot, effect, now);
                }
            }
        }
        if slot.state.waits_for_claims() {
            self.waiting.insert(id.clone());
        } else {
            self.waiting.remove(id);
        }
        self.note_wishes(app, slot, &source);
        self.want_status(id, slot, record_wanted.unwrap_or(Urgency::News), now);
    }

    /// A person asks for a look: the sources are asked again, once for each request.
    fn refresh(&mut self, app: &App, record: &Record, slot: &mut Slot, now: Timestamp) {
        let handled = slot.refreshing.as_ref().map(|(token, _)| token);
        let Some(refresh) = record.refresh.as_ref().filter(|r| Some(&r.token) != handled) else {
            return;
        };
        slot.refreshing = Some((refresh.token.clone(), now));
        for source in &app.sources {
            self.sources.hurry(&source.remote, true, now);
        }
        if refresh.hard {
            slot.render = crate::slot::Render::default();
        }
    }

    /// Has the newest revisions rendered, and says what stands in the way.
    fn render(&mut self, id: &AppId, app: &App, slot: &mut Slot, now: Timestamp) -> SourceView {
        if app.sources.is_empty() {
            // Nothing to render from is not the same as nothing desired.
            slot.desired = None;
            slot.render = crate::slot::Render::default();
            return self.families.sourceless(&slot.resource.value());
        }
        let asked = slot.state.asked_revision().map(str::to_owned);
        let wants: Vec<Wanted> =
            app.sources.iter().map(|s| one_wanted(s, asked.as_deref())).collect();
        let mut all = wanted(app, None);
        all.extend(wants.iter().cloned());
        self.sources.want(id, &all, None, now);
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
            return view;
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
        slot.render.pending = Some((ticket, revisions, digest));
        slot.render.rewritten = rewritten;
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
            let world = world(self, app, &manager, &slot.state);
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
        source: SourceView,
        now: Timestamp,
    ) -> Look<'a> {
        let desired = slot.desired.as_ref().map(|(desired, _)| desired.clone());
        let assessment = desired.as_ref().and_then(|desired| self.assess(app, slot, desired));
        let started = slot.state.is_running().then(|| slot.state.started()).flatten();
        Look {
            app,
            record,
            desired,
            source,
            assessment,
            rewritten: slot.render.rewritten,
            writes: self.writes(slot),
            windows: self.windows(app, started, now),
            invalid: self.invalid(id, app, slot),
            finalizer: slot.finalizer,
            goes_away: self.goes_away(&id.kind),
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
        let look = self.observe(id, app, record, slot, source, now);
        let quiet = look.assessment.is_none()
            && look.invalid.is_empty()
            && matches!(look.source, SourceView::Ready | SourceView::Coming)
            && look.desired.as_ref().is_none_or(|desired| desired.complete)
            && app.restraints().next().is_none();
        if quiet {
            return None;
        }
        let manager = app.tracking.manager.clone();
        let view = view(self, &look, &manager, &slot.state);
        let report = trimtab_sync::report(&slot.state, &view);
        Some(trimtab_sync::Report { revision_is_news: slot.render.moved, ..report })
    }

    /// The render beside the cluster; nothing while one of its collections has not been read.
    fn assess(&mut self, app: &App, slot: &Slot, desired: &Desired) -> Option<Assessment> {
        let inventory =
            slot.state.inventory().known().into_iter().flat_map(|entries| entries.keys());
        let settled = desired.objects.keys().chain(inventory).all(|key| self.is_settled(key));
        if !settled || !self.registry.complete {
            return None;
        }
        let manager = app.tracking.manager.clone();
        let (assessment, baselines) = {
            let world = world(self, app, &manager, &slot.state);
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

    fn writes(&self, slot: &Slot) -> Writes {
        if self.settings.observe {
            return Writes::Observe;
        }
        match &slot.foreign {
            _ if !self.leading => Writes::NotLeading,
            Foreign::Active(message) => Writes::ForeignOwner(message.clone()),
            Foreign::Settling { .. } => Writes::NotLeading,
            Foreign::Nobody | Foreign::TakenOver(_) => Writes::Allowed,
        }
    }

    fn windows(&self, app: &App, started: Option<Timestamp>, now: Timestamp) -> Windows {
        let Some(project) = self.project(app) else { return Windows::default() };
        let verdict = |manual: bool, started: Option<Timestamp>| {
            let cause = trimtab_project::Cause {
                app: app.id.name.as_str(),
                cluster_name: app.destination.cluster.as_deref().unwrap_or_default(),
                server: app.destination.cluster.as_deref().unwrap_or_default(),
                namespace: app.destination.namespace.as_ref().map_or("", |n| n.as_str()),
                manual,
                started,
            };
            match project.windows.verdict(&cause, now) {
                trimtab_project::Verdict::Allowed => Window::Open,
                trimtab_project::Verdict::Blocked { until, .. } => Window::Closed(until),
            }
        };
        Windows { automatic: verdict(false, None), manual: verdict(true, started) }
    }

    fn project(&self, app: &App) -> Option<&trimtab_project::Project> {
        self.projects.get(&app.project).filter(|_| self.families.has_projects(&app.id.kind))
    }

    /// What is wrong with the resource, its project or its destination.
    fn invalid(&self, id: &AppId, app: &App, slot: &Slot) -> Vec<Condition> {
        let mut wrong = Vec::new();
        let mut add = |message: String| {
            wrong.push(Condition { kind: ConditionKind::InvalidSpec, message });
        };
        if let Some(said) = &slot.parked {
            add(said.clone());
        }
        if !self.families.has_projects(&id.kind) {
            return wrong;
        }
        let Some(project) = self.projects.get(&app.project) else {
            add(format!("Application referencing project {} which does not exist", app.project));
            return wrong;
        };
        for field in &project.not_supported {
            if field.restraint == trimtab_model::Restraint::Restrains {
                add(format!(
                    "`{}` is not supported yet, and without it more would be done than asked: nothing is written",
                    field.field
                ));
            }
        }
        let destination = app.destination.clone();
        let is_ours = destination
            .cluster
            .as_deref()
            .is_none_or(|name| name == self.cluster.server || name == self.cluster.name);
        if !is_ours {
            let name = destination.cluster.as_deref().unwrap_or_default();
            add(format!("there are no clusters with this name: {name}"));
        }
        let mut problems = vec![
            project.permits_app(id, &self.settings.namespace),
            project.permits_destination(&destination, &self.cluster),
        ];
        problems
            .extend(app.sources.iter().map(|source| project.permits_source(&source.remote.url)));
        for problem in problems {
            if let Err(error) = problem {
                add(error.to_string());
            }
        }
        wrong
    }

    fn goes_away(&self, kind: &trimtab_model::GroupKind) -> bool {
        self.terminating.contains(kind)
    }

    /// One effect of an application's life, as an effect of ours.
    #[expect(
        clippy::too_many_arguments,
        reason = "a step of one look: the parts are borrowed apart from each other"
    )]
    fn ask(
        &mut self,
        id: &AppId,
        app: &App,
        slot: &mut Slot,
        effect: trimtab_sync::Effect,
        now: Timestamp,
    ) {
        match effect {
            trimtab_sync::Effect::WriteStatus(_) => {}
            trimtab_sync::Effect::Carry(step) => self.carry(id, app, slot, &step),
            trimtab_sync::Effect::DryRun { key, version, body, desired, against } => {
                if !slot.dry_runs.insert(key.clone()) {
                    return;
                }
                let Some(row) = self.index.row(&key) else { return };
                let mode = Mode::Update { uid: row.uid.clone(), seen: against, entry: row.entry };
                let manager = app.tracking.manager.clone();
                let app = id.clone();
                self.effects.push(Effect::DryRun(ApplyTask {
                    app,
                    key,
                    version,
                    body,
                    desired,
                    manager,
                    mode,
                }));
            }
            trimtab_sync::Effect::AddFinalizer => self.write_finalizer(id, slot, true),
            trimtab_sync::Effect::RemoveFinalizer => self.write_finalizer(id, slot, false),
            trimtab_sync::Effect::Announce(announcement) => {
                if announcement.what == trimtab_sync::Happening::OperationCompleted {
                    self.count_operation(id, slot, announcement.warning);
                }
                let event = self.families.event(&announcement, app, slot.state.operation());
                let task = AnnounceTask {
                    app: id.clone(),
                    version: self.families.version(&id.kind),
                    uid: slot.uid.clone(),
                    seen: slot.resource_version.clone(),
                    event,
                };
                self.effects.push(Effect::Announce(Box::new(task)));
            }
            trimtab_sync::Effect::Wake(at) => self.wake(id, at.max(now)),
        }
    }

    fn count_operation(&self, id: &AppId, slot: &Slot, failed: bool) {
        let counter = if failed {
            &self.metrics.operations_failed
        } else {
            &self.metrics.operations_succeeded
        };
        counter.inc();
        let Some(operation) = slot.state.operation() else { return };
        let revision = operation.revisions.first().map(|r| r.commit.short().to_owned());
        let revision = revision.unwrap_or_default();
        let objects = operation.results.len();
        if failed {
            tracing::warn!(app = %id, revision, objects, message = operation.message, "sync failed");
        } else {
            tracing::info!(app = %id, revision, objects, "synced");
        }
    }

    fn carry(&mut self, id: &AppId, app: &App, slot: &Slot, step: &trimtab_plan::Step) {
        let desired = slot
            .desired
            .as_ref()
            .and_then(|(desired, _)| desired.objects.get(&step.key))
            .map_or_else(|| trimtab_model::Digest::of(b""), |object| object.digest);
        let manager = app.tracking.manager.clone();
        let task = |body: Arc<serde_json::Value>, mode: Mode| ApplyTask {
            app: id.clone(),
            key: step.key.clone(),
            version: step.version.clone(),
            desired: digest_of(&body, desired),
            body,
            manager: manager.clone(),
            mode,
        };
        let effect = match step.action {
            Action::Create(ref body) => Effect::Apply(task(body.clone(), Mode::Create)),
            Action::Update { ref body, ref uid, ref seen, migrate } => {
                let entry = self.index.row(&step.key).and_then(|row| row.entry);
                let mode = Mode::Update { uid: uid.clone(), seen: seen.clone(), entry };
                let task = task(body.clone(), mode);
                match self.migration(app, &step.key).filter(|_| migrate) {
                    Some(patch) => Effect::Migrate(task, patch),
                    None => Effect::Apply(task),
                }
            }
            Action::Prune { ref uid, ref seen, propagation } => Effect::Delete(DeleteTask {
                app: id.clone(),
                key: step.key.clone(),
                version: step.version.clone(),
                uid: uid.clone(),
                seen: seen.clone(),
                propagation,
            }),
        };
        self.effects.push(effect);
    }

    /// The patch that moves predecessors' entries of a live object into ours.
    fn migration(&self, app: &App, key: &ObjectKey) -> Option<serde_json::Value> {
        let Sighting::Seen(row) = self.index.sighting(key) else { return None };
        let body = self.index.body(row)?;
        // Entries that cannot be read are left as they are: the apply itself does not need them.
        trimtab_merge::migration(&body, &app.tracking.manager, &app.tracking.predecessors).ok()?
    }

    fn desires(&mut self, id: &AppId, keys: BTreeSet<ObjectKey>) {
        self.no_longer_desires(id);
        for key in keys {
            self.desiring.entry(key.clone()).or_default().insert(id.clone());
            self.desired_by.entry(id.clone()).or_default().insert(key);
        }
    }

    pub(super) fn no_longer_desires(&mut self, id: &AppId) {
        for key in self.desired_by.remove(id).into_iter().flatten() {
            if let Some(apps) = self.desiring.get_mut(&key) {
                apps.remove(id);
                if apps.is_empty() {
                    self.desiring.remove(&key);
                }
            }
        }
    }

    /// Takes note of what an application wants, for those who would remove or take it (P3).
    fn note_wishes(&mut self, app: &App, slot: &Slot, source: &SourceView) {
        let latest = matches!(source, SourceView::Ready);
        let applied = || match slot.state.inventory().known() {
            Ok(entries) => Wishes::Applied(entries.keys().cloned().collect()),
            Err(_) => Wishes::Unknown,
        };
        let wishes = match &slot.desired {
            Some((desired, _)) if latest && desired.complete => {
                let keys = desired.objects.keys().chain(desired.left_alone.keys());
                Wishes::Known(keys.cloned().collect())
            }
            // What is on its way for the first time may be anything, and is known in a moment.
            None if matches!(source, SourceView::Coming) && slot.state.operation().is_none() => {
                Wishes::Unknown
            }
            _ => applied(),
        };
        if self.registry.note(&app.tracking.claim, wishes) {
            self.touch_all(self.waiting.clone());
        }
    }
}

/// The body of a step is the desired object's, but for the namespace that is created on the way.
fn digest_of(body: &serde_json::Value, desired: trimtab_model::Digest) -> trimtab_model::Digest {
    let _ = body;
    desired
}

/// The kinds that must be watched for an application: of what it desires and of what it has.
fn needed(slot: &Slot, app: &App) -> BTreeSet<GroupVersionKind> {
    let mut kinds = BTreeSet::new();
    if let Some((desired, _)) = &slot.desired {
        kinds.extend(desired.objects.values().map(|o| o.key.group_kind().at(o.version.clone())));
    }
    if let Ok(entries) = slot.state.inventory().known() {
        let kind = |(key, entry): (&ObjectKey, &trimtab_inventory::Entry)| {
            (!entry.version.is_empty()).then(|| key.group_kind().at(entry.version.clone()))
        };
        kinds.extend(entries.iter().filter_map(kind));
    }
    if app.policy.create_namespace == trimtab_model::NamespaceCreation::WhenAbsent {
        kinds.insert(GroupVersionKind::of("v1", "Namespace"));
    }
    kinds
}

fn world<'a>(
    engine: &'a Engine,
    app: &'a App,
    manager: &trimtab_model::FieldManager,
    state: &'a State,
) -> World<'a> {
    World {
        app,
        project: engine.project(app),
        cluster: &engine.cluster,
        inventory: state.inventory(),
        live: &engine.index,
        memory: engine.memory.peek(manager),
        claims: &engine.registry,
        schemas: &engine.schemas,
        secret_key: &engine.settings.secret_key,
    }
}

fn view<'a>(
    engine: &'a Engine,
    look: &'a Look<'a>,
    manager: &trimtab_model::FieldManager,
    state: &'a State,
) -> View<'a> {
    View {
        world: world(engine, look.app, manager, state),
        record: look.record,
        habits: engine.families.habits(look.app, look.record),
        desired: look.desired.as_deref(),
        source: &look.source,
        assessment: look.assessment.as_ref(),
        rewritten: look.rewritten,
        writes: &look.writes,
        windows: look.windows,
        invalid: &look.invalid,
        finalizer: look.finalizer,
        kind_goes_away: look.goes_away,
    }
}
