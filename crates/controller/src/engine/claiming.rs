//! What the others may have a say in (P3): their wishes, as far as they may have what they wish.

use super::Engine;
use crate::slot::Slot;
use trimtab_model::{ObjectKey, OwnerClaim, Scope};
use trimtab_plan::{Claimant, Claims, Elsewhere, Wanted};

impl Claims for Engine {
    fn status_of(&self, claim: &OwnerClaim, key: &ObjectKey) -> Claimant {
        let claim = self.families.known_as(claim);
        match self.registry.status_of(&claim, key) {
            // Whoever is not read here may still be there, and nobody here will ever know better.
            Claimant::Gone if !self.families.serves(&claim) => Claimant::HasIt,
            status => status,
        }
    }

    fn elsewhere(&self, claim: &OwnerClaim) -> Elsewhere {
        self.found_elsewhere(claim)
    }

    fn wanted(&self, key: &ObjectKey, ours: &OwnerClaim) -> Wanted {
        self.registry.wanted(key, ours, |claim| self.may_have(claim, key))
    }

    fn creator(&self, key: &ObjectKey, ours: &OwnerClaim) -> Option<OwnerClaim> {
        let desiring = self.desiring.get(key).into_iter().flatten();
        let slots = desiring.filter_map(|id| self.apps.get(id));
        let claims = slots.filter(|slot| has(slot, key)).filter_map(|slot| slot.app());
        let claims = claims.map(|app| &app.tracking.claim).filter(|claim| *claim != ours);
        claims.min().cloned()
    }
}

impl Engine {
    /// Whether an application's project permits it an object: what it may not have, it cannot keep from
    /// others by wishing for it, nor by a status that somebody wrote.
    fn may_have(&self, claim: &OwnerClaim, key: &ObjectKey) -> bool {
        let slot = self.claimants.get(claim).and_then(|id| self.apps.get(id));
        let Some(app) = slot.and_then(Slot::app) else { return true };
        if !self.families.has_projects(&app.id.kind) {
            return true;
        }
        let scope = if key.namespace.is_some() { Scope::Namespaced } else { Scope::Cluster };
        let project = self.project(app);
        project.is_some_and(|project| project.permits_object(key, scope, &self.cluster).is_ok())
    }
}

/// Whether an application has written down that it has an object, and its whole render has it.
fn has(slot: &Slot, key: &ObjectKey) -> bool {
    let desired = slot.desired.as_ref().map(|(desired, _)| desired);
    desired.is_some_and(|desired| desired.complete && desired.objects.contains_key(key))
        && slot.state.inventory().known().is_ok_and(|entries| entries.contains_key(key))
}
