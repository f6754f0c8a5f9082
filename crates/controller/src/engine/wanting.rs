//! Who wants which object.

use super::Engine;
use std::collections::BTreeSet;
use trimtab_model::{AppId, ObjectKey};

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
}
