//! Who wrote what: what an audit log is to a real server.

use crate::faults::Verb;
use std::sync::Arc;
use trimtab_model::Timestamp;

/// One write that was asked for, whatever came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// When.
    pub at: Timestamp,
    /// Who asked.
    pub user: Arc<str>,
    /// The field manager under which it was asked; empty where there is none.
    pub manager: String,
    /// What was asked for.
    pub verb: Verb,
    /// The API group.
    pub group: String,
    /// The plural.
    pub resource: String,
    /// The namespace, where there is one.
    pub namespace: Option<String>,
    /// The object; the server's choice where the writer left it to the server.
    pub name: Option<String>,
    /// The subresource.
    pub subresource: Option<String>,
    /// Whether nothing was to be stored.
    pub dry_run: bool,
    /// The code of the answer.
    pub code: u16,
    /// The version that the object has since then, if the write stored something.
    pub resource_version: Option<u64>,
}

impl Written {
    /// Whether the write changed what is stored.
    pub fn is_change(&self) -> bool {
        self.resource_version.is_some()
    }
}
