//! The engine: all applications, the live index, sources and timers. It never waits and touches
//! nothing; the shell carries out what it asks for.
//!
//! Each module is a part of what [`Engine`] does, in the order in which an application meets them:
//!
//! | Module | What it is for |
//! |---|---|
//! | `resources` | what our own watches read: applications, projects, sources, definitions |
//! | `unread` | what must have been read before anything is decided, and what is said until then |
//! | `kinds` | what the cluster serves, and which collections are watched |
//! | `git_sources` | sources that are resources of their own, and their status |
//! | `shards` | inventories that are too large for a status, in objects of their own |
//! | `looks` | one look at one application, from its source to its plan |
//! | `rules` | what stands in its way: leadership, other controllers, its project, windows |
//! | `rendering` | what it wants of Git, what Git has, and what is rendered of it |
//! | `comparing` | its render beside the cluster |
//! | `wanting` | which application wants which object, kept for the others |
//! | `claiming` | what the others' wishes mean for an object (P3) |
//! | `elsewhere` | whether other namespaces may have applications by which a mark could be meant |
//! | `departure` | whose wish the deletion of an application is (P4) |
//! | `asks` | what an application's life asks for, as effects for the shell |
//! | `writes` | what is written into resources of ours, and when |
//! | `obstacles` | what people are told of what stands in the way, once |
//! | `observing` | what is told where nothing is written |
//! | `keeping` | what is left for the next process |
//! | `park` | a panic stops one application, and the process goes on |

mod asks;
mod claiming;
mod comparing;
mod departure;
mod elsewhere;
mod git_sources;
mod keeping;
mod kinds;
mod looks;
mod observing;
mod obstacles;
mod park;
mod rendering;
mod resources;
mod rules;
mod shards;
mod unread;
mod wanting;
mod writes;

use crate::claims::{Others, Registry, Waiting};
use crate::effect::{Effect, RenderTask};
use crate::event::{Carried, Event, RenderOutcome, Rendering, WatchId};
use crate::family::Families;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::schemas::SchemaStore;
use crate::slot::{Pending, Slot};
use crate::sources::{Pace, Sources};
use crate::timers::Timers;
use crate::watches::Watches;
pub use resources::Reading;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use trimtab_index::{Index, Touched};
use trimtab_model::{AppId, Backoff, Namespace, ObjectKey, OwnerClaim, ProjectName, Timestamp};
use trimtab_project::{Cluster, Project};
pub(crate) use unread::Unread;

/// How the installation is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The namespace whose applications are ours.
    pub namespace: Namespace,
    /// Plan and report in the log, and write nothing.
    pub observe: bool,
    /// How often remotes are asked.
    pub pace: Pace,
    /// A key of this process for digests of secret values (P17).
    pub secret_key: [u8; 32],
}

