//! How much a chart may ask of us.

use trimtab_model::limit;

use super::error::{Error, Exceeded};

/// Bounds of a chart with all charts below it. `Default` takes them from the table in `model`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most files, those in archives counted.
    pub files: u64,
    /// The most bytes of all files, unpacked.
    pub bytes: u64,
    /// How deep charts may lie below charts, in levels.
    pub levels: u64,
    /// The most charts, each alias counted.
    pub charts: u64,
    /// The most entries of all values that are held at a time.
    pub entries: u64,
    /// The most bytes of the values that templates see.
    pub value_bytes: u64,
    /// The most steps that values take to be merged.
    pub steps: u64,
    /// The most steps that the schemas of values take.
    pub schema_steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: limit::HELM_CHART_FILES_MAX,
            bytes: limit::HELM_CHART_BYTES_MAX,
            levels: limit::HELM_CHART_LEVELS_MAX,
            charts: limit::HELM_CHARTS_MAX,
            entries: limit::HELM_VALUES_ENTRIES_MAX,
            value_bytes: limit::HELM_VALUES_BYTES_MAX,
            steps: limit::HELM_VALUES_STEPS_MAX,
            schema_steps: limit::HELM_SCHEMA_STEPS_MAX,
        }
    }
}

/// What a chart that is being loaded has used of its limits.
pub(crate) struct Room {
    limits: Limits,
    files: u64,
    bytes: u64,
    charts: u64,
}

impl Room {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, files: 0, bytes: 0, charts: 0 }
    }

    /// Takes one more file of so many bytes.
    pub(crate) fn file(&mut self, bytes: usize) -> Result<(), Error> {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.files > self.limits.files {
            return Err(Exceeded::Files(self.limits.files).into());
        }
        if self.bytes > self.limits.bytes {
            Err(Exceeded::Bytes(self.limits.bytes).into())
        } else {
            Ok(())
        }
    }

    /// How many more bytes there may be.
    pub(crate) fn bytes_left(&self) -> u64 {
        self.limits.bytes.saturating_sub(self.bytes)
    }

    /// How many bytes there may be in all.
    pub(crate) fn bytes_max(&self) -> u64 {
        self.limits.bytes
    }

    /// Enters a chart at a level, the root at 0.
    pub(crate) fn chart(&mut self, level: u64) -> Result<(), Error> {
        self.charts += 1;
        if level > self.limits.levels {
            return Err(Exceeded::Levels(self.limits.levels).into());
        }
        if self.charts > self.limits.charts {
            Err(Exceeded::Charts(self.limits.charts).into())
        } else {
            Ok(())
        }
    }
}
