//! Applications of other namespaces (P3): a mark that names neither namespace nor installation may be
//! theirs. They are watched only while some object's owner depends on whether they are there.

use super::{Engine, Reading};
use crate::slot::Slot;
use std::collections::BTreeSet;
use std::sync::Arc;
use trimtab_model::{AppId, GroupVersionKind, ObjectKey, OwnerClaim};
use trimtab_plan::{Assessment, Elsewhere};

impl Engine {
    /// Whether another namespace has an application that a mark may mean.
    pub(super) fn found_elsewhere(&self, claim: &OwnerClaim) -> Elsewhere {
        let Some((kind, name)) = self.families.in_any_namespace(claim) else {
            return Elsewhere::Nobody;
        };
        let mut all = self.index.namespaces_with(&kind, &name);
        if let Some(namespace) = all.find(|found| **found != self.settings.namespace) {
            return Elsewhere::Is(self.families.owner_in(namespace, &name));
        }
        let key = self.any_application();
        if self.index.is_whole(&key) || self.index.served(&kind).is_none() {
            return Elsewhere::Nobody;
        }
        let why: Option<&Arc<str>> = self.index.trouble(&key);
        let unread = || "the applications of other namespaces have not been read yet".into();
        Elsewhere::Unknown(why.cloned().unwrap_or_else(unread))
    }

    /// The assessment, unless it depends on applications of other namespaces that are not read yet; and
    /// the marks that may mean such applications.
    pub(super) fn once_known(
        &self,
        mut assessment: Assessment,
    ) -> (Option<Assessment>, BTreeSet<OwnerClaim>) {
        let mut doubts = std::mem::take(&mut assessment.doubts);
        doubts.retain(|claim| self.families.in_any_namespace(claim).is_some());
        let key = self.any_application();
        let is_read = || {
            self.index.is_whole(&key)
                || self.index.trouble(&key).is_some()
                || self.index.served(&key.group_kind()).is_none()
        };
        let is_known = doubts.is_empty() || is_read();
        (is_known.then_some(assessment), doubts)
    }

    /// Takes note of the marks of an application's objects that may mean applications of other
    /// namespaces.
    pub(super) fn note_doubts(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        doubts: BTreeSet<OwnerClaim>,
    ) {
        if doubts == slot.doubts {
            return;
        }
        if doubts.is_empty() {
            self.doubting.remove(id);
        } else {
            self.doubting.insert(id.clone());
        }
        slot.doubts = doubts;
        // The next look has them watched, or lets them go.
        self.touch(id);
    }

    /// The kind of those applications, where some are asked for.
    pub(super) fn asked_elsewhere(&self, slot: &Slot) -> Option<GroupVersionKind> {
        (!slot.doubts.is_empty()).then(|| self.families.kind(Reading::Applications))
    }

    /// An application of another namespace has come, changed or gone: who waits to know is looked at.
    pub(super) fn seen_elsewhere(&mut self, key: &ObjectKey) {
        if self.doubting.is_empty() || key.group_kind() != self.any_application().group_kind() {
            return;
        }
        let depends = |id: &&AppId| {
            let slot = self.apps.get(id);
            slot.is_some_and(|slot| slot.doubts.iter().any(|c| *c.owner == *key.name.as_str()))
        };
        let touched: BTreeSet<AppId> = self.doubting.iter().filter(depends).cloned().collect();
        self.touch_all(touched);
    }

    fn any_application(&self) -> ObjectKey {
        let kind = self.families.kind(Reading::Applications).group_kind();
        ObjectKey::namespaced(&kind, self.settings.namespace.as_str(), "")
    }
}