/// All that is known.
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    families: Families,
    cluster: Cluster,
    leading: bool,
    index: Index,
    discovered: bool,
    /// Grows with everything that is learnt about kinds.
    kinds_epoch: u64,
    /// Grows with everything that is learnt about projects.
    projects_epoch: u64,
    /// Grows with everything that is learnt about repositories.
    repositories_epoch: u64,
    /// What it was when each project became what it is.
    project_epochs: BTreeMap<ProjectName, u64>,
    schemas: SchemaStore,
    sources: Sources,
    watches: Watches,
    readings: BTreeMap<WatchId, Reading>,
    projects: BTreeMap<ProjectName, Project>,
    apps: BTreeMap<AppId, Slot>,
    claimants: BTreeMap<OwnerClaim, AppId>,
    /// Which applications desire an object, or list it, so that they hear of it whoever owns it.
    desiring: BTreeMap<ObjectKey, BTreeSet<AppId>>,
    /// The other way round.
    desired_by: BTreeMap<AppId, BTreeSet<ObjectKey>>,
    /// Kinds of ours whose definition is going away (P4).
    terminating: BTreeSet<trimtab_model::GroupKind>,
    git_sources: BTreeMap<AppId, git_sources::GitSlot>,
    registry: Registry,
    shards: shards::Shards,
    /// Applications with objects whose owners depend on applications of other namespaces.
    doubting: BTreeSet<AppId>,
    /// Applications that wait until others' wishes are known, or change.
    waiting: Waiting,
    /// Which of the resources that we read have been seen whole.
    whole: BTreeSet<Reading>,
    troubles: unread::Troubles,
    /// Since when collections of objects cannot be read for a reason that may pass.
    outages: BTreeMap<trimtab_model::GroupKind, Timestamp>,
    memory: Memory,
    telling: keeping::Telling,
    /// Applications to look at, each since when.
    dirty: VecDeque<(AppId, Timestamp)>,
    queued: BTreeMap<AppId, Cause>,
    /// Events of applications that their next step takes in, in order.
    news: BTreeMap<AppId, VecDeque<trimtab_sync::Event>>,
    wakes: Timers<AppId>,
    status_wakes: Timers<AppId>,
    discover_at: Option<Timestamp>,
    /// Before that time the project `default` is not asked for again.
    create_project_at: Timestamp,
    /// How often it was asked for in vain.
    project_asked: u32,
    /// How long after the next fruitless discovery another one follows.
    discover_pause: Duration,
    /// How often in a row it failed.
    discover_failures: u32,
    /// Applications that want a kind which the cluster does not serve, as far as we know.
    missing_kinds: BTreeSet<AppId>,
    renders: Vec<RenderTask>,
    next_ticket: u64,
    /// The time of the last event or settling.
    now: Timestamp,
    effects: Vec<Effect>,
    metrics: Arc<Metrics>,
}

/// Why an application is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// Its source has a new tip, and nothing else has happened.
    Tip,
    /// Anything else.
    Other,
}

/// How soon what was not answered is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// Pauses after discoveries that fail.
const DISCOVER_AGAIN: Backoff =
    Backoff { first: ASK_AGAIN, factor: 2, longest: Some(Duration::from_secs(30)) };

/// Applications that one turn looks at; the others wait for the next, which comes at once.
const LOOKS_PER_TURN_MAX: usize = 256;

