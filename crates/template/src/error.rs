//! What can go wrong, in Go's words.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;

use trimtab_model::Class;

use crate::quote::quoted;
use crate::show::shown;
use crate::text::Text;
use crate::tree::{NodeId, Source};

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
    /// A function asks for what its signature does not promise, or its run was not given.
    #[error("{0}")]
    Misuse(String),
    /// A function failed because of another error.
    #[error("{message}{}", quoted_part(about.as_ref()))]
    Because {
        /// The function's part of the text.
        message: String,
        /// The text that it was about, shown in quotes. Errors nest, so it is not copied into each.
        about: Option<Text>,
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
#[error("template: {place}: executing {} at <{node}>: {message}", quoted(executing))]
pub struct Execution {
    /// Where the node stands.
    pub place: Place,
    /// The name of the template that was carried out.
    pub executing: Text,
    /// The node.
    pub node: Shown,
    /// What is wrong; without what `source` says.
    pub message: String,
    /// Why a function failed.
    pub source: Option<Box<Error>>,
}

/// A node of a template as Go writes it. Errors nest, so it is written out only where it is shown.
#[derive(Debug)]
pub struct Shown {
    source: Arc<Source>,
    node: NodeId,
}

impl Shown {
    pub(crate) fn new(source: &Arc<Source>, node: NodeId) -> Self {
        Self { source: Arc::clone(source), node }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = shown(&self.source, self.node);
        f.write_str(&text[..text.floor_char_boundary(ERROR_BYTES_MAX)])
    }
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
    /// Levels of a value that is walked through.
    ValueDepth,
    /// Bytes of a document that a template reads.
    DocumentBytes,
    /// Nodes of a document that a template reads.
    DocumentNodes,
    /// Bytes that aliases copy in a document that a template reads.
    AliasBytes,
    /// Bytes of a text times bytes of a pattern that is searched for in it.
    Search,
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
            Self::DocumentBytes => "bytes in a document",
            Self::DocumentNodes => "nodes in a document",
            Self::AliasBytes => "bytes copied by aliases of a document",
            Self::Search => "bytes of text times bytes of pattern in a search",
            Self::Interrupted => "interrupted",
        })
    }
}

/// How much of an error's text is shown, and of a text in it, in bytes.
const ERROR_BYTES_MAX: usize = 1 << 18;

fn quoted_part(about: Option<&Text>) -> String {
    about.map(|text| quoted(&text[..text.len().min(ERROR_BYTES_MAX)])).unwrap_or_default()
}

impl Error {
    /// What a function says.
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message(text.into())
    }

    /// A mistake of ours in a function.
    pub fn misuse(text: impl Into<String>) -> Self {
        Self::Misuse(text.into())
    }

    /// The same error with what a function says before it.
    #[must_use]
    pub fn because(self, message: impl Into<String>) -> Self {
        Self::Because { message: message.into(), about: None, source: Box::new(self) }
    }

    /// The same error with what a function says before it of a text, which is shown in quotes.
    #[must_use]
    pub fn because_of(self, message: impl Into<String>, about: &Text) -> Self {
        Self::Because {
            message: message.into(),
            about: Some(about.clone()),
            source: Box::new(self),
        }
    }

    /// A bound that was reached.
    pub fn bound(bound: Bound, max: u64) -> Self {
        Self::Bound(Box::new(Exceeded { bound, max, place: None }))
    }

    /// The bound that was reached, however deep inside.
    pub fn exceeded(&self) -> Option<&Exceeded> {
        match self {
            Self::Bound(exceeded) => Some(exceeded),
            Self::Because { source, .. } => source.exceeded(),
            Self::Execute(execution) => execution.source.as_ref()?.exceeded(),
            Self::Parse(_) | Self::Message(_) | Self::Misuse(_) => None,
        }
    }

    /// The whole chain, as Go prints it; what is beyond 256 KiB is cut.
    pub fn text(&self) -> String {
        let mut text = self.to_string();
        let mut next = self.source();
        while let Some(error) = next.filter(|_| text.len() < ERROR_BYTES_MAX) {
            text.push_str(": ");
            text.push_str(&error.to_string());
            next = error.source();
        }
        text.truncate(text.floor_char_boundary(ERROR_BYTES_MAX));
        text
    }

    /// The outermost place in a text that is to blame.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Parse(unparsable) => Some(Place {
                template: unparsable.template.clone(),
                line: unparsable.line,
                column: 0,
            }),
            Self::Execute(execution) => Some(execution.place.clone()),
            Self::Because { source, .. } => source.place(),
            Self::Bound(exceeded) => exceeded.place.clone(),
            Self::Message(_) | Self::Misuse(_) => None,
        }
    }

    /// A person must change the chart or its values; nothing else helps, unless the mistake is ours.
    pub fn class(&self) -> Class {
        match self {
            Self::Parse(_) | Self::Message(_) | Self::Bound(_) => Class::User,
            Self::Execute(execution) => {
                execution.source.as_ref().map_or(Class::User, |source| source.class())
            }
            Self::Because { source, .. } => source.class(),
            Self::Misuse(_) => Class::Bug,
        }
    }
}
