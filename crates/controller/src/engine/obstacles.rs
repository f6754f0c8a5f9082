//! What stands in the way of a resource is told when its status says so for the first time: to people as an
//! event, and in the log. The status in the cluster remembers what was told, so that neither the next write
//! nor the next process tells it again, and a resource in whose way nothing stands costs nothing.

use super::Engine;
use crate::slot::Slot;
use serde_json::Value;
use trimtab_crd::Obstacle;
use trimtab_model::AppId;
use trimtab_sync::Operation;

impl Engine {
    /// Tells what stands in the way of an application, where this write of its status is the first to say
    /// so. Without a patch the status says all that there is to say.
    pub(super) fn tell_obstacles(&mut self, id: &AppId, slot: &mut Slot, patch: Option<&Value>) {
        let resource = || slot.resource.value();
        let news = self.new_obstacles(id, patch, resource, slot.state.operation());
        if news != slot.obstacles_told {
            let resource = resource();
            let revision = slot.render.of.as_ref().and_then(|(revisions, _)| revisions.first());
            for obstacle in &news {
                let Obstacle { reason, message } = obstacle;
                tracing::warn!(app = %id.with_kind(), reason, why = message, "held up");
                let event = self.families.obstacle_event(obstacle, id, &resource, revision);
                self.post(id, (&slot.uid, &slot.resource_version), event);
            }
        }
        slot.obstacles_told = news;
    }

    /// The same of a source.
    pub(super) fn tell_source_obstacles(&mut self, id: &AppId, patch: Option<&Value>) {
        let Some(slot) = self.git_sources.get(id) else { return };
        let resource = slot.resource.clone();
        let news = self.new_obstacles(id, patch, || Value::clone(&resource), None);
        if news != slot.obstacles_told {
            let (uid, seen) = (slot.uid.clone(), slot.resource_version.clone());
            for obstacle in &news {
                let Obstacle { reason, message } = obstacle;
                tracing::warn!(source = %id, reason, why = message, "held up");
                let event = self.families.obstacle_event(obstacle, id, &resource, None);
                self.post(id, (&uid, &seen), event);
            }
        }
        if let Some(slot) = self.git_sources.get_mut(id) {
            slot.obstacles_told = news;
        }
    }

    /// What a patch says that stands in the way, and the resource in the cluster does not.
    fn new_obstacles(
        &self,
        id: &AppId,
        patch: Option<&Value>,
        resource: impl FnOnce() -> Value,
        operation: Option<&Operation>,
    ) -> Vec<Obstacle> {
        let now = patch.map(|patch| self.families.obstacles(&id.kind, patch, operation));
        let Some(now) = now.filter(|now| !now.is_empty()) else { return Vec::new() };
        Obstacle::news(&self.families.obstacles(&id.kind, &resource(), operation), now)
    }
}
