//! What helm says of a chart while it goes on.

use std::fmt;

/// Something that helm warns of. `Display` leaves out values, which may be secret;
/// [`Warning::with_values`] says all that helm prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The chart is deprecated.
    Deprecated,
    /// A default that is no table stands under a table.
    Skipped {
        /// Where.
        path: String,
    },
    /// A default table stands under something else.
    NotOverwritten {
        /// Where.
        path: String,
        /// The default.
        value: String,
    },
    /// A default that is no table stands under a table that is not the first.
    Ignored {
        /// Where.
        path: String,
        /// The default.
        value: String,
    },
    /// A chart's `global` is no table.
    GlobalsOfDestination,
    /// The `global` of the chart above is no table.
    GlobalsOfSource,
    /// A global is a table above and something else below.
    GlobalConflict {
        /// Which.
        key: String,
    },
    /// A global is a table below and something else above.
    GlobalIsTable {
        /// Which.
        key: String,
    },
    /// A condition's value is no truth.
    ConditionNotBool {
        /// Where it stands.
        path: String,
        /// The dependency.
        chart: String,
    },
    /// A tag's value is no truth.
    TagNotBool {
        /// The tag.
        tag: String,
        /// The dependency.
        chart: String,
    },
    /// What is to be imported by a name is not there.
    NoExport {
        /// What is missing.
        key: String,
    },
    /// What is to be imported from a path is not there.
    NoImport {
        /// The dependency.
        chart: String,
        /// What is missing.
        key: String,
    },
    /// A chart of version 2 has a `requirements.yaml`.
    Requirements,
    /// A chart of version 2 has a `requirements.lock`.
    RequirementsLock,
    /// A schema refers to a name that nobody knows; it stands for anything.
    UnknownUrn {
        /// The name.
        urn: String,
    },
}

/// How serious helm takes a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `INFO`.
    Info,
    /// `WARN`.
    Warn,
}

impl Warning {
    /// How serious helm takes it.
    pub fn level(&self) -> Level {
        match self {
            Self::Deprecated
            | Self::ConditionNotBool { .. }
            | Self::TagNotBool { .. }
            | Self::NoExport { .. }
            | Self::NoImport { .. }
            | Self::UnknownUrn { .. } => Level::Warn,
            Self::Skipped { .. }
            | Self::NotOverwritten { .. }
            | Self::Ignored { .. }
            | Self::GlobalsOfDestination
            | Self::GlobalsOfSource
            | Self::GlobalConflict { .. }
            | Self::GlobalIsTable { .. }
            | Self::Requirements
            | Self::RequirementsLock => Level::Info,
        }
    }

    /// The same with the values that helm prints.
    pub fn with_values(&self) -> String {
        match self {
            Self::NotOverwritten { value, .. } | Self::Ignored { value, .. } => {
                format!("{self} ({value})")
            }
            _ => self.to_string(),
        }
    }

    /// What helm says beside its message.
    pub fn attributes(&self) -> Vec<(&'static str, String)> {
        let not_table = |key: &String| format!("{} is not a table", quoted(key));
        match self {
            Self::ConditionNotBool { path, chart } => {
                vec![("path", path.clone()), ("chart", chart.clone())]
            }
            Self::TagNotBool { tag, chart } => vec![("tag", tag.clone()), ("chart", chart.clone())],
            Self::NoExport { key } => vec![("error", not_table(key))],
            Self::NoImport { chart, key } => {
                vec![("chart", chart.clone()), ("error", not_table(key))]
            }
            Self::UnknownUrn { urn } => vec![("urn", urn.clone())],
            _ => Vec::new(),
        }
    }
}

fn quoted(text: &str) -> String {
    trimtab_template::quoted(text.as_bytes())
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deprecated => write!(f, "this chart is deprecated"),
            Self::Skipped { path } => {
                write!(f, "warning: skipped value for {path}: Not a table.")
            }
            Self::NotOverwritten { path, .. } => {
                write!(f, "warning: cannot overwrite table with non table for {path}")
            }
            Self::Ignored { path, .. } => {
                write!(f, "warning: destination for {path} is a table. Ignoring non-table value")
            }
            Self::GlobalsOfDestination => {
                write!(f, "warning: skipping globals because destination global is not a table.")
            }
            Self::GlobalsOfSource => {
                write!(f, "warning: skipping globals because source global is not a table.")
            }
            Self::GlobalConflict { key } => {
                let key = quoted(key);
                write!(f, "Conflict: cannot merge map onto non-map for {key}. Skipping.")
            }
            Self::GlobalIsTable { key } => write!(f, "key {key} is table. Skipping"),
            Self::ConditionNotBool { .. } | Self::TagNotBool { .. } => {
                write!(f, "returned non-bool value")
            }
            Self::NoExport { .. } => write!(f, "ImportValues missing table"),
            Self::NoImport { .. } => write!(f, "ImportValues missing table from chart"),
            Self::Requirements => write!(
                f,
                "Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend \
                 migrating dependencies to Chart.yaml."
            ),
            Self::RequirementsLock => write!(
                f,
                "Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". We \
                 recommend migrating to Chart.lock."
            ),
            Self::UnknownUrn { .. } => {
                write!(f, "unresolved URN reference ignored; using permissive schema")
            }
        }
    }
}

/// Warnings, each once, in the order in which they came up.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<Warning>);

/// The most warnings that are kept.
const WARNINGS_MAX: usize = 200;

impl Warnings {
    pub(crate) fn push(&mut self, warning: Warning) {
        if self.0.len() < WARNINGS_MAX && !self.0.contains(&warning) {
            self.0.push(warning);
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Warning> {
        self.0
    }
}
