//! What can go wrong, in Go's words.

use std::error::Error as _;
use std::fmt;

use trimtab_model::Class;

/// Why a text is no template, or why a run stopped. `Display` says its own part; [`Error::text`] is
/// the whole chain as Go prints it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is no template.
    #[error("template: {}:{}: {}", .0.template, .0.line, .0.message)]
    Parse(Box<Unparsable>),
    /// Carrying it out failed.
    #[error(transparent)]
    Execute(Box<Execution>),
    /// A function says no.
    #[error("{0}")]
    Message(String),
    /// A function failed because of another error.
    #[error("{message}")]
    Because {
        /// The function's part of the text.
        message: String,
        /// The reason.
        source: Box<Error>,
    },
    /// A bound was reached.
    #[error(transparent)]
    Bound(Box<Exceeded>),
}

/// A text that is no template.
#[derive(Debug)]
pub struct Unparsable {
    /// The name that the text was given.
    pub template: String,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong, in Go's words.
    pub message: String,
}

/// Where a node of a template stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name that the text was given which contains it.
    pub template: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 0, in bytes.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.template, self.line, self.column)
    }
}

/// What failed while a template was carried out, and where.
#[derive(Debug, thiserror::Error)]
#[error("template: {place}: executing {executing} at <{node}>: {message}")]
pub struct Execution {
    /// Where the node stands.
    pub place: Place,
    /// The name of the template that was carried out, quoted.
    pub executing: String,
    /// The node as Go writes it.
    pub node: String,
    /// What is wrong; without what `source` says.
    pub message: String,
    /// Why a function failed.
    pub source: Option<Box<Error>>,
}

/// A bound that was reached, and where.
#[derive(Debug, thiserror::Error)]
pub struct Exceeded {
    /// Which.
    pub bound: Bound,
    /// How much was allowed.
    pub max: u64,
    /// The innermost node.
    pub place: Option<Place>,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "template: {place}: ")?;
        }
        match self.bound {
            Bound::Interrupted => write!(f, "{}", self.bound),
            _ => write!(f, "more than {} {}", self.max, self.bound),
        }
    }
}

/// What is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Bytes of one parsed text.
    TextBytes,
    /// Nodes of one parsed text.
    Nodes,
    /// Levels of nesting in one text.
    Nesting,
    /// Steps of a run.
    Steps,
    /// Bytes that a run writes.
    OutputBytes,
    /// Bytes that the values of a run take.
    MemoryBytes,
    /// Pipelines and templates that are under way, one inside the other.
    Depth,
    /// Levels of a value that is printed.
    ValueDepth,
    /// The run was told to stop.
    Interrupted,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TextBytes => "bytes in a template",
            Self::Nodes => "nodes in a template",
            Self::Nesting => "levels of nesting in a template",
            Self::Steps => "steps",
            Self::OutputBytes => "bytes of output",
            Self::MemoryBytes => "bytes of values",
            Self::Depth => "levels of templates and pipelines",
            Self::ValueDepth => "levels in a value",
            Self::Interrupted => "interrupted",
        })
    }
}

impl Error {
    /// What a function says.
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message(text.into())
    }

    /// The same error with what a function says before it.
    #[must_use]
    pub fn because(self, message: impl Into<String>) -> Self {
        Self::Because { message: message.into(), source: Box::new(self) }
    }

    pub(crate) fn bound(bound: Bound, max: u64) -> Self {
        Self::Bound(Box::new(Exceeded { bound, max, place: None }))
    }

    /// The bound that was reached, however deep inside.
    pub fn exceeded(&self) -> Option<&Exceeded> {
        match self {
            Self::Bound(exceeded) => Some(exceeded),
            Self::Because { source, .. } => source.exceeded(),
            Self::Execute(execution) => execution.source.as_ref()?.exceeded(),
            Self::Parse(_) | Self::Message(_) => None,
        }
    }

    /// The whole chain, as Go prints it.
    pub fn text(&self) -> String {
        let mut text = self.to_string();
        let mut next = self.source();
        while let Some(error) = next {
            text.push_str(": ");
            text.push_str(&error.to_string());
            next = error.source();
        }
        text
    }

    /// A person must change the chart or its values; nothing else helps.
    pub fn class(&self) -> Class {
        match self {
            Self::Parse(_)
            | Self::Execute(_)
            | Self::Message(_)
            | Self::Because { .. }
            | Self::Bound(_) => Class::User,
        }
    }
}
