//! Patterns as the rules of a project write them.

use std::fmt;
use std::sync::Arc;
use trimtab_model::{Glob, GlobError};

/// A glob. One that cannot be read matches nothing, and says so: whoever denies by it asks for its
/// [problem](Pattern::problem) first. `*` alone matches everything.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    text: Arc<str>,
    glob: Result<Glob, GlobError>,
}

impl Pattern {
    /// Whether a text is of the pattern. No character stops a `*`.
    pub fn matches(&self, text: &str) -> bool {
        self.matches_between(text, None)
    }

    /// The same, where a separator stops every `*` but the one that stands alone.
    pub(crate) fn matches_between(&self, text: &str, separator: Option<char>) -> bool {
        &*self.text == "*" || self.glob.as_ref().is_ok_and(|glob| glob.matches(text, separator))
    }

    /// Why it cannot be read, if it cannot.
    pub fn problem(&self) -> Option<&GlobError> {
        self.glob.as_ref().err()
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<&str> for Pattern {
    fn from(text: &str) -> Self {
        Self { text: text.into(), glob: Glob::parse(text) }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// A pattern that may begin with `!`, and then denies what the rest matches: `!*` denies everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deniable {
    /// Whether it begins with `!`.
    pub denies: bool,
    /// What follows.
    pub pattern: Pattern,
}

impl Deniable {
    /// Whether a text passes: it is of the pattern, or the pattern denies others.
    pub fn passes(&self, text: &str) -> bool {
        self.passes_between(text, None)
    }

    /// Why it denies and cannot be read, if that is so: it would deny nothing.
    pub fn problem(&self) -> Option<&GlobError> {
        self.pattern.problem().filter(|_| self.denies)
    }

    pub(crate) fn passes_between(&self, text: &str, separator: Option<char>) -> bool {
        self.pattern.matches_between(text, separator) != self.denies
    }
}

impl From<&str> for Deniable {
    fn from(text: &str) -> Self {
        match text.strip_prefix('!') {
            Some(denied) => Self { denies: true, pattern: Pattern::from(denied) },
            None => Self { denies: false, pattern: Pattern::from(text) },
        }
    }
}
