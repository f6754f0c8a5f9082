//! Bugs of ours: each stops one application, and the process goes on.

use super::Engine;
use crate::holding::Holding;
use crate::shell::said;
use crate::slot::{Looking, Parsed, Render, Slot};
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use trimtab_model::{AppId, Class, Digest, Timestamp};
use trimtab_ports::cluster::WriteError;
use trimtab_sync::{Condition, ConditionKind, Failure, State, Urgency};

impl Engine {
    /// Does something for one application. When it panics, what it asked for on the application's
    /// behalf is not done; the sentence says what was wrong.
    pub(super) fn guarded(&mut self, work: impl FnOnce(&mut Self)) -> Result<(), String> {
        let (effects, renders) = (self.effects.len(), self.renders.len());
        let done = catch_unwind(AssertUnwindSafe(|| work(self)));
        done.map_err(|panic| {
            // Watches were noted as begun or ended: those effects are everybody's, and stay.
            let asked = self.effects.split_off(effects);
            self.effects.extend(asked.into_iter().filter(|effect| !effect.is_of_application()));
            self.renders.truncate(renders);
            said(&*panic)
        })
    }

    /// Stops an application until its users write something else, or until the process begins anew.
    /// What was touched half-way is not trusted: nothing of its life is kept.
    pub(super) fn park(&mut self, id: &AppId, slot: &mut Slot, said: &str, now: Timestamp) {
        self.metrics.panics.inc();
        tracing::error!(app = %id.with_kind(), said, "a bug of ours: the application is parked");
        let again = slot.parked.is_some();
        slot.parsed = Parsed::Invalid(vec![bug(said)]);
        slot.parked = Some(written(&slot.resource.value()));
        slot.lives = false;
        slot.right.end();
        slot.state = State::default();
        slot.looking = Looking::NotAsked;
        slot.render = Render::default();
        slot.desired = None;
        slot.dry_runs.clear();
        (slot.moving, slot.writing) = (None, None);
        slot.holding = Holding::default();
        self.news.remove(id);
        self.wakes.set(id, None);
        // A status that cannot be written without a panic is not tried again and again.
        if !again {
            self.want_status(id, slot, Urgency::News, now);
        }
    }

    /// Something that was done outside of the loop panicked. Whoever waits for its answer waits no
    /// longer: an application is parked, a source's write counts as refused.
    pub(super) fn crashed(
        &mut self,
        whose: Option<(AppId, Option<u64>)>,
        said: &str,
        now: Timestamp,
    ) {
        let parked = whose.as_ref().and_then(|(id, _)| self.apps.remove_entry(id));
        if let Some((id, mut slot)) = parked {
            self.park(&id, &mut slot, said, now);
            self.apps.insert(id, slot);
            return;
        }
        self.metrics.panics.inc();
        tracing::error!(said, "a bug of ours, please report it");
        if let Some((source, Some(ticket))) = whose {
            let failure = Failure { class: Class::Bug, message: said.to_owned() };
            self.source_written(&source, ticket, Err(WriteError::Refused(failure)), now);
        }
    }

    /// Reads a resource; a panic makes it one that cannot be read.
    pub(super) fn parsed_or_bug(&self, parse: impl FnOnce() -> Parsed) -> Parsed {
        catch_unwind(AssertUnwindSafe(parse)).unwrap_or_else(|panic| {
            self.metrics.panics.inc();
            let said = said(&*panic);
            tracing::error!(said, "a bug of ours: a resource cannot be read");
            Parsed::Invalid(vec![bug(&said)])
        })
    }
}

fn bug(said: &str) -> Condition {
    let message = format!(
        "a bug of ours stopped this application ({said}): nothing is done for it until its spec changes or Trimtab starts anew; please report it"
    );
    Condition { kind: ConditionKind::Unknown, message }
}

/// What users have written into a resource, as far as it can act.
pub(super) fn written(resource: &Value) -> Digest {
    let part = |path: &str| resource.pointer(path);
    Digest::of_json(&json!([
        part("/spec"),
        part("/operation"),
        part("/metadata/annotations"),
        part("/metadata/deletionTimestamp"),
    ]))
}

#[cfg(test)]
mod tests {
    use crate::effect::Effect;
    use crate::sources::Pace;
    use crate::{Engine, Families, Metrics, Settings, in_cluster};
    use std::sync::Arc;
    use std::time::Duration;
    use trimtab_model::{AppId, GroupKind, ObjectKey};
    use trimtab_ports::cluster::Target;

    fn engine() -> Engine {
        let pace = Pace { poll: Duration::from_mins(2), jitter: Duration::ZERO };
        let settings =
            Settings { namespace: "argocd".into(), observe: false, pace, secret_key: [7; 32] };
        let families = Families::new(&settings.namespace);
        Engine::new(settings, families, in_cluster(), Arc::new(Metrics::default()))
    }

    #[test]
    fn of_what_was_asked_for_before_a_panic_only_what_is_everybody_s_is_done() {
        let mut engine = engine();
        let kind = GroupKind::new("", "ConfigMap");
        let key = ObjectKey::namespaced(&kind, "shop", "a");
        let kind = GroupKind::new("argoproj.io", "Application");
        let app = AppId { kind, namespace: "argocd".into(), name: "one".into() };
        let said = engine.guarded(|engine| {
            let target = Target { key, version: "v1".into() };
            engine.effects.extend([Effect::Read(app, target), Effect::Unwatch(7)]);
            assert!(engine.effects.is_empty(), "a bug");
        });
        assert!(said.is_err_and(|said| said.contains("a bug")));
        assert!(matches!(engine.effects[..], [Effect::Unwatch(7)]), "{:?}", engine.effects);
    }
}
