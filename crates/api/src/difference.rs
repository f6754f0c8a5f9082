//! How one object differs from what is desired.

use serde::Serialize;

/// How one object differs from what its application desires.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Its group; empty for the core group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for an object of the whole cluster.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The unified difference of live and desired as YAML. Values of Secrets are hidden.
    pub diff: String,
}
