//! What is written into resources of ours.

use super::Engine;
use crate::effect::{Effect, WriteTask};
use crate::holding::Weight;
use crate::slot::{Foreign, Parsed, Slot, Writing};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use trimtab_model::{AppId, Timestamp};
use trimtab_ports::cluster::WriteError;
use trimtab_sync::Urgency;

/// How soon a status write that failed is made again.
const AGAIN: Duration = Duration::from_secs(2);

impl Engine {
    /// A status is to be written, if it says anything new.
    pub(super) fn want_status(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        urgency: Urgency,
        now: Timestamp,
    ) {
        let weight = match urgency {
            Urgency::Record => Weight::Record,
            Urgency::News if slot.state.is_carrying() => Weight::Progress,
            Urgency::News => Weight::News,
        };
        slot.holding.want(weight, now);
        let due = slot.holding.due().filter(|_| slot.writing.is_none());
        self.status_wakes.set(id, due);
    }

    /// Writes a status whose time has come.
    pub(super) fn write_status(&mut self, id: &AppId, now: Timestamp) {
        let Some(mut slot) = self.apps.remove(id) else { return };
        if slot.writing.is_none()
            && let Some(record) = slot.holding.begin(now)
        {
            self.begin_write(id, &mut slot, record, now);
        }
        // While another write of the resource is under way, its answer brings the next chance.
        let due = slot.holding.due().filter(|_| slot.writing.is_none());
        self.status_wakes.set(id, due);
        self.apps.insert(id.clone(), slot);
    }

    fn begin_write(&mut self, id: &AppId, slot: &mut Slot, record: bool, now: Timestamp) {
        let patch = if self.may_write(slot) { self.status_patch(id, slot, now) } else { None };
        if slot.desired.is_some() && slot.source == trimtab_sync::Source::Ready {
            slot.render.moved = false;
        }
        let Some(patch) = patch else {
            slot.holding.ended();
            if record {
                // The cluster says it already.
                self.tell(id, trimtab_sync::Event::StatusWritten(Ok(())));
            }
            return;
        };
        self.metrics.status_writes.inc();
        let subresource = self.families.status_subresource(&id.kind);
        let writing = Writing { ticket: self.ticket(), record, finalizer: false };
        self.write(id, slot, patch, subresource, writing);
    }

    fn may_write(&self, slot: &Slot) -> bool {
        let foreign = matches!(slot.foreign, Foreign::Active(_) | Foreign::Settling { .. });
        !self.settings.observe && self.leading && !foreign
    }

    fn status_patch(&mut self, id: &AppId, slot: &Slot, now: Timestamp) -> Option<Value> {
        match &slot.parsed {
            Parsed::Invalid(conditions) => self.families.status_of_invalid(slot, conditions, now),
            Parsed::Valid(both) => {
                let report = self.report(id, slot, (&both.0, &both.1), now)?;
                self.families.status(slot, &both.0, &report, now)
            }
        }
    }

    /// Puts our finalizer on a resource, or takes it off.
    pub(super) fn write_finalizer(&mut self, id: &AppId, slot: &mut Slot, on: bool) {
        let patch = if on {
            self.families.with_finalizer(&slot.resource.value())
        } else {
            self.families.without_finalizer(&slot.resource.value())
        };
        match patch {
            Some(patch) if slot.writing.is_none() => {
                let writing = Writing { ticket: self.ticket(), record: false, finalizer: true };
                self.write(id, slot, patch, None, writing);
            }
            // A write is under way, which will change the state that this one must have: again after it.
            Some(_) => self.tell(id, trimtab_sync::Event::FinalizerWritten(Err(busy()))),
            None => self.tell(id, trimtab_sync::Event::FinalizerWritten(Ok(()))),
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a step of one look: the parts are borrowed apart from each other"
    )]
    fn write(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        patch: Value,
        subresource: Option<Arc<str>>,
        writing: Writing,
    ) {
        let ticket = writing.ticket;
        // Spec and requests belong to users: what touches them must be of the state that we saw.
        let exact = patch.get("operation").is_some() || patch.get("metadata").is_some();
        let begins = writing.record;
        slot.writing = Some(writing);
        self.effects.push(Effect::Write(WriteTask {
            begins,
            app: id.clone(),
            ticket,
            version: self.families.version(&id.kind),
            subresource,
            patch,
            uid: slot.uid.clone(),
            seen: exact.then(|| slot.resource_version.clone()),
        }));
    }

    /// A write came back.
    pub(super) fn written(
        &mut self,
        id: &AppId,
        ticket: u64,
        answer: Result<Box<Value>, WriteError>,
        now: Timestamp,
    ) {
        let Some(slot) = self.apps.get_mut(id) else { return };
        let Some(writing) = slot.writing.take_if(|writing| writing.ticket == ticket) else {
            return;
        };
        if !writing.finalizer {
            if answer.is_ok() {
                slot.holding.ended();
            } else {
                slot.render.moved = true;
                slot.holding.failed(writing.record, now.checked_add(AGAIN).unwrap_or(now));
            }
        }
        self.status_wakes.set(id, slot.holding.due());
        let result = match answer {
            Ok(resource) => {
                self.app_seen(*resource, now);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(app = %id, %error, "a status was not written; again in 2 s");
                Err(error.into())
            }
        };
        if writing.finalizer {
            self.tell(id, trimtab_sync::Event::FinalizerWritten(result));
        } else if writing.record {
            self.tell(id, trimtab_sync::Event::StatusWritten(result));
        } else {
            self.touch(id);
        }
    }
}

fn busy() -> trimtab_sync::Failure {
    let message = "another write is under way".to_owned();
    trimtab_sync::Failure { class: trimtab_model::Class::Retry, message }
}
