//! The resources that we read: applications of both families, projects, sources and definitions.

use super::Engine;
use crate::claims::Wishes;
use crate::event::WatchId;
use crate::family::{self, Repositories};
use crate::slot::{Foreign, Parsed, Resting, Slot};
use crate::sources::Attention;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use trimtab_inventory::{Home, Inventory};
use trimtab_model::{App, AppId, Backoff, ProjectName, Timestamp, limit};
use trimtab_ports::cluster::WatchEvent;

/// The pauses after which a project that was asked for and has not come is asked for again.
const PROJECT_AGAIN: Backoff =
    Backoff { first: Duration::from_secs(2), factor: 2, longest: Some(Duration::from_mins(1)) };

/// What a watch of ours reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    /// Definitions of custom resources.
    Definitions,
    /// Projects.
    Projects,
    /// Applications of the first family.
    Applications,
    /// Sources of the second family.
    GitRepositories,
    /// Applications of the second family.
    Kustomizations,
    /// Shards of inventories.
    Inventories,
}

impl Reading {
    /// All of them, in the order in which they are begun.
    pub const ALL: [Self; 6] = [
        Self::Definitions,
        Self::Projects,
        Self::Inventories,
        Self::Applications,
        Self::GitRepositories,
        Self::Kustomizations,
    ];

    /// Whether only our own namespace is read.
    pub fn is_of_namespace(self) -> bool {
        self != Self::Definitions
    }
}

impl Engine {
    pub(super) fn watched(&mut self, id: WatchId, event: WatchEvent, now: Timestamp) {
        if matches!(event, WatchEvent::Broken { .. }) {
            self.metrics.watch_restarts.inc();
        }
        let Some(reading) = self.readings.get(&id).copied() else {
            let Some(kind) = self.watches.kind(id).cloned() else { return };
            self.note_outage(&kind, &event, now);
            for touched in self.index.observe(&kind, None, event) {
                self.touched(touched);
            }
            return;
        };
        match event {
            WatchEvent::Object(resource) => self.read(reading, *resource, now),
            WatchEvent::Gone { key, uid, .. } => {
                let Some(namespace) = key.namespace.clone() else {
                    self.undefined(key.name.as_str());
                    return;
                };
                let app = AppId { kind: key.group_kind(), namespace, name: key.name.clone() };
                match reading {
                    Reading::Definitions => {}
                    Reading::Projects => self.project_gone(&key.name.as_str().into(), now),
                    Reading::GitRepositories => self.git_source_gone(&app, now),
                    Reading::Inventories => {
                        if let Some(owner) = self.shards.gone(&key.name, &uid) {
                            self.shards_changed(&owner, now);
                        }
                    }
                    Reading::Applications | Reading::Kustomizations => {
                        if self.apps.get(&app).is_some_and(|slot| slot.uid == uid) {
                            self.app_gone(&app, now);
                        }
                    }
                }
            }
            WatchEvent::Synced => {
                if self.reading_whole(reading) && reading == Reading::Projects {
                    let all: Vec<AppId> = self.apps.keys().cloned().collect();
                    for app in &all {
                        self.follow_sources(app, now);
                    }
                }
                if reading == Reading::Inventories {
                    self.shards.read_whole();
                    self.shards_settled(now);
                }
                self.note_completeness();
            }
            WatchEvent::Broken { trouble, message } => {
                self.reading_broken(reading, (trouble, &message), now);
                if reading == Reading::Inventories {
                    self.shards_broken(trouble, message, now);
                }
            }
            WatchEvent::Started | WatchEvent::Row(_) | WatchEvent::Progress(_) => {}
        }
    }

