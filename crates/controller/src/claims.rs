//! Which application has which object, as far as renders are known (P3).

use std::collections::{BTreeMap, BTreeSet};
use trimtab_model::{ObjectKey, OwnerClaim};
use trimtab_plan::{Claimant, Wanted};

/// What is known of every application's wishes. Questions cost what their object has, and not what
/// there are applications.
#[derive(Debug, Default)]
pub struct Registry {
    /// All resources have been seen: who is not here does not exist.
    pub complete: bool,
    apps: BTreeMap<OwnerClaim, Wishes>,
    /// Who has an object among its wishes, known or applied.
    wanted: BTreeMap<ObjectKey, BTreeSet<OwnerClaim>>,
    /// Who may want anything.
    unknown: BTreeSet<OwnerClaim>,
}

/// What is known of one application's wishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wishes {
    /// Its latest complete render has exactly these objects.
    Known(BTreeSet<ObjectKey>),
    /// Its render is not known; what it is written to have applied may still be wanted.
    Applied(BTreeSet<ObjectKey>),
    /// Nothing is known: it may want anything.
    Unknown,
}

impl Wishes {
    fn keys(&self) -> impl Iterator<Item = &ObjectKey> {
        match self {
            Self::Known(keys) | Self::Applied(keys) => Some(keys),
            Self::Unknown => None,
        }
        .into_iter()
        .flatten()
    }
}

impl Registry {
    /// Takes note of an application's wishes. Returns whether they are new.
    pub fn note(&mut self, claim: &OwnerClaim, wishes: Wishes) -> bool {
        if self.apps.get(claim) == Some(&wishes) {
            return false;
        }
        self.forget(claim);
        for key in wishes.keys() {
            self.wanted.entry(key.clone()).or_default().insert(claim.clone());
        }
        if wishes == Wishes::Unknown {
            self.unknown.insert(claim.clone());
        }
        self.apps.insert(claim.clone(), wishes);
        true
    }

    /// Takes note of an application of which nothing was known.
    pub fn note_first(&mut self, claim: &OwnerClaim, wishes: Wishes) {
        if !self.apps.contains_key(claim) {
            self.note(claim, wishes);
        }
    }

    /// Forgets an application that is gone.
    pub fn forget(&mut self, claim: &OwnerClaim) {
        self.unknown.remove(claim);
        let Some(wishes) = self.apps.remove(claim) else { return };
        for key in wishes.keys() {
            if let Some(claims) = self.wanted.get_mut(key) {
                claims.remove(claim);
                if claims.is_empty() {
                    self.wanted.remove(key);
                }
            }
        }
    }
}

impl Registry {
    /// What has become of an owner that a live object names.
    pub fn status_of(&self, claim: &OwnerClaim, key: &ObjectKey) -> Claimant {
        match self.apps.get(claim) {
            None if self.complete => Claimant::Gone,
            Some(Wishes::Known(keys)) if keys.contains(key) => Claimant::HasIt,
            Some(Wishes::Known(_)) => Claimant::NoLongerHasIt,
            None | Some(Wishes::Applied(_) | Wishes::Unknown) => Claimant::Unknown,
        }
    }

    /// Whether another application than `ours` wants an object; of those whose wishes are not known,
    /// only who may have it counts.
    pub fn wanted(
        &self,
        key: &ObjectKey,
        ours: &OwnerClaim,
        may_have: impl Fn(&OwnerClaim) -> bool,
    ) -> Wanted {
        let counts = |claim: &&OwnerClaim| *claim != ours && may_have(claim);
        let mut perhaps = self.unknown.iter().find(counts);
        let others = self.wanted.get(key).into_iter().flatten().filter(counts);
        for claim in others {
            if let Some(Wishes::Known(_)) = self.apps.get(claim) {
                return Wanted::By(claim.clone());
            }
            perhaps = perhaps.or(Some(claim));
        }
        match perhaps {
            None if self.complete => Wanted::ByNobody,
            perhaps => Wanted::Unknown(perhaps.cloned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Registry, Wishes};
    use std::collections::BTreeSet;
    use trimtab_model::{GroupKind, ObjectKey, OwnerClaim};
    use trimtab_plan::{Claimant, Wanted};

    fn claim(owner: &str) -> OwnerClaim {
        OwnerClaim::new("m", owner)
    }

    fn key(name: &str) -> ObjectKey {
        ObjectKey::namespaced(&GroupKind::new("", "ConfigMap"), "ns", name)
    }

    fn keys(names: &[&str]) -> BTreeSet<ObjectKey> {
        names.iter().map(|name| key(name)).collect()
    }

    #[test]
    fn nobody_is_gone_before_all_resources_have_been_seen() {
        let mut registry = Registry::default();
        assert_eq!(registry.status_of(&claim("a"), &key("x")), Claimant::Unknown);
        assert_eq!(registry.wanted(&key("x"), &claim("b"), |_| true), Wanted::Unknown(None));
        registry.complete = true;
        assert_eq!(registry.status_of(&claim("a"), &key("x")), Claimant::Gone);
        assert_eq!(registry.wanted(&key("x"), &claim("b"), |_| true), Wanted::ByNobody);
    }

    #[test]
    fn a_known_render_says_what_it_has_and_an_unknown_one_may_have_what_it_applied() {
        let mut registry = Registry { complete: true, ..Registry::default() };
        registry.note(&claim("a"), Wishes::Known(keys(&["x"])));
        assert_eq!(registry.status_of(&claim("a"), &key("x")), Claimant::HasIt);
        assert_eq!(registry.status_of(&claim("a"), &key("y")), Claimant::NoLongerHasIt);
        assert_eq!(registry.wanted(&key("x"), &claim("a"), |_| true), Wanted::ByNobody);
        assert_eq!(registry.wanted(&key("x"), &claim("b"), |_| true), Wanted::By(claim("a")));
        registry.note(&claim("a"), Wishes::Applied(keys(&["x"])));
        let perhaps = Wanted::Unknown(Some(claim("a")));
        assert_eq!(registry.wanted(&key("x"), &claim("b"), |_| true), perhaps);
        assert_eq!(registry.wanted(&key("y"), &claim("b"), |_| true), Wanted::ByNobody);
        registry.note(&claim("a"), Wishes::Unknown);
        assert_eq!(registry.wanted(&key("y"), &claim("b"), |_| true), perhaps);
        registry.forget(&claim("a"));
        assert_eq!(registry.wanted(&key("y"), &claim("b"), |_| true), Wanted::ByNobody);
    }

    #[test]
    fn who_may_not_have_an_object_does_not_keep_it_from_others() {
        let mut registry = Registry { complete: true, ..Registry::default() };
        for wishes in [Wishes::Known(keys(&["x"])), Wishes::Applied(keys(&["x"])), Wishes::Unknown]
        {
            registry.note(&claim("a"), wishes.clone());
            let wanted = registry.wanted(&key("x"), &claim("b"), |_| false);
            assert_eq!(wanted, Wanted::ByNobody, "{wishes:?}");
        }
    }
}
