//! What templates ask of the world.

use std::fmt;

use serde_json::Value;

/// Everything that a template may ask beside its values. Whoever adds a sort of question adds it to
/// [`Question`] too, so that it is asked again before the render is trusted.
pub trait Inputs {
    /// An object of a cluster, or the list of all, as JSON.
    fn lookup(&self, question: &Lookup) -> Answer;
}

/// Something that a template asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// For objects of a cluster.
    Lookup(Lookup),
}

/// What `lookup` asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lookup {
    /// `v1`, `apps/v1`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty for none.
    pub namespace: String,
    /// The name; empty for the list of all.
    pub name: String,
}

/// What is known of it. An answer may be a Secret, so it shows its sort only.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// The object, or the list.
    Found(Value),
    /// There is none.
    Absent,
    /// Not yet: the render goes on as if there were none, to find what else it asks, and is of no use
    /// ([`crate::Outcome::Needs`]).
    Unanswered,
    /// It cannot be known, and why. The render fails with this sentence.
    Refused(String),
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Found(_) => "Found",
            Self::Absent => "Absent",
            Self::Unanswered => "Unanswered",
            Self::Refused(_) => "Refused",
        })
    }
}

/// Knows of no object, as `helm template` does.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCluster;

impl Inputs for NoCluster {
    fn lookup(&self, _question: &Lookup) -> Answer {
        Answer::Absent
    }
}
