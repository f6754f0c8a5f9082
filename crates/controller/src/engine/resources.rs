//! The resources that we read: applications of both families, projects, sources and definitions.

use super::Engine;
use crate::event::WatchId;
use crate::family;
use crate::slot::{Foreign, Parsed, Render, Slot};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;
use trimtab_model::{AppId, Document, ProjectName, Timestamp, limit};
use trimtab_ports::cluster::WatchEvent;
use trimtab_sync::State;

/// How soon a project that was asked for and has not come is asked for again.
const AGAIN: Duration = Duration::from_secs(5);

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
}

impl Reading {
    /// All of them, in the order in which they are begun.
    pub const ALL: [Self; 5] = [
        Self::Definitions,
        Self::Projects,
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
                    Reading::Projects => self.project_gone(&key.name.as_str().into()),
                    Reading::GitRepositories => self.git_source_gone(&app, now),
                    Reading::Applications | Reading::Kustomizations => {
                        if self.apps.get(&app).is_some_and(|slot| slot.uid == uid) {
                            self.app_gone(&app, now);
                        }
                    }
                }
            }
            WatchEvent::Synced => {
                self.whole.insert(reading);
                self.note_completeness();
            }
            WatchEvent::Broken { trouble, message } => {
                tracing::warn!(?reading, ?trouble, message, "a watch does not stand");
            }
            WatchEvent::Started | WatchEvent::Row(_) | WatchEvent::Progress(_) => {}
        }
    }

    fn read(&mut self, reading: Reading, resource: Value, now: Timestamp) {
        match reading {
            Reading::Definitions => {
                self.schemas.defined(&resource);
                if let Some(kind) = self.index.defined(&resource) {
                    self.kinds_epoch += 1;
                    tracing::debug!(%kind, "defined");
                    // What a definition does not say (verbs, subresources) discovery does.
                    self.discover_at = Some(self.discover_at.map_or(now, |at| at.min(now)));
                    let all: Vec<AppId> = self.apps.keys().cloned().collect();
                    for app in all {
                        self.touch(&app);
                    }
                }
            }
            Reading::Projects => {
                let project = trimtab_argoproj::project(&resource);
                self.projects.insert(project.name.clone(), project);
                self.projects_changed();
            }
            Reading::Applications | Reading::Kustomizations => self.app_seen(resource, now),
            Reading::GitRepositories => self.git_source_seen(resource, now),
        }
    }

    fn undefined(&mut self, name: &str) {
        self.schemas.undefined(name);
        if self.index.undefined(name).is_some() {
            self.kinds_epoch += 1;
        }
    }

    fn project_gone(&mut self, name: &ProjectName) {
        self.projects.remove(name);
        self.projects_changed();
    }

    fn projects_changed(&mut self) {
        self.projects_epoch += 1;
        let all: Vec<AppId> = self.apps.keys().cloned().collect();
        for app in all {
            self.touch(&app);
        }
    }

    /// The project `default` is there for everybody, as the reference's API server creates it. It is
    /// asked for again until the watch shows it: a request may be lost, and another process may have
    /// led when the projects were read.
    pub(super) fn create_default_project(&mut self, now: Timestamp) {
        if !self.lacks_default_project() || self.create_project_at > now {
            return;
        }
        self.create_project_at = now.checked_add(AGAIN).unwrap_or(now);
        let project = trimtab_argoproj::default_project(&self.settings.namespace);
        self.effects.push(crate::effect::Effect::Create(project));
    }

    /// Whether the project `default` is known to be absent, and ours to create.
    pub(super) fn lacks_default_project(&self) -> bool {
        let may = self.leading && !self.settings.observe;
        may && self.whole.contains(&Reading::Projects)
            && !self.projects.contains_key(&ProjectName::from("default"))
    }

    /// All applications have been seen once every kind of them that the cluster serves was.
    pub(super) fn note_completeness(&mut self) {
        let served = |reading: &Reading| {
            self.index.served(&self.families.kind(*reading).group_kind()).is_some()
        };
        let missing = Reading::ALL.iter().any(|r| served(r) && !self.whole.contains(r));
        let complete = self.discovered && !missing;
        if complete && !self.registry.complete {
            self.registry.complete = true;
            let all: Vec<AppId> = self.apps.keys().cloned().collect();
            for app in all {
                self.touch(&app);
            }
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
        let parsed = self.parse(&resource);
        let foreign = Self::foreign(old.map(|slot| &slot.foreign), &resource, now);
        if let Foreign::Settling { until, .. } = &foreign {
            self.wake(&id, *until);
        }
        // What they say of other writers has been read; they are half of what a resource takes.
        if let Some(metadata) = resource.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        let finalizer = self.families.has_finalizer(&resource);
        let source_resource = family::source_of(&resource);
        let resource = Document::of(&resource);
        if let Some(slot) = self.apps.get_mut(&id) {
            slot.resource = resource;
            slot.finalizer = finalizer;
            slot.source_resource = source_resource;
            slot.resource_version = version;
            slot.foreign = foreign;
            slot.parsed = parsed;
        } else {
            let state = match &parsed {
                Parsed::Valid(both) => State::new(&both.1),
                Parsed::Invalid(_) => State::default(),
            };
            let slot = Slot {
                resource,
                finalizer,
                source_resource,
                uid,
                resource_version: version,
                parsed,
                state,
                render: Render::default(),
                desired: None,
                holding: crate::holding::Holding::default(),
                writing: None,
                foreign,
                dry_runs: BTreeSet::new(),
                refreshing: None,
                source: trimtab_sync::Source::Coming,
                parked: None,
            };
            self.apps.insert(id.clone(), slot);
        }
        self.app_parsed(&id, now);
        self.touch(&id);
    }

    fn parse(&self, resource: &Value) -> Parsed {
        let source = family::source_of(resource).and_then(|id| self.git_sources.get(&id));
        let source = source.and_then(|slot| slot.source.as_ref().ok());
        match self.families.app(resource, source) {
            Ok(both) => Parsed::Valid(both),
            Err(conditions) => Parsed::Invalid(conditions),
        }
    }

    /// Reads an application's resource again, because of something beside it.
    pub(super) fn reread(&mut self, id: &AppId, now: Timestamp) {
        let Some(resource) = self.apps.get(id).map(|slot| slot.resource.clone()) else { return };
        let parsed = self.parse(&resource.value());
        if let Some(slot) = self.apps.get_mut(id) {
            slot.parsed = parsed;
        }
        self.app_parsed(id, now);
        self.touch(id);
    }

    /// What an application says has become known, or another: what follows for sources and claims.
    fn app_parsed(&mut self, id: &AppId, now: Timestamp) {
        let Some(app) = self.apps.get(id).and_then(Slot::app) else { return };
        let (claim, wanted) = (app.tracking.claim.clone(), super::looks::wanted(app, None));
        let interval = None;
        self.claimants.insert(claim, id.clone());
        self.sources.want(id, &wanted, interval, now);
    }

    pub(super) fn app_gone(&mut self, id: &AppId, now: Timestamp) {
        let Some(slot) = self.apps.remove(id) else { return };
        self.waiting.remove(id);
        let had = slot.state.inventory().known().into_iter().flat_map(|entries| entries.keys());
        let also = had.chain(self.desired_by.get(id).into_iter().flatten());
        let mut heirs: BTreeSet<AppId> =
            also.filter_map(|key| self.desiring.get(key)).flatten().cloned().collect();
        heirs.remove(id);
        if let Some(app) = slot.app() {
            let claim = app.tracking.claim.clone();
            self.claimants.remove(&claim);
            self.registry.forget(&claim);
        }
        self.no_longer_desires(id);
        self.sources.want(id, &BTreeSet::new(), None, now);
        self.need(id, BTreeSet::new());
        self.missing_kinds.remove(id);
        self.wakes.set(id, None);
        self.status_wakes.set(id, None);
        self.news.remove(id);
        tracing::info!(app = %id, "gone");
        // Whoever waits for what it had may go on.
        self.touch_all(self.waiting.clone());
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
                "{} still writes this resource: nothing is written until it stops; scale it down, or annotate trimtab.dev/owner: trimtab",
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
