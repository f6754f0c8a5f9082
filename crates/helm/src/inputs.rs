//! What templates ask of the world.

use std::fmt;

use serde_json::Value;

use crate::kubernetes::{KNOWN_APIS, KubernetesVersion};

/// Everything that a template may ask beside its values. Whoever adds a sort of question adds it to
/// [`Question`] too, so that it is asked again before the render is trusted.
pub trait Inputs {
    /// An object of a cluster, or the list of all, as JSON.
    fn lookup(&self, question: &Lookup) -> Answer;

    /// Whether a cluster has an API, `apps/v1`, or a kind of it, `apps/v1/Deployment`; `None` if that is
    /// not known yet.
    fn has_api(&self, api: &str) -> Option<bool>;

    /// All APIs of a cluster and their kinds, in its order; `None` if they are not known yet. Only a
    /// template that goes through the list or prints it asks for it.
    fn apis(&self) -> Option<Vec<String>>;

    /// The version of Kubernetes; `None` if it is not known yet.
    fn kubernetes(&self) -> Option<KubernetesVersion>;
}

/// Something that a template asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// For objects of a cluster.
    Lookup(Lookup),
    /// Whether it has one API.
    Api(String),
    /// For the list of its APIs.
    Apis,
    /// For its version.
    Kubernetes,
}

/// What a question was answered with, as far as it may be kept: an object may be a Secret, so neither it
/// nor a digest of it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The cluster has the API.
    Present,
    /// There is no such object, or no such API.
    Absent,
    /// The version, as the cluster says it.
    Version(String),
    /// The SHA-256 digest of the list of APIs.
    Apis([u8; 32]),
    /// There is an object, or the answer was refused: whoever wants to know whether a render still holds
    /// has to render again.
    Unkept,
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

/// Knows of no object, and of the version and the APIs that it was told, as `helm template` does. By
/// default they are those that helm 4.3.1 was made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoCluster {
    /// The version of Kubernetes.
    pub kubernetes: KubernetesVersion,
    /// APIs, and kinds of them.
    pub apis: Vec<String>,
}

impl Default for NoCluster {
    fn default() -> Self {
        Self {
            kubernetes: KubernetesVersion::default(),
            apis: KNOWN_APIS.map(str::to_owned).to_vec(),
        }
    }
}

impl Inputs for NoCluster {
    fn lookup(&self, _question: &Lookup) -> Answer {
        Answer::Absent
    }

    fn has_api(&self, api: &str) -> Option<bool> {
        Some(self.apis.iter().any(|known| known == api))
    }

    fn apis(&self) -> Option<Vec<String>> {
        Some(self.apis.clone())
    }

    fn kubernetes(&self) -> Option<KubernetesVersion> {
        Some(self.kubernetes.clone())
    }
}
