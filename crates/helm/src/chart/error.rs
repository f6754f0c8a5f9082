//! Why a chart or its values are refused.

use std::fmt;

use trimtab_model::Class;

/// Why a chart cannot be read, or not with these values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Error {
    /// What helm prints behind `Error: `. Where a limit of ours is the reason, helm would have gone on.
    pub text: String,
    /// The limit that was reached, if that is the reason.
    pub exceeded: Option<Exceeded>,
}

/// A limit of charts that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// Files of a chart and the charts below.
    Files(u64),
    /// Bytes of all files, unpacked.
    Bytes(u64),
    /// Charts below charts, in levels.
    Levels(u64),
    /// Charts below a chart, each alias counted.
    Charts(u64),
    /// Entries of all values.
    Entries(u64),
    /// Bytes of all values.
    ValueBytes(u64),
    /// Levels of a value.
    ValueLevels(u64),
    /// Steps that values take to be merged.
    Steps(u64),
    /// Steps that a schema takes.
    SchemaSteps(u64),
    /// Steps that the patterns of `.helmignore` take.
    PatternSteps(u64),
    /// What the reader of YAML or of patterns does not take; its words are in the text.
    Reader,
}

impl Exceeded {
    fn words(self) -> String {
        match self {
            Self::Files(max) => format!("more than {max} files"),
            Self::Bytes(max) => format!("chart exceeds maximum decompressed size of {max} bytes"),
            Self::Levels(max) => format!("charts below charts in more than {max} levels"),
            Self::Charts(max) => format!("more than {max} charts"),
            Self::Entries(max) => format!("values of more than {max} entries"),
            Self::ValueBytes(max) => format!("values of more than {max} bytes"),
            Self::ValueLevels(max) => format!("values nested deeper than {max} levels"),
            Self::Steps(max) => format!("values that take more than {max} steps to merge"),
            Self::SchemaSteps(max) => format!("a schema that takes more than {max} steps"),
            Self::PatternSteps(max) => {
                format!("patterns in .helmignore that take more than {max} steps to match")
            }
            Self::Reader => String::new(),
        }
    }
}

impl Error {
    /// Who can do something about it: whoever wrote the chart or the values.
    pub const CLASS: Class = Class::User;

    /// Helm refuses it too, in these words.
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self { text: text.into(), exceeded: None }
    }

    /// It is more than we take.
    pub(crate) fn beyond(exceeded: Exceeded) -> Self {
        Self { text: exceeded.words(), exceeded: Some(exceeded) }
    }

    /// It is more than a reader takes.
    pub(crate) fn beyond_reader(limit: impl fmt::Display) -> Self {
        Self { text: limit.to_string(), exceeded: Some(Exceeded::Reader) }
    }

    /// The same, with words before it that say where.
    #[must_use]
    pub(crate) fn within(self, place: impl fmt::Display) -> Self {
        Self { text: format!("{place}: {}", self.text), exceeded: self.exceeded }
    }
}

impl From<Exceeded> for Error {
    fn from(exceeded: Exceeded) -> Self {
        Self::beyond(exceeded)
    }
}
