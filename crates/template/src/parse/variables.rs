//! The variables that are declared at a place.

use crate::tree::{NameId, ROOT_NAME};

/// Declared variables, the innermost last. `$` is always there.
pub(super) struct Variables {
    declared: Vec<NameId>,
    /// How often each is declared, by the number of its name.
    times: Vec<u32>,
}

impl Default for Variables {
    fn default() -> Self {
        let mut variables = Self { declared: Vec::new(), times: Vec::new() };
        variables.declare(ROOT_NAME);
        variables
    }
}

impl Variables {
    pub(super) fn declare(&mut self, name: NameId) {
        let index = name.0 as usize;
        self.times.resize(self.times.len().max(index + 1), 0);
        self.times[index] += 1;
        self.declared.push(name);
    }

    pub(super) fn has(&self, name: NameId) -> bool {
        self.times.get(name.0 as usize).is_some_and(|times| *times > 0)
    }

    pub(super) fn count(&self) -> usize {
        self.declared.len()
    }

    /// Forgets those that were declared after so many.
    pub(super) fn truncate(&mut self, count: usize) {
        for name in self.declared.drain(count..) {
            self.times[name.0 as usize] -= 1;
        }
    }
}
