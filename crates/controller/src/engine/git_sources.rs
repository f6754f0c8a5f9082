//! Sources of the second family: a repository that is a resource of its own, with a status.

use super::Engine;
use crate::effect::{Effect, WriteTask};
use crate::family::{self, GitSource, SourceFailure, SourceState, source_status};
use crate::holding::Refusals;
use crate::slot::Foreign;
use crate::sources::{Attention, Often};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use trimtab_crd::Obstacle;
use trimtab_model::{AppId, ResourceVersion, Restraint, SourceRevision, Timestamp, Uid};
use trimtab_ports::cluster::WriteError;

/// One source.
#[derive(Debug)]
pub struct GitSlot {
    pub(super) resource: Arc<Value>,
    pub(super) uid: Uid,
    pub(super) resource_version: ResourceVersion,
    /// What it says, or what is wrong with it.
    pub source: Result<GitSource, Vec<String>>,
    writing: Option<u64>,
    refusals: Refusals,
    /// After a status write that failed: nothing is written before that time, unless the resource is
    /// seen to have changed before.
    not_before: Option<Timestamp>,
    /// The last request for a look.
    requested: Option<Arc<str>>,
    /// Who else writes it (P9).
    foreign: Foreign,
    /// Whether people were told that somebody does: the status, where it would stand, is not ours to
    /// write.
    foreign_told: bool,
    /// What the last write of the status was the first to say stands in the way.
    pub(super) obstacles_told: Vec<Obstacle>,
}

impl Engine {
    pub(super) fn git_source_seen(&mut self, resource: Value, now: Timestamp) {
        let Some(id) = family::git_repository(&resource) else { return };
        let text = |path: &str| resource.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let (uid, version) = (
            Uid::from(text("/metadata/uid")),
            ResourceVersion::from(text("/metadata/resourceVersion")),
        );
        let old = self.git_sources.get(&id).filter(|slot| slot.uid == uid);
        if old.is_some_and(|slot| version.is_older_than(&slot.resource_version)) {
            return;
        }
        let source = self.families.git_source(&resource);
        let before = old.and_then(|slot| slot.source.as_ref().ok().map(|source| source.digest));
        let mut requested = old.and_then(|slot| slot.requested.clone());
        let writing = old.and_then(|slot| slot.writing);
        let refusals = old.map(|slot| slot.refusals).unwrap_or_default();
        let same = old.filter(|slot| slot.resource_version == version);
        let not_before = same.and_then(|slot| slot.not_before);
        let obstacles_told = old.map(|slot| slot.obstacles_told.clone()).unwrap_or_default();
        if let Ok(source) = &source {
            // Nobody looks for a suspended one: its users keep what it last had.
            let wanted = (!source.suspended).then(|| wanted(source)).into_iter().collect();
            let often = Often::Every(source.interval);
            let attention = Attention { often, timeout: Some(source.timeout) };
            self.sources.want(&id, &wanted, attention, now);
            let asked =
                source.requested.as_ref().filter(|token| source.handled.as_ref() != Some(token));
            if let Some(token) = asked.filter(|token| requested.as_ref() != Some(token)) {
                requested = Some(token.clone());
                if !source.suspended {
                    self.sources.ask(&id, &source.remote, now);
                }
            }
        }
        let changed = source.as_ref().ok().map(|source| source.digest) != before;
        let foreign = Self::foreign(old.map(|slot| &slot.foreign), &resource, now);
        let is_active = matches!(foreign, Foreign::Active(_));
        let foreign_told = is_active && old.is_some_and(|slot| slot.foreign_told);
        if let Foreign::Settling { until, .. } = &foreign {
            self.wake(&id, *until);
        }
        let slot = GitSlot {
            resource: Arc::new(resource),
            uid,
            resource_version: version,
            source,
            writing,
            refusals,
            not_before,
            requested,
            foreign,
            foreign_told,
            obstacles_told,
        };
        self.git_sources.insert(id.clone(), slot);
        if changed {
            self.readers_reread(&id, now);
        }
        self.touch(&id);
    }

    pub(super) fn git_source_gone(&mut self, id: &AppId, now: Timestamp) {
        self.git_sources.remove(id);
        self.sources.want(id, &BTreeSet::new(), Attention::AT_PACE, now);
        self.readers_reread(id, now);
    }

    /// Applications that name a source are read again: what they are made of has changed.
    fn readers_reread(&mut self, source: &AppId, now: Timestamp) {
        let reads = |slot: &crate::slot::Slot| slot.resource.source.as_ref() == Some(source);
        let readers: Vec<AppId> =
            self.apps.iter().filter(|(_, slot)| reads(slot)).map(|(id, _)| id.clone()).collect();
        for id in readers {
            self.reread(&id, now);
        }
    }

