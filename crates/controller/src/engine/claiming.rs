//! What the others may have a say in (P3): their wishes, as far as they may have what they wish.

use super::{Engine, Reading};
use crate::claims::{Others, Reach, Wishes};
use crate::slot::{Parsed, Slot};
use std::collections::BTreeSet;
use trimtab_model::{ObjectKey, OwnerClaim, Scope};
use trimtab_plan::{Claimant, Claims, Elsewhere, Refusal, Wanted};
use trimtab_sync::Source as SourceView;

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
        self.registry.wanted(key, ours, |reach| self.may_have(reach, key))
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
    /// Whether an application may have an object: what it may not have, it cannot keep from others by
    /// wishing for it, nor by a status that somebody wrote.
    fn may_have(&self, reach: &Reach, key: &ObjectKey) -> bool {
        let project = match reach {
            Reach::Everything => return true,
            Reach::Nothing => return false,
            // What it permits is not known yet.
            Reach::Project(_) if !self.is_read(Reading::Projects) => return true,
            Reach::Project(name) => self.projects.get(name),
        };
        let scope = if key.namespace.is_some() { Scope::Namespaced } else { Scope::Cluster };
        project.is_some_and(|project| project.permits_object(key, scope, &self.cluster).is_ok())
    }

    /// Takes note of what an application wants, for those who would remove or take it.
    pub(super) fn note_wishes(&mut self, claim: &OwnerClaim, slot: &Slot) {
        let wishes = self.wishes(slot);
        if self.registry.note(claim, wishes, slot.reach.clone()) {
            self.touch_all(self.waiting.on(claim));
        }
    }

    /// An application's render is no longer the latest, or it is after all.
    pub(super) fn doubt_wishes(&mut self, claim: &OwnerClaim, others: Others) {
        if self.registry.doubt(claim, others) {
            self.touch_all(self.waiting.on(claim));
        }
    }

    /// What an application wants, as far as its render is known.
    pub(super) fn wishes(&self, slot: &Slot) -> Wishes {
        let desired = slot.desired.as_ref().map(|(desired, _)| &**desired);
        // What a file may have held that holds nothing now is still its own, as it is while prunes wait.
        let is_whole =
            desired.is_some_and(|desired| desired.complete && !slot.state.may_have_lost(desired));
        let mut others = match (&slot.parsed, &slot.source) {
            (Parsed::Invalid(_), _) => Others::Unsaid,
            _ if slot.parked.is_some() => Others::Unsaid,
            (_, SourceView::Ready) if is_whole => Others::Unwanted,
            (_, SourceView::Coming) => Others::Possible,
            _ => Others::Unsaid,
        };
        let mut keys = BTreeSet::new();
        if let Some(desired) = desired {
            keys.extend(desired.objects.keys().chain(desired.left_alone.keys()).cloned());
            // What is refused is wished for all the same, unless it never may be had.
            let refused = desired.refused.iter();
            let refused = refused.filter(|(_, why)| !matches!(why, Refusal::NotPermitted(_)));
            keys.extend(refused.map(|(key, _)| key.clone()));
        }
        if others != Others::Unwanted {
            let written = (!slot.lives).then(|| self.written_inventory(slot));
            match written.as_ref().unwrap_or_else(|| slot.state.inventory()).known() {
                Ok(entries) => keys.extend(entries.keys().cloned()),
                Err(_) => others = Others::Possible,
            }
        }
        Wishes { keys, others }
    }
}

/// Whether an application has written down that it has an object, and its whole render has it.
fn has(slot: &Slot, key: &ObjectKey) -> bool {
    let desired = slot.desired.as_ref().map(|(desired, _)| desired);
    desired.is_some_and(|desired| desired.complete && desired.objects.contains_key(key))
        && slot.state.inventory().known().is_ok_and(|entries| entries.contains_key(key))
}
