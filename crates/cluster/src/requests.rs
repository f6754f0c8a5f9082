//! Counts of the requests that were sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What is counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestKind {
    /// What was asked for: `get`, `list`, `watch`, `apply`, `patch`, `create`, `update`, `delete`.
    pub verb: &'static str,
    /// Of which resource, for example `deployments.apps`.
    pub resource: Arc<str>,
    /// The HTTP code of the answer; 0 when there was none.
    pub code: u16,
}

/// How often something was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestCount {
    /// What.
    pub kind: RequestKind,
    /// How often.
    pub count: u64,
}

/// The counts of one cluster since the process began.
#[derive(Debug, Default)]
pub struct Requests {
    counts: Mutex<BTreeMap<RequestKind, u64>>,
    restarts: Mutex<BTreeMap<Arc<str>, u64>>,
}

impl Requests {
    /// All counts, in order.
    pub fn counts(&self) -> Vec<RequestCount> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .map(|(kind, count)| RequestCount { kind: kind.clone(), count: *count })
            .collect()
    }

    /// How often the watch of each resource had to read its collection from the beginning again.
    pub fn watch_restarts(&self) -> Vec<(Arc<str>, u64)> {
        let restarts = self.restarts.lock().unwrap_or_else(PoisonError::into_inner);
        restarts.iter().map(|(resource, count)| (resource.clone(), *count)).collect()
    }

    pub(crate) fn count(&self, verb: &'static str, resource: &Arc<str>, code: u16) {
        let kind = RequestKind { verb, resource: resource.clone(), code };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(kind).or_default() += 1;
    }

    pub(crate) fn restarted(&self, resource: &Arc<str>) {
        let mut restarts = self.restarts.lock().unwrap_or_else(PoisonError::into_inner);
        *restarts.entry(resource.clone()).or_default() += 1;
    }
}
