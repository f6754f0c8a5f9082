//! How well something is, in one word.

use std::fmt;

/// How well an object or an application is, from best to worst.
/// Source: argo-cd `gitops-engine/pkg/health/health.go`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// All that was asked for is there and works.
    Healthy,
    /// A person has paused it.
    Suspended,
    /// Not healthy yet, and on its way.
    Progressing,
    /// Not in the cluster.
    Missing,
    /// Failed, or not healthy within its own deadline.
    Degraded,
    /// It could not be judged.
    Unknown,
}

impl Code {
    /// The worse of two.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        self.max(other)
    }

    /// The word that users see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Suspended => "Suspended",
            Self::Progressing => "Progressing",
            Self::Missing => "Missing",
            Self::Degraded => "Degraded",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
