//! What an application's life asks for, as effects.

use super::Engine;
use crate::effect::{AnnounceTask, ApplyTask, DeleteTask, Effect, Entries};
use crate::slot::{Looking, Slot};
use trimtab_crd::Event;
use trimtab_merge::{Schema, set_of};
use trimtab_model::{App, AppId, Document, ResourceVersion, Timestamp, Uid};
use trimtab_plan::{Action, Reason, Schemas};
use trimtab_ports::cluster::Mode;
use trimtab_sync::Announcement;

impl Engine {
    /// One effect of an application's life, as an effect of ours.
    #[expect(
        clippy::too_many_arguments,
        reason = "a step of one look: the parts are borrowed apart from each other"
    )]
    pub(super) fn ask(
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
            trimtab_sync::Effect::Withdraw => slot.withdraw(),
            trimtab_sync::Effect::DryRun { key, version, body, desired, against } => {
                let Some(row) = self.index.row(&key) else { return };
                if !slot.dry_runs.insert(key.clone()) {
                    return;
                }
                let mode = Mode::Update {
                    uid: row.uid.clone(),
                    seen: against,
                    entry: row.entry,
                    exactly: false,
                };
                let manager = app.tracking.manager.clone();
                let (app, life, right) = (id.clone(), slot.life, slot.right.clone());
                self.effects.push(Effect::DryRun(ApplyTask {
                    app,
                    life,
                    right,
                    key,
                    version,
                    body,
                    desired,
                    manager,
                    mode,
                }));
            }
            trimtab_sync::Effect::LookAtSources => {
                slot.looking = Looking::Awaited;
                self.ask_sources(id, app, slot, now);
                if self.is_answered(id, app, slot) {
                    // There is nothing to learn: no look will come back.
                    self.touch(id);
                }
            }
            trimtab_sync::Effect::AddFinalizer => self.write_finalizer(id, slot, true),
            trimtab_sync::Effect::RemoveFinalizer => self.write_finalizer(id, slot, false),
            trimtab_sync::Effect::Announce(announcement) => {
                if announcement.what == trimtab_sync::Happening::OperationCompleted {
                    self.count_operation(id, slot, announcement.warning);
                }
                self.announce(id, app, slot, &announcement);
            }
            trimtab_sync::Effect::Park(said) => self.park(id, slot, &said, now),
            trimtab_sync::Effect::Wake(at) => self.wake(id, at.max(now)),
        }
    }

    /// Tells people something, in the family's words. Under `--observe` nothing is written, events
    /// neither.
    pub(super) fn announce(&mut self, id: &AppId, app: &App, slot: &Slot, told: &Announcement) {
        if self.settings.observe {
            return;
        }
        let event = self.families.event(told, app, &slot.state);
        self.post(id, (&slot.uid, &slot.resource_version), event);
    }

    /// Posts an event about one incarnation of a resource of ours, as it was seen.
    pub(super) fn post(&mut self, id: &AppId, (uid, seen): (&Uid, &ResourceVersion), event: Event) {
        self.effects.push(Effect::Announce(Box::new(AnnounceTask {
            app: id.clone(),
            version: self.families.version(&id.kind),
            uid: uid.clone(),
            seen: seen.clone(),
            event,
        })));
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
            tracing::warn!(app = %id.with_kind(), revision, objects, reason = operation.message, "sync failed");
        } else {
            tracing::info!(app = %id.with_kind(), revision, objects, "synced");
        }
    }

    fn carry(&mut self, id: &AppId, app: &App, slot: &Slot, step: &trimtab_plan::Step) {
        let body = match &step.action {
            Action::Create(body) | Action::Update { body, .. } => Some(body),
            Action::Prune { .. } => None,
        };
        // A newer render may have taken the place of the one that the step comes from: what is applied
        // then is not what it desires, and the next look compares the documents.
        let desired = slot
            .desired
            .as_ref()
            .and_then(|(desired, _)| desired.objects.get(&step.key))
            .filter(|object| Some(&object.body) == body)
            .map_or_else(|| trimtab_model::Digest::of(b""), |object| object.digest);
        let manager = app.tracking.manager.clone();
        let task = |body: Document, mode: Mode| ApplyTask {
            app: id.clone(),
            life: slot.life,
            right: slot.right.clone(),
            key: step.key.clone(),
            version: step.version.clone(),
            desired,
            body,
            manager: manager.clone(),
            mode,
        };
        let effect = match step.action {
            Action::Create(ref body) => Effect::Apply(task(body.clone(), Mode::Create)),
            Action::Update { ref body, ref uid, ref seen, migrate } => {
                let entry = self.index.row(&step.key).and_then(|row| row.entry);
                // Of several that take one over, one does; the others look again.
                let exactly = matches!(step.reason, Reason::Adopt | Reason::HandOver(_));
                let mode = Mode::Update { uid: uid.clone(), seen: seen.clone(), entry, exactly };
                let task = task(body.clone(), mode);
                if migrate {
                    let entries = self.entries(app, &task);
                    Effect::Migrate(task, entries)
                } else {
                    Effect::Apply(task)
                }
            }
            Action::Prune { ref uid, ref seen, propagation } => Effect::Delete(DeleteTask {
                app: id.clone(),
                life: slot.life,
                right: slot.right.clone(),
                key: step.key.clone(),
                version: step.version.clone(),
                uid: uid.clone(),
                seen: seen.clone(),
                propagation,
            }),
        };
        self.effects.push(effect);
    }

    /// What the object's managers must become before it is applied.
    fn entries(&self, app: &App, task: &ApplyTask) -> Entries {
        let kind = task.key.group_kind().at(task.version.clone());
        let custom = || self.schemas.schema(&kind).map(|schema| (*schema).clone());
        let schema = Schema::built_in(&kind).or_else(custom);
        Entries {
            predecessors: app.tracking.predecessors.clone(),
            own: schema.map(|schema| set_of(&schema, &task.body.value())),
        }
    }
}
