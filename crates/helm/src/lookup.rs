//! Objects of a cluster that templates ask for.

use serde_json::Value;

/// What `lookup` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question<'q> {
    /// `v1`, `apps/v1`.
    pub api_version: &'q str,
    /// The kind.
    pub kind: &'q str,
    /// The namespace; empty for none.
    pub namespace: &'q str,
    /// The name; empty for the list of all.
    pub name: &'q str,
}

/// Answers `lookup`.
pub trait Lookup {
    /// The object, or the list, as JSON; `None` if there is none.
    ///
    /// # Errors
    /// Why it cannot be known. The render fails with this text.
    fn lookup(&self, question: Question<'_>) -> Result<Option<Value>, String>;
}

/// Knows of no object, as `helm template` does.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCluster;

impl Lookup for NoCluster {
    fn lookup(&self, _question: Question<'_>) -> Result<Option<Value>, String> {
        Ok(None)
    }
}