    fn read(&mut self, reading: Reading, resource: Value, now: Timestamp) {
        match reading {
            Reading::Definitions => {
                self.note_terminating(&resource);
                self.schemas.defined(&resource);
                if let Some(kind) = self.index.defined(&resource) {
                    self.kinds_epoch += 1;
                    tracing::debug!(%kind, "defined");
                    // What a definition does not say (verbs, subresources) discovery does.
                    self.discover_at = Some(self.discover_at.map_or(now, |at| at.min(now)));
                    self.touch_apps();
                }
            }
            Reading::Projects => {
                let project = self.families.project(&resource);
                let name = project.name.clone();
                // A watch that begins anew tells all of them again.
                if self.projects.get(&name) != Some(&project) {
                    self.projects.insert(name.clone(), project);
                    self.project_changed(&name, now);
                }
            }
            Reading::Applications | Reading::Kustomizations => self.app_seen(resource, now),
            Reading::GitRepositories => self.git_source_seen(resource, now),
            Reading::Inventories => {
                if let Some(owner) = self.shards.seen(&resource) {
                    self.shards_changed(&owner, now);
                }
            }
        }
    }

    fn undefined(&mut self, name: &str) {
        self.schemas.undefined(name);
        if let Some(kind) = self.index.undefined(name) {
            self.terminating.remove(&kind);
            self.kinds_epoch += 1;
        }
    }

    fn project_gone(&mut self, name: &ProjectName, now: Timestamp) {
        if self.projects.remove(name).is_some() {
            self.project_changed(name, now);
        }
    }

    /// A project is another one, or not there any more: its applications are looked at again, and those
    /// that wait for what they want.
    fn project_changed(&mut self, name: &ProjectName, now: Timestamp) {
        self.projects_epoch += 1;
        if self.projects.contains_key(name) {
            self.project_epochs.insert(name.clone(), self.projects_epoch);
        } else {
            self.project_epochs.remove(name);
        }
        let is_of_it = |(id, slot): &(&AppId, &Slot)| {
            // Of one that cannot be read nobody knows whose it is.
            self.families.has_projects(&id.kind)
                && slot.app().is_none_or(|app| app.project == *name)
        };
        let of_it: BTreeSet<AppId> =
            self.apps.iter().filter(is_of_it).map(|(id, _)| id.clone()).collect();
        if self.is_read(Reading::Projects) {
            for app in &of_it {
                self.follow_sources(app, now);
            }
        }
        self.touch_all(self.waiting.all());
        self.touch_all(of_it);
    }

    /// Which state of its project an application is judged by.
    pub(super) fn project_epoch(&self, app: &App) -> u64 {
        self.project_epochs.get(&app.project).copied().unwrap_or_default()
    }

    /// The project `default` is there for everybody, as the reference's API server creates it. It is
    /// asked for again until the watch shows it: a request may be lost, and another process may have
    /// led when the projects were read.
    pub(super) fn create_default_project(&mut self, now: Timestamp) {
        if !self.lacks_default_project() {
            self.project_asked = 0;
            return;
        }
        if self.create_project_at > now {
            return;
        }
        let pause = PROJECT_AGAIN.pause(self.project_asked);
        self.project_asked = self.project_asked.saturating_add(1);
        self.create_project_at = now.checked_add(pause).unwrap_or(now);
        let project = self.families.default_project();
        self.effects.push(crate::effect::Effect::Create(project));
    }

    /// Whether the project `default` is known to be absent, and ours to create.
    pub(super) fn lacks_default_project(&self) -> bool {
        let may = self.leading && !self.settings.observe;
        may && self.whole.contains(&Reading::Projects)
            && !self.projects.contains_key(&ProjectName::from("default"))
    }

    /// Whose an object is can be told once what all applications say has been seen.
    pub(super) fn note_completeness(&mut self) {
        let settled = self.shards.is_settled() || self.is_read(Reading::Inventories);
        let complete = settled && super::unread::FOR_ALL.iter().all(|r| self.is_read(*r));
        if complete && !self.registry.complete {
            self.registry.complete = true;
            self.touch_apps();
        }
    }

