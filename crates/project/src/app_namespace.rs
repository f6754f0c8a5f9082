//! In which namespaces applications may stand.

use crate::Pattern;
use regex::{Regex, RegexBuilder};

/// The largest program that a regular expression may become, in bytes.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// One entry of a project's application namespaces: a glob, or a regular expression between slashes,
/// which may match any part. What cannot be read matches nothing.
#[derive(Clone, Debug)]
pub struct AppNamespace {
    glob: Pattern,
    regex: Option<Regex>,
}

impl AppNamespace {
    /// Whether the entry means this namespace.
    pub fn matches(&self, namespace: &str) -> bool {
        self.glob.matches(namespace)
            || self.regex.as_ref().is_some_and(|regex| regex.is_match(namespace))
    }
}

impl From<&str> for AppNamespace {
    fn from(text: &str) -> Self {
        let inside = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        let regex = inside
            .and_then(|inside| RegexBuilder::new(inside).size_limit(REGEX_BYTES_MAX).build().ok());
        Self { glob: Pattern::from(text), regex }
    }
}

/// Equal when written alike: a text has one meaning.
impl PartialEq for AppNamespace {
    fn eq(&self, other: &Self) -> bool {
        self.glob == other.glob
    }
}

impl Eq for AppNamespace {}
