//! What is remembered of our own applies and of dry runs, for one field manager.

use std::collections::{BTreeMap, BTreeSet};
use trimtab_model::{FieldManager, GroupKind, ObjectKey};
use trimtab_plan::{Baseline, DryRun};
use trimtab_ports::store::{Change, Kept, Place};

/// What is remembered where nothing is.
static NOTHING: Of = Of {
    baselines: BTreeMap::new(),
    recalled: BTreeMap::new(),
    dry_runs: BTreeMap::new(),
    unsaved: BTreeSet::new(),
};

/// Baselines and dry runs of all objects, by manager: two managers have two entries in one object.
#[derive(Debug, Default)]
pub struct Memory {
    by_manager: BTreeMap<FieldManager, Of>,
}

/// What is remembered for one manager.
#[derive(Debug, Default)]
pub struct Of {
    baselines: BTreeMap<ObjectKey, Baseline>,
    /// What the last process left, as far as this one has not found out for itself. It is no reply that
    /// we had: only a live object that agrees with it makes it count.
    recalled: BTreeMap<ObjectKey, Baseline>,
    dry_runs: BTreeMap<ObjectKey, DryRun>,
    /// Objects of which the store says something else than we know.
    unsaved: BTreeSet<ObjectKey>,
}

impl Memory {
    /// What is remembered for a manager.
    pub fn of(&mut self, manager: &FieldManager) -> &mut Of {
        if !self.by_manager.contains_key(manager) {
            self.by_manager.insert(manager.clone(), Of::default());
        }
        self.by_manager.get_mut(manager).expect("inserted above")
    }

    /// What is remembered for a manager, to read.
    pub fn peek(&self, manager: &FieldManager) -> &Of {
        self.by_manager.get(manager).unwrap_or(&NOTHING)
    }

    /// Forgets an object that is gone, for all managers.
    pub fn forget(&mut self, key: &ObjectKey) {
        for of in self.by_manager.values_mut() {
            of.forget(key);
        }
    }

    /// Forgets all objects of a kind that is not watched any more, for all managers.
    pub fn forget_kind(&mut self, kind: &GroupKind) {
        for of in self.by_manager.values_mut() {
            let known = of.baselines.keys().chain(of.recalled.keys()).chain(of.dry_runs.keys());
            let of_kind: BTreeSet<ObjectKey> =
                known.filter(|key| key.group_kind() == *kind).cloned().collect();
            for key in &of_kind {
                of.forget(key);
            }
        }
    }

    /// Takes in what the last process left.
    pub fn recall(&mut self, kept: Vec<Kept>) {
        for (place, baseline) in kept.into_iter().map(Kept::into_parts) {
            self.of(&place.manager).recalled.insert(place.key, baseline);
        }
    }

    /// Forgets what was recalled of objects that are not there any more.
    pub fn forget_recalled(&mut self, is_gone: impl Fn(&ObjectKey) -> bool) {
        for of in self.by_manager.values_mut() {
            let gone = of.recalled.extract_if(.., |key, _| is_gone(key));
            of.unsaved.extend(gone.map(|(key, _)| key));
        }
    }

    /// Whether the store says something else than we know.
    pub fn is_unsaved(&self) -> bool {
        self.by_manager.values().any(|of| !of.unsaved.is_empty())
    }

    /// What the store has to be told. It counts as told from now on.
    pub fn take_unsaved(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (manager, of) in &mut self.by_manager {
            for key in std::mem::take(&mut of.unsaved) {
                let baseline = of.baselines.get(&key).cloned();
                let place = Place { manager: manager.clone(), key };
                let kept = baseline.and_then(|baseline| Kept::new(place.clone(), baseline));
                changes.push(kept.map_or(Change::Forget(place), Change::Keep));
            }
        }
        changes
    }
}

impl Of {
    /// Remembers the state after an apply, or after a comparison that found it equal.
    pub fn remember(&mut self, key: ObjectKey, baseline: Baseline) {
        self.dry_runs.remove(&key);
        let known = self.recalled.remove(&key);
        // That the state has a newer version is no news for the store.
        let is_kept = known.is_some_and(|known| {
            Baseline { resource_version: baseline.resource_version.clone(), ..known } == baseline
        });
        if !is_kept && !key.is("", "Secret") {
            self.unsaved.insert(key.clone());
        }
        self.baselines.insert(key, baseline);
    }