    pub(super) fn app_seen(&mut self, mut resource: Value, now: Timestamp) {
        let Some(id) = self.families.id(&resource) else { return };
        let text = |path: &str| resource.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let uid = trimtab_model::Uid::from(text("/metadata/uid"));
        let version = trimtab_model::ResourceVersion::from(text("/metadata/resourceVersion"));
        if self.apps.get(&id).is_some_and(|slot| slot.uid != uid) {
            self.app_gone(&id, now);
        }
        let old = self.apps.get(&id);
        if old.is_some_and(|slot| {
            version == slot.resource_version || version.is_older_than(&slot.resource_version)
        }) {
            return;
        }
        let is_asked = self.families.is_asked(&resource);
        let foreign = Self::foreign(old.map(|slot| &slot.foreign), &resource, now);
        let parked = old.is_some_and(|slot| slot.parked == Some(super::park::written(&resource)));
        if let Foreign::Settling { until, .. } = &foreign {
            self.wake(&id, *until);
        }
        let parsed = if parked { None } else { Some(self.parse(&resource)) };
        let former = trimtab_crd::former_owner(&resource);
        // What they say of other writers has been read; they are half of what a resource takes.
        if let Some(metadata) = resource.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        let resource = Resting::of(&resource, &self.families);
        if let Some(slot) = self.apps.get_mut(&id) {
            slot.resource = resource;
            slot.resource_version = version;
            slot.foreign = foreign;
            if !is_asked {
                // The next refresh that says the same is another.
                slot.refreshing = None;
            }
            slot.holding.seen_anew(now);
            self.status_wakes.set(&id, slot.due());
        } else {
            self.apps.insert(id.clone(), Slot::new(resource, uid, version, foreign));
        }
        if let Some(slot) = self.apps.get_mut(&id) {
            slot.former = former;
        }
        if let Some(parsed) = parsed {
            self.take_parsed(&id, parsed);
            self.app_parsed(&id, now);
        }
        self.touch(&id);
    }

    /// What a resource says, as it stands or as it is with what stands beside it now.
    fn take_parsed(&mut self, id: &AppId, parsed: Parsed) {
        let life = self.ticket();
        let Some(slot) = self.apps.get_mut(id) else { return };
        slot.reach = self.families.reach_of(&id.kind, &parsed, &slot.resource);
        slot.parsed = parsed;
        slot.parked = None;
        // Who does not lead has no life of its own: what the resource remembers is all there is.
        if slot.lives && self.leading {
            Self::learn_inventory(slot);
        } else {
            slot.begin(life);
        }
    }

    fn parse(&self, resource: &Value) -> Parsed {
        self.parsed_or_bug(|| {
            let source = family::source_of(resource).and_then(|id| self.git_sources.get(&id));
            let source = source.and_then(|slot| slot.source.as_ref().ok());
            match self.families.app(resource, source) {
                Ok(mut both) => {
                    if self.families.home(resource) == Home::Sharded {
                        both.1.inventory = self.shards.inventory(&both.0.uid);
                    }
                    Parsed::Valid(both)
                }
                Err(conditions) => Parsed::Invalid(conditions),
            }
        })
    }

    /// Takes how repositories are reached: applications may have another credential now, and what was
    /// refused may be let in. Only those whose own repositories are meant are read again.
    pub(super) fn reach(&mut self, repositories: &Arc<Repositories>, now: Timestamp) {
        let Some(before) = self.families.reach(repositories.clone()) else { return };
        self.repositories_epoch += 1;
        let changed = repositories.changed(&before);
        let is_meant = |app: &App| {
            let mut urls = app.sources.iter().map(|source| &*source.remote.url);
            urls.any(|url| changed.means(url, app.project.as_str()))
        };
        let meant = self.apps.iter().filter(|(_, slot)| slot.app().is_none_or(is_meant));
        let meant: Vec<AppId> = meant.map(|(id, _)| id.clone()).collect();
        for app in meant {
            self.reread(&app, now);
        }
        self.sources.hurry_troubled(now);
    }

    /// Reads an application's resource again, because of something beside it.
    pub(super) fn reread(&mut self, id: &AppId, now: Timestamp) {
        let Some(slot) = self.apps.get(id).filter(|slot| slot.parked.is_none()) else { return };
        let parsed = self.parse(&slot.resource.value());
        self.take_parsed(id, parsed);
        self.app_parsed(id, now);
        self.touch(id);
    }

