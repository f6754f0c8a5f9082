//! What the scanner yields.

use std::borrow::Cow;

/// A token of YAML. Block collections have tokens though they have no characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token<'t> {
    /// The end of the text.
    End,
    /// `%YAML`, with its version.
    Version { major: u8, minor: u8 },
    /// `%TAG`, with the handle and what it stands for.
    TagHandle { handle: &'t str, prefix: String },
    /// `---`
    DocumentStart,
    /// `...`
    DocumentEnd,
    /// Before the first entry of a block sequence.
    BlockSequenceStart,
    /// Before the first key of a block mapping.
    BlockMappingStart,
    /// After the last entry of a block collection.
    BlockEnd,
    /// `[`
    FlowSequenceStart,
    /// `]`
    FlowSequenceEnd,
    /// `{`
    FlowMappingStart,
    /// `}`
    FlowMappingEnd,
    /// `,`
    FlowEntry,
    /// `-`
    BlockEntry,
    /// `?`, or nothing before an implicit key.
    Key,
    /// `:`
    Value,
    /// `*name`
    Alias(&'t str),
    /// `&name`
    Anchor(&'t str),
    /// `!suffix`, `!handle!suffix` or `!<suffix>`, which has no handle.
    Tag { handle: &'t str, suffix: String },
    /// A scalar's text, unescaped and unfolded, and whether it stood there without quotes.
    Scalar { text: Cow<'t, str>, plain: bool },
}
