//! Which application has which object, as far as renders are known (P3).

use std::collections::{BTreeMap, BTreeSet};
use trimtab_model::{AppId, ObjectKey, OwnerClaim, ProjectName};
use trimtab_plan::{Claimant, Wanted};

/// What is known of every application's wishes. A question costs what its object has, and the projects
/// of those whose render is on its way.
#[derive(Debug, Default)]
pub struct Registry {
    /// All resources have been seen: who is not here does not exist.
    pub complete: bool,
    apps: BTreeMap<OwnerClaim, (Wishes, Reach)>,
    /// Who has an object among its wishes.
    wanted: BTreeMap<ObjectKey, BTreeSet<OwnerClaim>>,
    /// Who may want anything within its reach.
    anything: BTreeMap<Reach, BTreeSet<OwnerClaim>>,
}

/// What is known of one application's wishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// What its newest render is known to have, also where that is refused; and where it is not known
    /// whole, what it is written to have applied.
    pub keys: BTreeSet<ObjectKey>,
    /// What is known of all others.
    pub others: Others,
}

/// What is known of the objects that are not among an application's wishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Others {
    /// It wants none of them: its latest render is known, and complete.
    Unwanted,
    /// It cannot be rendered, or not whole. What nothing says that it wants is not kept for it: it may
    /// stay so for long.
    Unsaid,
    /// It may want any of them: its render is on its way and known in a moment, or what it has applied
    /// cannot be read.
    #[default]
    Possible,
}

/// Which objects an application may have at all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Any: its family has no projects.
    Everything,
    /// What this project permits.
    Project(ProjectName),
    /// None: it names no project that could permit one.
    Nothing,
}

impl Registry {
    /// Takes note of an application's wishes. Returns whether they are new.
    pub fn note(&mut self, claim: &OwnerClaim, wishes: Wishes, reach: Reach) -> bool {
        let Some(known) = self.apps.get_mut(claim) else {
            for key in &wishes.keys {
                self.wanted.entry(key.clone()).or_default().insert(claim.clone());
            }
            self.file(claim, &reach, wishes.others);
            self.apps.insert(claim.clone(), (wishes, reach));
            return true;
        };
        if known.0 == wishes && known.1 == reach {
            return false;
        }
        let (before, former) = std::mem::replace(known, (wishes.clone(), reach.clone()));
        for key in before.keys.difference(&wishes.keys) {
            self.not_wanted(key, claim);
        }
        for key in wishes.keys.difference(&before.keys) {
            self.wanted.entry(key.clone()).or_default().insert(claim.clone());
        }
        self.unfile(claim, &former);
        self.file(claim, &reach, wishes.others);
        true
    }

    /// Takes note of an application of which nothing was known.
    pub fn note_first(&mut self, claim: &OwnerClaim, wishes: Wishes, reach: Reach) {
        if !self.apps.contains_key(claim) {
            self.note(claim, wishes, reach);
        }
    }

    /// Something says that a known application's render is no longer the latest, or that it is after all:
    /// its wishes stay, and what may be said of the others is this. Returns whether that is new.
    pub fn doubt(&mut self, claim: &OwnerClaim, others: Others) -> bool {
        let Some((wishes, reach)) = self.apps.get_mut(claim) else { return false };
        if wishes.others == others {
            return false;
        }
        wishes.others = others;
        let reach = reach.clone();
        self.unfile(claim, &reach);
        self.file(claim, &reach, others);
        true
    }

    /// Forgets an application that is gone.
    pub fn forget(&mut self, claim: &OwnerClaim) {
        let Some((wishes, reach)) = self.apps.remove(claim) else { return };
        self.unfile(claim, &reach);
        for key in &wishes.keys {
            self.not_wanted(key, claim);
        }
    }

    fn not_wanted(&mut self, key: &ObjectKey, claim: &OwnerClaim) {
        if let Some(claims) = self.wanted.get_mut(key) {
            claims.remove(claim);
            if claims.is_empty() {
                self.wanted.remove(key);
            }
        }
    }

