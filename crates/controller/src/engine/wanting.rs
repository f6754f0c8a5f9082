//! Who wants which object, or lists it.

use super::Engine;
use crate::slot::Slot;
use std::collections::BTreeSet;
use trimtab_model::{AppId, ObjectKey};

impl Engine {
    /// Takes note of what an application desires.
    pub(super) fn desires(&mut self, id: &AppId, keys: BTreeSet<ObjectKey>) {
        self.no_longer_desires(id);
        for key in keys {
            self.follow(id, key);
        }
    }

    /// An application hears of what it lists too, also where it does not want it: somebody else may take
    /// it over, or remove it.
    pub(super) fn follow_listed(&mut self, id: &AppId, slot: &Slot) {
        let followed = self.desired_by.get(id);
        let is_new = |key: &&ObjectKey| followed.is_none_or(|followed| !followed.contains(*key));
        let listed = slot.state.inventory().known().into_iter().flat_map(|entries| entries.keys());
        let new: Vec<ObjectKey> = listed.filter(is_new).cloned().collect();
        for key in new {
            self.follow(id, key);
        }
    }

    fn follow(&mut self, id: &AppId, key: ObjectKey) {
        self.desiring.entry(key.clone()).or_default().insert(id.clone());
        self.desired_by.entry(id.clone()).or_default().insert(key);
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
}
