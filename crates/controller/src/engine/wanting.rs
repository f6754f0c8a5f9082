//! Who wants which object.

use super::Engine;
use crate::claims::Wishes;
use crate::slot::Slot;
use std::collections::BTreeSet;
use trimtab_model::{App, AppId, ObjectKey};
use trimtab_sync::Source as SourceView;

impl Engine {
    /// Takes note of what an application desires.
    pub(super) fn desires(&mut self, id: &AppId, keys: BTreeSet<ObjectKey>) {
        self.no_longer_desires(id);
        for key in keys {
            self.desiring.entry(key.clone()).or_default().insert(id.clone());
            self.desired_by.entry(id.clone()).or_default().insert(key);
        }
    }

    pub(super) fn no_longer_desires(&mut self, id: &AppId) {
        for key in self.desired_by.remove(id).into_iter().flatten() {
            if let Some(apps) = self.desiring.get_mut(&key) {
                apps.remove(id);
                if apps.is_empty() {
                    self.desiring.remove(&key);
                }
            }
        }
    }

    /// Takes note of what an application wants, for those who would remove or take it (P3).
    pub(super) fn note_wishes(&mut self, app: &App, slot: &Slot, source: &SourceView) {
        let latest = matches!(source, SourceView::Ready);
        let applied = || match slot.state.inventory().known() {
            Ok(entries) => Wishes::Applied(entries.keys().cloned().collect()),
            Err(_) => Wishes::Unknown,
        };
        let wishes = match &slot.desired {
            Some((desired, _)) if latest && desired.complete => {
                let keys = desired.objects.keys().chain(desired.left_alone.keys());
                Wishes::Known(keys.cloned().collect())
            }
            // What is on its way for the first time may be anything, and is known in a moment.
            None if matches!(source, SourceView::Coming) && slot.state.operation().is_none() => {
                Wishes::Unknown
            }
            _ => applied(),
        };
        if self.registry.note(&app.tracking.claim, wishes) {
            let waiting: Vec<AppId> = self.apps.keys().cloned().collect();
            for app in waiting {
                if self.apps.get(&app).is_some_and(|slot| slot.state.waits_for_claims()) {
                    self.touch(&app);
                }
            }
        }
    }
}
