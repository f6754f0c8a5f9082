//! What is remembered of our own applies and of dry runs, for one field manager.

use std::collections::BTreeMap;
use trimtab_model::{FieldManager, ObjectKey};
use trimtab_plan::{Baseline, DryRun};

/// What is remembered where nothing is.
static NOTHING: Of = Of { baselines: BTreeMap::new(), dry_runs: BTreeMap::new() };

/// Baselines and dry runs of all objects, by manager: two managers have two entries in one object.
#[derive(Debug, Default)]
pub struct Memory {
    by_manager: BTreeMap<FieldManager, Of>,
}

/// What is remembered for one manager.
#[derive(Debug, Default)]
pub struct Of {
    baselines: BTreeMap<ObjectKey, Baseline>,
    dry_runs: BTreeMap<ObjectKey, DryRun>,
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
            of.baselines.remove(key);
            of.dry_runs.remove(key);
        }
    }
}

impl Of {
    /// Remembers the state after an apply, or after a comparison that found it equal.
    pub fn remember(&mut self, key: ObjectKey, baseline: Baseline) {
        self.dry_runs.remove(&key);
        self.baselines.insert(key, baseline);
    }

    /// Remembers a dry run.
    pub fn dry_ran(&mut self, key: ObjectKey, dry_run: DryRun) {
        self.dry_runs.insert(key, dry_run);
    }
}

impl trimtab_plan::Memory for Of {
    fn baseline(&self, key: &ObjectKey) -> Option<&Baseline> {
        self.baselines.get(key)
    }

    fn dry_run(&self, key: &ObjectKey) -> Option<&DryRun> {
        self.dry_runs.get(key)
    }
}
