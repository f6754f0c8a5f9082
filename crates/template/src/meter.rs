//! The work of a run.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Bound, Error};

/// Counts the steps of a run, and looks from time to time whether it is to stop.
pub(crate) struct Meter<'r> {
    steps: Cell<u64>,
    max: u64,
    interrupt: Option<&'r AtomicBool>,
}

/// How many steps pass between two looks at the interrupt.
const INTERRUPT_STEPS: u64 = 256;

impl<'r> Meter<'r> {
    pub(crate) fn new(max: u64, interrupt: Option<&'r AtomicBool>) -> Self {
        Self { steps: Cell::new(0), max, interrupt }
    }

    /// The steps so far.
    pub(crate) fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Counts steps.
    pub(crate) fn work(&self, steps: u64) -> Result<(), Error> {
        let before = self.steps.get();
        let after = before.saturating_add(steps);
        self.steps.set(after);
        if after > self.max {
            return Err(Error::bound(Bound::Steps, self.max));
        }
        let is_time = before / INTERRUPT_STEPS != after / INTERRUPT_STEPS;
        if is_time && self.interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(Error::bound(Bound::Interrupted, 0));
        }
        Ok(())
    }
}