impl Engine {
    /// Knows nothing yet; the first [`Engine::settle`] asks what the cluster serves.
    pub fn new(
        settings: Settings,
        families: Families,
        cluster: Cluster,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            sources: Sources::new(settings.pace),
            settings,
            families,
            cluster,
            leading: false,
            index: Index::default(),
            discovered: false,
            kinds_epoch: 0,
            projects_epoch: 0,
            repositories_epoch: 0,
            project_epochs: BTreeMap::new(),
            schemas: SchemaStore::default(),
            watches: Watches::default(),
            readings: BTreeMap::new(),
            projects: BTreeMap::new(),
            apps: BTreeMap::new(),
            claimants: BTreeMap::new(),
            desiring: BTreeMap::new(),
            desired_by: BTreeMap::new(),
            terminating: BTreeSet::new(),
            git_sources: BTreeMap::new(),
            registry: Registry::default(),
            shards: shards::Shards::default(),
            doubting: BTreeSet::new(),
            waiting: Waiting::default(),
            whole: BTreeSet::new(),
            troubles: unread::Troubles::default(),
            outages: BTreeMap::new(),
            memory: Memory::default(),
            telling: keeping::Telling::Next,
            dirty: VecDeque::new(),
            queued: BTreeMap::new(),
            news: BTreeMap::new(),
            wakes: Timers::default(),
            status_wakes: Timers::default(),
            discover_at: Some(Timestamp::MIN),
            create_project_at: Timestamp::MIN,
            project_asked: 0,
            discover_pause: ASK_AGAIN,
            discover_failures: 0,
            missing_kinds: BTreeSet::new(),
            renders: Vec::new(),
            next_ticket: 0,
            now: Timestamp::MIN,
            effects: Vec::new(),
            metrics,
        }
    }

    /// Takes one event in. What follows from it is asked for by the next [`Engine::settle`].
    pub fn handle(&mut self, event: Event, now: Timestamp) {
        self.now = now;
        match event {
            Event::Leading(term) => self.lead(term.is_some(), now),
            Event::Repositories(repositories) => self.reach(&repositories, now),
            Event::Discovered(answer) => self.discovered(answer, now),
            Event::Watched(id, event) => self.watched(id, event, now),
            Event::Looked(remote, answer, chance) => {
                self.metrics.git_looks.inc();
                let (asks, touched) = self.sources.looked(&remote, answer, now, chance);
                self.effects.extend(asks.into_iter().map(Effect::Git));
                self.touch_readers(touched);
            }
            Event::Fetched(remote, commit, answer) => {
                self.metrics.git_fetches.inc();
                let touched = self.sources.fetched(&remote, &commit, answer, now);
                self.touch_readers(touched);
            }
            Event::Waiting(remote, commit) => {
                let touched = self.sources.waits(&remote, &commit);
                self.touch_readers(touched);
            }
            Event::Related { remote, commit, before, answer } => {
                self.metrics.git_fetches.inc();
                let touched = self.sources.related(&remote, &(commit, before), answer, now);
                self.touch_all(touched);
            }
            Event::Stirred(remote) => self.sources.hurry(&remote, now),
            Event::Pushed(urls, commit) => {
                if !self.sources.pushed(&urls, commit.as_ref(), now) {
                    tracing::debug!(?urls, "a push to a repository that nobody reads");
                }
            }
            Event::Rendered(renderings) => {
                for rendering in renderings {
                    self.rendered(rendering, now);
                }
            }
            Event::Carried(carried) => self.carried(carried),
            Event::DryRan(app, key, dry_run) => {
                let manager = self.apps.get_mut(&app).and_then(|slot| {
                    slot.dry_runs.remove(&key);
                    slot.app().map(|app| app.tracking.manager.clone())
                });
                if let Some(manager) = manager {
                    self.memory.of(&manager).dry_ran(key, dry_run);
                }
                self.touch(&app);
            }
            Event::DryRunFailed(app, key, failure) => {
                tracing::info!(app = %app.with_kind(), %key, reason = failure.message, "a dry run failed; again later");
                if let Some(slot) = self.apps.get_mut(&app) {
                    slot.dry_runs.remove(&key);
                }
                self.wake(&app, now.checked_add(ASK_AGAIN).unwrap_or(now));
            }
            Event::Written(app, ticket, answer) => {
                if self.git_sources.contains_key(&app) {
                    self.source_written(&app, ticket, answer, now);
                } else {
                    self.written(&app, ticket, answer, now);
                }
            }
            Event::Kept(answer) => self.store_told(answer, now),
            Event::ShardWritten(app, ticket, answer) => {
                self.shard_written(&app, ticket, answer, now);
            }
            Event::Read(app, key, answer) => self.departure_read(&app, &key, answer, now),
            Event::Crashed(whose, said) => self.crashed(whose, &said, now),
            Event::Tick => {}
        }
    }

    /// Goes as far as it can at this time, and says what to do.
    pub fn settle(&mut self, now: Timestamp) -> Vec<Effect> {
        self.now = now;
        if self.discover_at.is_some_and(|at| at <= now) {
            self.discover_at = None;
            self.effects.push(Effect::Discover);
        }
        self.create_default_project(now);
        while let Some(app) = self.wakes.pop(now) {
            self.touch(&app);
        }
        self.effects.extend(self.sources.due(now).into_iter().map(Effect::Git));
        for _ in 0..LOOKS_PER_TURN_MAX {
            let Some((app, _)) = self.dirty.pop_front() else { break };
            let cause = self.queued.remove(&app).unwrap_or(Cause::Other);
            self.look(&app, cause, now);
        }
        while let Some(app) = self.status_wakes.pop(now) {
            self.write_status(&app, now);
        }
        if !self.renders.is_empty() {
            self.effects.push(Effect::Render(std::mem::take(&mut self.renders)));
        }
        self.tell_store(now);
        let remotes = self.sources.remotes_if_changed();
        self.effects.extend(remotes.map(Effect::Follow));
        self.measure(now);
        std::mem::take(&mut self.effects)
    }

    /// When something is to be done next, if nothing happens before.
    pub fn next_wake(&self) -> Option<Timestamp> {
        if !self.dirty.is_empty() {
            return Some(Timestamp::MIN);
        }
        let project = self.lacks_default_project().then_some(self.create_project_at);
        [
            self.wakes.next(),
            self.status_wakes.next(),
            self.sources.next_due(),
            self.discover_at,
            self.next_telling(),
            project,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Whether everything that is read has been seen whole.
    fn is_ready(&self) -> bool {
        self.discovered && self.registry.complete
    }

    /// A step came back. What it found counts whoever sent it; how it ended is told only to the life that
    /// did: a later one may have sent another step of the same object.
    fn carried(&mut self, carried: Carried) {
        let Carried { app, life, key, outcome, object } = carried;
        if let Some(object) = object {
            let touched = self.index.answered(*object);
            self.touched(touched);
        }
        if let trimtab_sync::Outcome::Applied { baseline, .. } = &outcome {
            self.remember(&app, &key, baseline.clone());
        }
        if self.apps.get(&app).is_some_and(|slot| slot.life == life) {
            self.tell(&app, trimtab_sync::Event::Carried { key, outcome });
        } else {
            self.touch(&app);
        }
    }

    fn lead(&mut self, leading: bool, now: Timestamp) {
        if leading && !self.leading {
            // Another one may have led meanwhile: only what it wrote down counts (P6), and nothing that
            // is still to come back from before.
            let life = self.ticket();
            for (id, slot) in &mut self.apps {
                slot.begin(life);
                slot.render.doubt();
                slot.holding.seen_anew(now);
                self.status_wakes.set(id, slot.due());
            }
            self.git_sources.values_mut().for_each(git_sources::GitSlot::begin);
            self.news.clear();
        }
        self.leading = leading;
        let all: Vec<AppId> = self.apps.keys().chain(self.git_sources.keys()).cloned().collect();
        for app in all {
            self.touch(&app);
        }
    }

    fn rendered(&mut self, rendering: Rendering, now: Timestamp) {
        self.metrics.renders.inc();
        let id = rendering.app;
        let Some(slot) = self.apps.get_mut(&id) else { return };
        let Some(Pending { revisions, sources, .. }) =
            slot.render.pending.take_if(|pending| pending.ticket == rendering.ticket)
        else {
            return;
        };
        slot.render.lane = rendering.lane;
        match rendering.outcome {
            RenderOutcome::Unchanged => {
                self.metrics.render_hits.inc();
                // The same objects at a newer revision: nothing to decide, and nothing to write.
                if let Some((desired, _)) = &mut slot.desired {
                    Arc::make_mut(desired).revisions.clone_from(&revisions);
                }
                slot.render.came(revisions, sources);
                if std::mem::take(&mut slot.render.only_tip) {
                    self.settled_at_tip(&id);
                } else {
                    self.touch(&id);
                }
                return;
            }
            RenderOutcome::Rendered(parts) => {
                let again = slot.render.take(parts, now);
                // What this process renders first may well be what is shown already, at a newer
                // revision: if it is not, something else of the status says so.
                slot.render.moved = slot.render.of.is_some();
                slot.desired = None;
                if let Some(again) = again {
                    self.wake(&id, again);
                }
            }
            RenderOutcome::Crashed(said) => {
                if let Some(mut slot) = self.apps.remove(&id) {
                    self.park(&id, &mut slot, &format!("rendering failed: {said}"), now);
                    self.apps.insert(id, slot);
                }
                return;
            }
        }
        if let Some(slot) = self.apps.get_mut(&id) {
            slot.render.came(revisions, sources);
            slot.render.only_tip = false;
        }
        self.touch(&id);
    }

    /// Takes what a touched row means to applications.
    fn touched(&mut self, touched: Touched) {
        match touched {
            Touched::Nothing => {}
            Touched::Object { key, claims, differs } => {
                if differs {
                    for claim in &claims {
                        if let Some(app) = self.claimants.get(claim).cloned() {
                            self.touch(&app);
                        }
                    }
                    let desiring: Vec<AppId> =
                        self.desiring.get(&key).into_iter().flatten().cloned().collect();
                    for app in desiring {
                        self.touch(&app);
                    }
                    self.seen_elsewhere(&key);
                }
                if self.index.row(&key).is_none() {
                    self.memory.forget(&key);
                }
            }
            Touched::Kind(kind) => {
                self.forget_recalled(&kind);
                for app in self.watches.needing(&kind) {
                    self.touch(&app);
                }
            }
        }
    }

    fn touch(&mut self, app: &AppId) {
        self.touch_because(app, Cause::Other);
    }

    fn touch_because(&mut self, app: &AppId, cause: Cause) {
        if let Some(known) = self.queued.get_mut(app) {
            *known = cause.max(*known);
        } else {
            self.queued.insert(app.clone(), cause);
            self.dirty.push_back((app.clone(), self.now));
        }
    }

    fn touch_readers(&mut self, apps: BTreeSet<AppId>) {
        for app in apps {
            // Its latest render is one of before, until its turn to be looked at comes (P3).
            let slot = self.apps.get(&app).filter(|slot| slot.parked.is_none());
            if let Some(claim) = slot.and_then(Slot::app).map(|app| app.tracking.claim.clone()) {
                self.doubt_wishes(&claim, Others::Possible);
            }
            self.touch_because(&app, Cause::Tip);
        }
    }

    fn touch_apps(&mut self) {
        self.touch_all(self.apps.keys().cloned().collect());
    }

    fn touch_all(&mut self, apps: BTreeSet<AppId>) {
        for app in apps {
            self.touch(&app);
        }
    }

    fn tell(&mut self, app: &AppId, event: trimtab_sync::Event) {
        self.news.entry(app.clone()).or_default().push_back(event);
        self.touch(app);
    }

    /// Looks again at that time, or earlier if something else wants it.
    fn wake(&mut self, app: &AppId, at: Timestamp) {
        self.wakes.set_earlier(app, at);
    }

    fn remember(&mut self, app: &AppId, key: &ObjectKey, baseline: trimtab_plan::Baseline) {
        let manager =
            self.apps.get(app).and_then(Slot::app).map(|app| app.tracking.manager.clone());
        if let Some(manager) = manager {
            self.memory.of(&manager).remember(key.clone(), baseline);
        }
    }

    fn ticket(&mut self) -> u64 {
        self.next_ticket += 1;
        self.next_ticket
    }

    fn measure(&self, now: Timestamp) {
        self.metrics.complete.set(i64::from(self.is_ready()));
        let size = self.index.size();
        self.metrics.index_objects.set(i64::try_from(size.objects).unwrap_or(i64::MAX));
        self.metrics.index_bytes.set(i64::try_from(size.bytes).unwrap_or(i64::MAX));
        self.metrics.queue_depth.set(i64::try_from(self.dirty.len()).unwrap_or(i64::MAX));
        let oldest = self.dirty.front().map(|(_, since)| now.duration_since(*since));
        let oldest = oldest.and_then(|age| Duration::try_from(age).ok()).unwrap_or_default();
        self.metrics.queue_oldest.set(oldest);
        self.metrics.applications.set(i64::try_from(self.apps.len()).unwrap_or(i64::MAX));
    }
}
