//! What a server can do.

use std::collections::BTreeSet;

/// What a server can do, as far as it matters to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Protocol version 2.
    V2 {
        /// It can tell of a `HEAD` whose branch does not exist yet.
        unborn: bool,
        /// It can cut a history short.
        shallow: bool,
        /// It wants to be told how objects are named. One that does not say so refuses to be told.
        object_format: bool,
    },
    /// Protocol version 0 or 1, with the capabilities that it lists.
    V0(BTreeSet<String>),
}

impl Dialect {
    /// Whether a history can be cut after some commits.
    pub(crate) fn can_cut_by_depth(&self) -> bool {
        match self {
            Self::V2 { shallow, .. } => *shallow,
            Self::V0(can) => can.contains("shallow"),
        }
    }

    /// Whether a history can be cut at a time.
    pub(crate) fn can_cut_by_time(&self) -> bool {
        match self {
            Self::V2 { shallow, .. } => *shallow,
            Self::V0(can) => can.contains("shallow") && can.contains("deepen-since"),
        }
    }
}