    fn file(&mut self, claim: &OwnerClaim, reach: &Reach, others: Others) {
        if others == Others::Possible {
            self.anything.entry(reach.clone()).or_default().insert(claim.clone());
        }
    }

    fn unfile(&mut self, claim: &OwnerClaim, reach: &Reach) {
        if let Some(claims) = self.anything.get_mut(reach) {
            claims.remove(claim);
            if claims.is_empty() {
                self.anything.remove(reach);
            }
        }
    }

    /// What has become of an owner that a live object names.
    pub fn status_of(&self, claim: &OwnerClaim, key: &ObjectKey) -> Claimant {
        match self.apps.get(claim).map(|(wishes, _)| wishes) {
            None if self.complete => Claimant::Gone,
            Some(Wishes { keys, others: Others::Unwanted }) if keys.contains(key) => {
                Claimant::HasIt
            }
            Some(Wishes { others: Others::Unwanted, .. }) => Claimant::NoLongerHasIt,
            None | Some(_) => Claimant::Unknown,
        }
    }

    /// Whether another application than `ours` wants an object. Who may not have it does not count.
    pub fn wanted(
        &self,
        key: &ObjectKey,
        ours: &OwnerClaim,
        may_have: impl Fn(&Reach) -> bool,
    ) -> Wanted {
        let possible = self.anything.iter();
        let possible =
            possible.filter_map(|(reach, claims)| Some((reach, other(claims.iter(), ours)?)));
        let mut perhaps =
            possible.filter(|(reach, _)| may_have(reach)).map(|(_, claim)| claim).next();
        for claim in self.wanted.get(key).into_iter().flatten().filter(|claim| *claim != ours) {
            let Some((wishes, _)) = self.apps.get(claim).filter(|(_, reach)| may_have(reach))
            else {
                continue;
            };
            if wishes.others == Others::Unwanted {
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

/// The first who is not `ours`.
fn other<'a>(
    mut claims: impl Iterator<Item = &'a OwnerClaim>,
    ours: &OwnerClaim,
) -> Option<&'a OwnerClaim> {
    claims.find(|claim| *claim != ours)
}

/// Who waits for whom: until the wishes of the other are known, or change.
#[derive(Debug, Default)]
pub struct Waiting {
    by_claim: BTreeMap<OwnerClaim, BTreeSet<AppId>>,
    by_app: BTreeMap<AppId, BTreeSet<OwnerClaim>>,
}

impl Waiting {
    /// Makes those for whom an application waits exactly these.
    pub fn set(&mut self, app: &AppId, claims: &BTreeSet<OwnerClaim>) {
        if self.by_app.get(app).map_or(claims.is_empty(), |known| known == claims) {
            return;
        }
        for claim in self.by_app.remove(app).into_iter().flatten() {
            if let Some(apps) = self.by_claim.get_mut(&claim) {
                apps.remove(app);
                if apps.is_empty() {
                    self.by_claim.remove(&claim);
                }
            }
        }
        if claims.is_empty() {
            return;
        }
        for claim in claims {
            self.by_claim.entry(claim.clone()).or_default().insert(app.clone());
        }
        self.by_app.insert(app.clone(), claims.clone());
    }

    /// Who waits for anybody.
    pub fn all(&self) -> BTreeSet<AppId> {
        self.by_app.keys().cloned().collect()
    }

    /// Who waits for one of them.
    pub fn on(&self, claim: &OwnerClaim) -> BTreeSet<AppId> {
        self.by_claim.get(claim).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Others, Reach, Registry, Waiting, Wishes};
    use std::collections::BTreeSet;
    use trimtab_model::{AppId, GroupKind, ObjectKey, OwnerClaim, ProjectName};
    use trimtab_plan::{Claimant, Wanted};

    fn claim(owner: &str) -> OwnerClaim {
        OwnerClaim::new("m", owner)
    }

    fn key(name: &str) -> ObjectKey {
        ObjectKey::namespaced(&GroupKind::new("", "ConfigMap"), "ns", name)
    }

    fn wishes(names: &[&str], others: Others) -> Wishes {
        Wishes { keys: names.iter().map(|name| key(name)).collect(), others }
    }

    fn complete() -> Registry {
        Registry { complete: true, ..Registry::default() }
    }

    fn note(registry: &mut Registry, owner: &str, wishes: Wishes) -> bool {
        registry.note(&claim(owner), wishes, Reach::Everything)
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
    fn a_known_render_says_what_it_has_and_another_what_it_may_have() {
        let mut registry = complete();
        note(&mut registry, "a", wishes(&["x"], Others::Unwanted));
        assert_eq!(registry.status_of(&claim("a"), &key("x")), Claimant::HasIt);
        assert_eq!(registry.status_of(&claim("a"), &key("y")), Claimant::NoLongerHasIt);
        assert_eq!(registry.wanted(&key("x"), &claim("a"), |_| true), Wanted::ByNobody);
        assert_eq!(registry.wanted(&key("x"), &claim("b"), |_| true), Wanted::By(claim("a")));
        let perhaps = Wanted::Unknown(Some(claim("a")));
        assert!(registry.doubt(&claim("a"), Others::Unsaid));
        assert_eq!(registry.wanted(&key("x"), &claim("b"), |_| true), perhaps);
        assert_eq!(registry.wanted(&key("y"), &claim("b"), |_| true), Wanted::ByNobody);
        assert!(registry.doubt(&claim("a"), Others::Possible));
        assert_eq!(registry.wanted(&key("y"), &claim("b"), |_| true), perhaps);
        assert_eq!(registry.wanted(&key("y"), &claim("a"), |_| true), Wanted::ByNobody);
        registry.forget(&claim("a"));
        assert_eq!(registry.wanted(&key("y"), &claim("b"), |_| true), Wanted::ByNobody);
    }

    #[test]
    fn what_is_no_longer_wished_is_wanted_no_more() {
        let mut registry = complete();
        assert!(note(&mut registry, "a", wishes(&["x", "y"], Others::Unwanted)));
        assert!(!note(&mut registry, "a", wishes(&["x", "y"], Others::Unwanted)));
        assert!(note(&mut registry, "a", wishes(&["y", "z"], Others::Unwanted)));
        assert_eq!(registry.wanted(&key("x"), &claim("b"), |_| true), Wanted::ByNobody);
        assert_eq!(registry.wanted(&key("z"), &claim("b"), |_| true), Wanted::By(claim("a")));
    }

    #[test]
    fn who_may_not_have_an_object_does_not_keep_it_from_others() {
        let (here, elsewhere) = (ProjectName::from("here"), ProjectName::from("elsewhere"));
        let may_have = |reach: &Reach| *reach == Reach::Project(ProjectName::from("here"));
        for others in [Others::Unwanted, Others::Unsaid, Others::Possible] {
            let mut registry = complete();
            registry.note(&claim("a"), wishes(&["x"], others), Reach::Project(elsewhere.clone()));
            let wanted = registry.wanted(&key("x"), &claim("b"), may_have);
            assert_eq!(wanted, Wanted::ByNobody, "{others:?}");
            registry.note(&claim("a"), wishes(&["x"], others), Reach::Project(here.clone()));
            let wanted = registry.wanted(&key("x"), &claim("b"), may_have);
            assert_ne!(wanted, Wanted::ByNobody, "{others:?}");
        }
    }

    #[test]
    fn whoever_waits_is_found_by_whom_it_waits_for() {
        let app = |name: &str| AppId {
            kind: GroupKind::new("g", "A"),
            namespace: "ns".into(),
            name: name.into(),
        };
        let mut waiting = Waiting::default();
        waiting.set(&app("a"), &BTreeSet::from([claim("x"), claim("y")]));
        waiting.set(&app("b"), &BTreeSet::from([claim("y")]));
        assert_eq!(waiting.on(&claim("y")), BTreeSet::from([app("a"), app("b")]));
        waiting.set(&app("a"), &BTreeSet::from([claim("x")]));
        assert_eq!(waiting.on(&claim("y")), BTreeSet::from([app("b")]));
        waiting.set(&app("b"), &BTreeSet::new());
        assert!(waiting.on(&claim("y")).is_empty());
    }
}
