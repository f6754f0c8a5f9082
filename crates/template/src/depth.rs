//! How deep functions go into values.

use trimtab_model::limit;

use crate::error::{Bound, Error};
use crate::meter::Meter;
use crate::run::Run;

/// How deep a value may nest that is printed, written, read, copied or compared, in levels. It is on the
/// stack, of which a run has that of [`crate::stack_bytes`] at depth 0 to spare. It is what a document
/// may nest, because what is deeper than that could not be read again.
pub(crate) const VALUE_LEVELS_MAX: u64 = limit::YAML_DEPTH_MAX;

/// How many bytes are compared for a step.
const BYTES_A_STEP: u64 = 1_024;

/// Where a function stands that walks through a value. Whoever goes into a list or a map needs the depth
/// inside, and so each level is bounded and each element is work of the run.
#[derive(Clone, Copy)]
pub struct Depth<'r> {
    meter: &'r Meter<'r>,
    levels: u64,
}

impl<'r> Depth<'r> {
    pub(crate) fn surface(meter: &'r Meter<'r>) -> Self {
        Self { meter, levels: 0 }
    }

    /// Outside of any list and map.
    pub fn of(run: &'r Run<'_>) -> Self {
        run.surface()
    }

    /// Counts bytes of texts that are compared.
    ///
    /// # Errors
    /// A bound of the run is reached.
    pub fn compare(self, bytes: usize) -> Result<(), Error> {
        self.meter.work(bytes as u64 / BYTES_A_STEP)
    }

    /// The depth inside of a list, map or struct with so many elements.
    ///
    /// # Errors
    /// The value nests too deep, or a bound of the run is reached.
    pub fn enter(self, elements: usize) -> Result<Self, Error> {
        self.meter.work(1 + elements as u64)?;
        if self.levels >= VALUE_LEVELS_MAX {
            return Err(Error::bound(Bound::ValueDepth, VALUE_LEVELS_MAX));
        }
        Ok(Self { levels: self.levels + 1, ..self })
    }
}