    /// Remembers a dry run.
    pub fn dry_ran(&mut self, key: ObjectKey, dry_run: DryRun) {
        self.dry_runs.insert(key, dry_run);
    }

    fn forget(&mut self, key: &ObjectKey) {
        self.dry_runs.remove(key);
        let (recalled, known) = (self.recalled.remove(key), self.baselines.remove(key));
        if recalled.is_some() || known.is_some() {
            self.unsaved.insert(key.clone());
        }
    }
}

impl trimtab_plan::Memory for Of {
    fn baseline(&self, key: &ObjectKey) -> Option<&Baseline> {
        self.baselines.get(key)
    }

    fn recalled(&self, key: &ObjectKey) -> Option<&Baseline> {
        self.recalled.get(key)
    }

    fn dry_run(&self, key: &ObjectKey) -> Option<&DryRun> {
        self.dry_runs.get(key)
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;
    use trimtab_model::{Digest, FieldManager, GroupKind, ObjectKey};
    use trimtab_plan::{Baseline, Entry, Memory as _};
    use trimtab_ports::store::{Change, Kept, Place};

    fn manager() -> FieldManager {
        "m".into()
    }

    fn key(kind: &str) -> ObjectKey {
        ObjectKey::namespaced(&GroupKind::new("", kind), "shop", "a")
    }

    fn baseline(values: &str, version: &str) -> Baseline {
        let digest = Digest::of(values.as_bytes());
        Baseline {
            uid: "u".into(),
            desired: digest,
            entry: Entry { fields: digest, values: digest },
            resource_version: version.into(),
        }
    }

    fn kept(baseline: Baseline) -> Kept {
        Kept::new(Place { manager: manager(), key: key("ConfigMap") }, baseline).expect("no Secret")
    }

    #[test]
    fn what_is_recalled_is_no_baseline_until_it_is_found_to_be_true() {
        let mut memory = Memory::default();
        memory.recall(vec![kept(baseline("x", "9"))]);
        assert_eq!(memory.peek(&manager()).baseline(&key("ConfigMap")), None);
        assert!(memory.peek(&manager()).recalled(&key("ConfigMap")).is_some());
        memory.of(&manager()).remember(key("ConfigMap"), baseline("x", "12"));
        assert_eq!(memory.peek(&manager()).recalled(&key("ConfigMap")), None);
        assert!(!memory.is_unsaved(), "the store knows it already");
    }

    #[test]
    fn the_store_is_told_what_is_new_once() {
        let mut memory = Memory::default();
        memory.recall(vec![kept(baseline("x", "9"))]);
        memory.of(&manager()).remember(key("ConfigMap"), baseline("y", "12"));
        assert_eq!(memory.take_unsaved(), [Change::Keep(kept(baseline("y", "12")))]);
        assert_eq!(memory.take_unsaved(), []);
        memory.forget(&key("ConfigMap"));
        let place = Place { manager: manager(), key: key("ConfigMap") };
        assert_eq!(memory.take_unsaved(), [Change::Forget(place)]);
    }

    #[test]
    fn what_went_while_nobody_looked_is_forgotten() {
        let mut memory = Memory::default();
        memory.recall(vec![kept(baseline("x", "9"))]);
        memory.forget_recalled(|_| false);
        assert!(!memory.is_unsaved());
        memory.forget_recalled(|gone| *gone == key("ConfigMap"));
        let place = Place { manager: manager(), key: key("ConfigMap") };
        assert_eq!(memory.take_unsaved(), [Change::Forget(place)]);
    }

    #[test]
    fn nothing_of_a_secret_goes_to_the_store() {
        let mut memory = Memory::default();
        memory.of(&manager()).remember(key("Secret"), baseline("x", "9"));
        assert!(memory.peek(&manager()).baseline(&key("Secret")).is_some());
        assert_eq!(memory.take_unsaved(), []);
    }
}