    /// What an application says has become known, or another: what follows for sources and claims.
    fn app_parsed(&mut self, id: &AppId, now: Timestamp) {
        let Some(slot) = self.apps.get(id) else { return };
        let claim = self.families.claim(id);
        // Until its first look it may want anything; one that cannot be read, what it has applied.
        let first = match &slot.parsed {
            Parsed::Valid(_) => Wishes::default(),
            Parsed::Invalid(_) => self.wishes(slot),
        };
        let reach = slot.reach.clone();
        self.registry.note_first(&claim, first, reach);
        self.claimants.insert(claim, id.clone());
        self.follow_sources(id, now);
    }

    /// Has the sources of an application kept up to date, if it may read them. Who does not lead looks
    /// at no application, and is to be up to date all the same.
    fn follow_sources(&mut self, id: &AppId, now: Timestamp) {
        let Some(mut slot) = self.apps.remove(id) else { return };
        self.judge(id, &mut slot);
        if let Some(app) = slot.app() {
            if !slot.may_read_sources() {
                self.sources.want(id, &BTreeSet::new(), Attention::AT_PACE, now);
            } else if let Some(wants) = self.wants(app, &slot) {
                self.sources.want(id, &wants.all, wants.attention, now);
            }
        }
        self.apps.insert(id.clone(), slot);
    }

    /// What the resource says that it has applied.
    pub(super) fn written_inventory(&self, slot: &Slot) -> Inventory {
        match self.families.home(&slot.resource.value()) {
            Home::Inline(entries) => Inventory::Known(entries),
            Home::Sharded => self.shards.inventory(&slot.uid),
        }
    }

    pub(super) fn app_gone(&mut self, id: &AppId, now: Timestamp) {
        let Some(slot) = self.apps.remove(id) else { return };
        slot.right.end();
        self.waiting.set(id, &BTreeSet::new());
        self.doubting.remove(id);
        let had = slot.state.inventory().known().into_iter().flat_map(|entries| entries.keys());
        let also = had.chain(self.desired_by.get(id).into_iter().flatten());
        let mut heirs: BTreeSet<AppId> =
            also.filter_map(|key| self.desiring.get(key)).flatten().cloned().collect();
        heirs.remove(id);
        let claim = self.families.claim(id);
        self.claimants.remove(&claim);
        self.registry.forget(&claim);
        self.no_longer_desires(id);
        self.sources.want(id, &BTreeSet::new(), Attention::AT_PACE, now);
        self.need(id, BTreeSet::new());
        self.missing_kinds.remove(id);
        self.wakes.set(id, None);
        self.status_wakes.set(id, None);
        self.news.remove(id);
        tracing::info!(app = %id.with_kind(), "gone");
        // Whoever waits for what it had may go on.
        self.touch_all(self.waiting.on(&claim));
        self.touch_all(heirs);
    }

    /// What other controllers' entries in a resource mean (P9).
    pub(super) fn foreign(before: Option<&Foreign>, resource: &Value, now: Timestamp) -> Foreign {
        let Some(entry) = trimtab_crd::foreign_entry(resource) else { return Foreign::Nobody };
        if trimtab_crd::wishes(resource).owned_by_us {
            return Foreign::TakenOver(entry.mark);
        }
        let active = || {
            Foreign::Active(format!(
                "{} still writes this resource, so that nothing is written here: scale that controller down, then annotate trimtab.dev/owner: trimtab",
                entry.manager
            ))
        };
        match before {
            Some(Foreign::Active(_) | Foreign::Nobody) => active(),
            Some(Foreign::Settling { mark, .. } | Foreign::TakenOver(mark))
                if *mark < entry.mark =>
            {
                active()
            }
            Some(same) => same.clone(),
            None => settling(&entry, now),
        }
    }
}

/// At first sight: an old entry that nobody moves is a predecessor's; a young one is waited for.
fn settling(entry: &trimtab_crd::ForeignEntry, now: Timestamp) -> Foreign {
    let settle = Duration::from_secs(limit::OWNER_SETTLE_SECONDS);
    let written = entry.mark.unwrap_or(now);
    let age = now.duration_since(written);
    let young = age < settle.try_into().unwrap_or_default();
    if young {
        Foreign::Settling { mark: entry.mark, until: now.checked_add(settle).unwrap_or(now) }
    } else {
        Foreign::TakenOver(entry.mark)
    }
}
