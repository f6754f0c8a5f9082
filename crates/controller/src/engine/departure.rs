//! Whose wish the deletion of a resource is (P4): when its definition or its namespace goes away, all
//! resources are deleted on the way, and that is no wish to delete what they have deployed.

use super::{ASK_AGAIN, Engine};
use crate::effect::Effect;
use crate::slot::{Departure, Slot};
use serde_json::Value;
use trimtab_model::{App, AppId, GroupKind, ObjectKey, Timestamp};
use trimtab_ports::cluster::Target;
use trimtab_sync::Failure;

const DEFINITION: &str = "CustomResourceDefinition";

impl Engine {
    /// Whether it is known whose wish the deletion of an application is. The namespace and the
    /// definition are asked after the deletion was seen, because watches may tell of them later: they
    /// are marked before what is in them is deleted.
    pub(super) fn is_wish_known(
        &mut self,
        id: &AppId,
        app: &App,
        slot: &mut Slot,
        now: Timestamp,
    ) -> bool {
        let ours = app.deleting.is_some() && slot.resource.finalizer;
        if !ours || !self.may_write(slot) || self.terminating.contains(&id.kind) {
            return true;
        }
        match slot.departure {
            Departure::Asked { namespace: Some(_), definition: Some(_) } => true,
            Departure::Asked { .. } => false,
            Departure::Again(at) if at > now => {
                self.wake(id, at);
                false
            }
            Departure::Unasked | Departure::Again(_) => {
                slot.departure = self.ask_departure(id);
                false
            }
        }
    }

    fn ask_departure(&mut self, id: &AppId) -> Departure {
        let namespace = GroupKind::new("", "Namespace");
        let key = ObjectKey::cluster(&namespace, id.namespace.as_str());
        self.effects.push(Effect::Read(id.clone(), Target { key, version: "v1".into() }));
        let definition = if let Some(served) = self.index.served(&id.kind) {
            let kind = GroupKind::new("apiextensions.k8s.io", DEFINITION);
            let key = ObjectKey::cluster(&kind, &format!("{}.{}", served.plural, id.kind.group));
            self.effects.push(Effect::Read(id.clone(), Target { key, version: "v1".into() }));
            None
        } else {
            // It is not served any more: its definition has gone.
            Some(true)
        };
        Departure::Asked { namespace: None, definition }
    }

    /// The namespace or the definition of an application that is being deleted.
    pub(super) fn departure_read(
        &mut self,
        id: &AppId,
        key: &ObjectKey,
        answer: Result<Option<Value>, Failure>,
        now: Timestamp,
    ) {
        let again = now.checked_add(ASK_AGAIN).unwrap_or(now);
        let Some(slot) = self.apps.get_mut(id) else { return };
        let Departure::Asked { namespace, definition } = &mut slot.departure else { return };
        match answer {
            Ok(object) => {
                let goes = object.as_ref().is_none_or(goes_away);
                let part = if key.kind.as_str() == DEFINITION { definition } else { namespace };
                *part = Some(goes);
            }
            Err(failure) => {
                tracing::warn!(app = %id.with_kind(), %key, reason = failure.message, seconds = ASK_AGAIN.as_secs(), "nobody can tell whose wish the deletion is; asked again");
                slot.departure = Departure::Again(again);
            }
        }
        self.touch(id);
    }

    /// Whether an application is deleted because its kind or its namespace goes away.
    pub(super) fn goes_away(&self, id: &AppId, slot: &Slot) -> bool {
        let asked = matches!(
            slot.departure,
            Departure::Asked { namespace: Some(true), .. }
                | Departure::Asked { definition: Some(true), .. }
        );
        asked || self.terminating.contains(&id.kind)
    }

    /// A definition was seen: whether it goes away.
    pub(super) fn note_terminating(&mut self, definition: &Value) {
        let text = |path: &str| definition.pointer(path).and_then(Value::as_str);
        let (Some(group), Some(kind)) = (text("/spec/group"), text("/spec/names/kind")) else {
            return;
        };
        let kind = GroupKind::new(group, kind);
        let changed = if goes_away(definition) {
            self.terminating.insert(kind.clone())
        } else {
            self.terminating.remove(&kind)
        };
        if changed {
            let all: Vec<AppId> =
                self.apps.keys().filter(|app| app.kind == kind).cloned().collect();
            for app in all {
                self.touch(&app);
            }
        }
    }
}

/// Whether an object is being deleted, or says that it ends.
fn goes_away(object: &Value) -> bool {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let ends =
        |condition: &Value| condition["type"] == "Terminating" && condition["status"] == "True";
    object.pointer("/metadata/deletionTimestamp").is_some()
        || object.pointer("/status/phase").is_some_and(|phase| phase == "Terminating")
        || conditions.into_iter().flatten().any(ends)
}