    /// Writes the status of a source, if it has anything new to say.
    pub(super) fn look_at_source(&mut self, id: &AppId, now: Timestamp) {
        if self.settings.observe || !self.leading {
            return;
        }
        self.tell_foreign_source(id);
        let not_before = self.git_sources.get(id).and_then(|slot| slot.not_before);
        if let Some(again) = not_before.filter(|again| *again > now) {
            self.wake(id, again);
            return;
        }
        let Some(slot) = self.git_sources.get(id).filter(|slot| slot.may_be_written(now)) else {
            return;
        };
        let deleting = slot.resource.pointer("/metadata/deletionTimestamp").is_some();
        let (patch, subresource) = if deleting {
            (self.families.source_without_finalizer(&slot.resource), None)
        } else {
            (self.source_patch(id, slot, now), Some("status".into()))
        };
        self.tell_source_obstacles(id, patch.as_ref());
        let (Some(patch), Some(slot)) = (patch, self.git_sources.get(id)) else { return };
        let (uid, resource_version) = (slot.uid.clone(), slot.resource_version.clone());
        let ticket = self.ticket();
        if let Some(slot) = self.git_sources.get_mut(id) {
            slot.writing = Some(ticket);
        }
        self.metrics.status_writes.inc();
        self.effects.push(Effect::Write(WriteTask {
            begins: false,
            app: id.clone(),
            ticket,
            version: self.families.version(&id.kind),
            seen: subresource.is_none().then_some(resource_version),
            subresource,
            patch,
            uid,
        }));
    }

    /// Says once that another controller writes a source, so that nothing is written there (P9).
    fn tell_foreign_source(&mut self, id: &AppId) {
        let Some(slot) = self.git_sources.get_mut(id).filter(|slot| !slot.foreign_told) else {
            return;
        };
        let Foreign::Active(why) = &slot.foreign else { return };
        slot.foreign_told = true;
        tracing::warn!(source = %id, why, "left alone");
        let event = self.families.foreign_source_event(why);
        let (uid, seen) = (slot.uid.clone(), slot.resource_version.clone());
        self.post(id, (&uid, &seen), event);
    }

    fn source_patch(&self, id: &AppId, slot: &GitSlot, now: Timestamp) -> Option<Value> {
        let source = match &slot.source {
            Ok(source) => source,
            Err(wrong) => {
                let state = SourceState::Stalled("InvalidSpec", &wrong.join("; "));
                return source_status(&slot.resource, None, state, None, now);
            }
        };
        let is_answered = source.suspended || self.sources.is_answered(id, &wanted(source));
        let handled = slot.requested.as_deref().filter(|_| is_answered);
        let state = |state| source_status(&slot.resource, Some(source), state, handled, now);
        let restrains = source.not_supported.iter().find(|f| f.restraint == Restraint::Restrains);
        if let Some(field) = restrains {
            let message = format!(
                "`{}` is not supported yet, and without it more would be used than asked",
                field.field
            );
            return state(SourceState::Stalled("NotSupported", &message));
        }
        if source.suspended {
            return state(SourceState::Suspended);
        }
        let wanted = wanted(source);
        match (self.sources.trouble(&wanted), self.sources.tip(&wanted)) {
            (Some(trouble), _) => {
                let failure = if trouble.of_access {
                    SourceFailure::Authentication
                } else {
                    SourceFailure::Git
                };
                state(SourceState::Failed(failure, &trouble.message))
            }
            (None, Some(tip)) => state(SourceState::Fetched(&tip.revision)),
            (None, None) => None,
        }
    }

    /// What the users of a source keep to while it is suspended: the revision that it had last.
    pub(super) fn suspended(&self, source: Option<&AppId>) -> Option<Suspended> {
        let source = self.git_sources.get(source?)?.source.as_ref().ok()?;
        source.suspended.then(|| Suspended { last: source.artifact.clone() })
    }

    pub(super) fn source_written(
        &mut self,
        id: &AppId,
        ticket: u64,
        answer: Result<Box<Value>, WriteError>,
        now: Timestamp,
    ) {
        let Some(slot) = self.git_sources.get_mut(id) else { return };
        if slot.writing.take_if(|writing| *writing == ticket).is_none() {
            return;
        }
        match answer {
            Ok(resource) => {
                slot.refusals = Refusals::default();
                self.git_source_seen(*resource, now);
            }
            Err(error) => {
                let pause = slot.refusals.pause(error.class());
                let again = now.checked_add(pause).unwrap_or(now);
                slot.not_before = Some(again);
                tracing::warn!(source = %id, %error, seconds = pause.as_secs(), "a status was not written; again");
                self.wake(id, again);
            }
        }
    }
}

/// A source that is suspended.
#[derive(Debug)]
pub(super) struct Suspended {
    /// The revision that it had last, if it ever had one.
    pub last: Option<SourceRevision>,
}

impl GitSlot {
    /// Another process may have written meanwhile: what failed before says nothing.
    pub(super) fn begin(&mut self) {
        self.not_before = None;
    }

    /// Whether nothing of ours is under way, and nobody else is at work.
    fn may_be_written(&self, now: Timestamp) -> bool {
        let is_ours = match &self.foreign {
            Foreign::Nobody | Foreign::TakenOver(_) => true,
            Foreign::Settling { until, .. } => *until <= now,
            Foreign::Active(_) => false,
        };
        is_ours && self.writing.is_none()
    }
}

fn wanted(source: &GitSource) -> crate::sources::Wanted {
    (source.remote.clone(), source.revision.clone())
}
