//! What is written into resources of ours.

use super::{Engine, Unread};
use crate::effect::{Effect, WriteTask};
use crate::holding::{WRITE_AGAIN, Weight};
use crate::slot::{Foreign, Parsed, Slot, What, Writing};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use trimtab_model::{AppId, Class, Order, Timestamp, limit};
use trimtab_ports::cluster::WriteError;
use trimtab_sync::{Report, Room, Urgency};

/// How soon a record is tried again that cannot be written as things stand: its inventory has no room
/// anywhere, or nothing may be decided.
const STUCK_AGAIN: Duration = Duration::from_secs(30);

/// How long the end of a sync waits for the health of what it applied.
const SETTLE: Duration = Duration::from_millis(limit::STATUS_SETTLE_MILLISECONDS_MAX);

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
        self.status_wakes.set(id, slot.due());
    }

    /// Writes a status whose time has come.
    pub(super) fn write_status(&mut self, id: &AppId, now: Timestamp) {
        let Some(mut slot) = self.apps.remove(id) else { return };
        let wrote = self.guarded(|engine| {
            if slot.writing.is_none()
                && let Some(record) = slot.holding.begin(now)
            {
                engine.judge(id, &mut slot);
                engine.begin_write(id, &mut slot, record, now);
            }
        });
        if let Err(said) = wrote {
            self.park(id, &mut slot, &said, now);
        }
        self.status_wakes.set(id, slot.due());
        self.apps.insert(id.clone(), slot);
    }

    fn begin_write(&mut self, id: &AppId, slot: &mut Slot, record: bool, now: Timestamp) {
        if let Some(unread) = self.unread(id).filter(|_| self.may_write(slot)) {
            self.put_waiting(id, slot, (record, &unread), now);
            return;
        }
        let report = if self.may_write(slot) { self.report_of(id, slot, now) } else { None };
        let until = report.as_ref().and_then(|report| settles(slot, report));
        if let Some(until) = until.filter(|until| !record && *until > now) {
            slot.holding.put_off(false, until);
            return;
        }
        match &report {
            Some(report) if self.move_inventory(id, slot, report, record) != Room::Shards => {
                // Without a shard on its way there is no room for it, which the status must not hide.
                if slot.writing.is_none() {
                    let again = now.checked_add(STUCK_AGAIN).unwrap_or(now);
                    slot.holding.put_off(record, again);
                }
            }
            _ => self.put_status(id, slot, (record, report), now),
        }
    }

    /// Writes the status, after the shards that had to be written before it.
    pub(super) fn begin_status(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        record: bool,
        now: Timestamp,
    ) {
        let report = if self.may_write(slot) { self.report_of(id, slot, now) } else { None };
        if report.as_ref().is_some_and(|report| !self.is_housed(slot, report)) {
            // It has changed meanwhile: from the beginning.
            slot.moving = None;
            slot.holding.put_off(record, now);
            return;
        }
        self.put_status(id, slot, (record, report), now);
    }

    fn put_status(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        (record, report): (bool, Option<Report>),
        now: Timestamp,
    ) {
        if record && report.is_none() && slot.app().is_some() {
            // Too little is known to say anything, so that nothing was written either.
            let pause = if self.may_write(slot) { WRITE_AGAIN } else { STUCK_AGAIN };
            slot.holding.put_off(true, now.checked_add(pause).unwrap_or(now));
            return;
        }
        let patch = self.status_patch(slot, report.as_ref(), now);
        self.tell_obstacles(id, slot, patch.as_ref());
        if slot.desired.is_some() && slot.source == trimtab_sync::Source::Ready {
            slot.render.moved = false;
        }
        let Some(patch) = patch else {
            if record {
                // The cluster says it already.
                self.tell(id, trimtab_sync::Event::StatusWritten(Ok(())));
            }
            self.after_status(id, slot);
            return;
        };
        self.put(id, slot, patch, if record { What::Record } else { What::News });
    }

    /// Says why nothing is decided. A record that effects wait for is written when something is again.
    fn put_waiting(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        (record, unread): (bool, &Unread),
        now: Timestamp,
    ) {
        let patch = self.families.status_of_waiting(slot, unread, now);
        let patch = patch.filter(|_| !self.is_passed_over(slot));
        self.tell_obstacles(id, slot, patch.as_ref());
        match patch {
            Some(patch) => {
                if record {
                    slot.holding.want(Weight::Record, now);
                }
                self.put(id, slot, patch, What::News);
            }
            None if record => {
                let again = now.checked_add(STUCK_AGAIN).unwrap_or(now);
                slot.holding.failed(true, again);
            }
            None => slot.holding.ended(),
        }
    }

    fn is_passed_over(&self, slot: &Slot) -> bool {
        slot.app().is_some_and(|app| self.families.is_passed_over(app))
    }

    fn put(&mut self, id: &AppId, slot: &mut Slot, patch: Value, what: What) {
        self.metrics.status_writes.inc();
        let subresource = self.families.status_subresource(&id.kind);
        let writing = Writing { ticket: self.ticket(), what, seen: slot.resource_version.clone() };
        self.write(id, slot, patch, subresource, writing);
    }

    /// The status says it: shards that nobody needs any more go.
    fn after_status(&mut self, id: &AppId, slot: &mut Slot) {
        if !self.next_shard(id, slot) {
            slot.moving = None;
            slot.holding.ended();
        }
    }

    pub(super) fn may_write(&self, slot: &Slot) -> bool {
        let foreign = matches!(slot.foreign, Foreign::Active(_) | Foreign::Settling { .. });
        !self.settings.observe && self.leading && !foreign
    }

    fn report_of(&mut self, id: &AppId, slot: &Slot, now: Timestamp) -> Option<Report> {
        match &slot.parsed {
            Parsed::Invalid(_) => None,
            Parsed::Valid(both) => self.report(id, slot, (&both.0, &both.1), now),
        }
    }

    fn status_patch(&self, slot: &Slot, report: Option<&Report>, now: Timestamp) -> Option<Value> {
        match &slot.parsed {
            Parsed::Invalid(conditions) if self.may_write(slot) => {
                self.families.status_of_invalid(slot, conditions, now)
            }
            Parsed::Invalid(_) => None,
            Parsed::Valid(both) => self.families.status(slot, &both.0, report?, now),
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
                let (ticket, what) = (self.ticket(), What::Finalizer);
                let writing = Writing { ticket, what, seen: slot.resource_version.clone() };
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
        let begins = writing.what == What::Record;
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
        let Some(mut slot) = self.apps.remove(id) else { return };
        let Some(writing) = slot.writing.take_if(|writing| writing.ticket == ticket) else {
            self.apps.insert(id.clone(), slot);
            return;
        };
        // The state that stood in the way is here already: nothing else will tell of it.
        let is_stale = matches!(answer, Err(WriteError::Stale(_)));
        let overtaken = is_stale && slot.resource_version != writing.seen;
        let mut again = WRITE_AGAIN;
        if writing.what != What::Finalizer {
            if answer.is_ok() {
                slot.holding.written();
                self.after_status(id, &mut slot);
            } else {
                slot.moving = None;
                slot.render.moved = true;
                let record = writing.what == What::Record;
                let class = answer.as_ref().map_or_else(WriteError::class, |_| Class::Retry);
                if overtaken {
                    again = Duration::ZERO;
                    slot.holding.put_off(record, now);
                } else {
                    again = slot.holding.came_back(record, class, now);
                }
            }
        }
        self.status_wakes.set(id, slot.due());
        self.apps.insert(id.clone(), slot);
        let result = match answer {
            Ok(resource) => {
                self.app_seen(*resource, now);
                Ok(())
            }
            Err(error) if overtaken => {
                tracing::debug!(app = %id.with_kind(), %error, "a status was not written; again");
                Err(error.into())
            }
            Err(error) => {
                tracing::warn!(app = %id.with_kind(), %error, seconds = again.as_secs(), "a status was not written; again");
                Err(error.into())
            }
        };
        match writing.what {
            What::Finalizer => self.tell(id, trimtab_sync::Event::FinalizerWritten(result)),
            What::Record => self.tell(id, trimtab_sync::Event::StatusWritten(result)),
            What::News | What::Shard => self.touch(id),
        }
    }
}

/// Until when the end of a sync may wait to be told with the health that it brings, in the family that
/// shows one: most that become healthy do so at once, and cost no write of their own then.
fn settles(slot: &Slot, report: &Report) -> Option<Timestamp> {
    let shows_health = slot.app().is_some_and(|app| app.policy.order == Order::Waves);
    report.settles_since().filter(|_| shows_health)?.checked_add(SETTLE).ok()
}

fn busy() -> trimtab_sync::Failure {
    let message = "another write is under way".to_owned();
    trimtab_sync::Failure { class: Class::Retry, message }
}
