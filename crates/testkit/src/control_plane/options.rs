use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// A Kubernetes minor version that can be built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Minor {
    /// 1.35, for upgrades under a running operator.
    V1_35,
    /// 1.36, what everything is tested with.
    #[default]
    V1_36,
}

impl Minor {
    /// All of them, oldest first.
    pub const ALL: [Self; 2] = [Self::V1_35, Self::V1_36];

    /// Whole version, as the server says it.
    pub fn version(self) -> &'static str {
        match self {
            Self::V1_35 => "v1.35.4",
            Self::V1_36 => "v1.36.3",
        }
    }

    /// The file in the Go module's folder that names the dependencies.
    pub(super) fn module_file(self) -> &'static str {
        match self {
            Self::V1_35 => "minor-1.35.mod",
            Self::V1_36 => "go.mod",
        }
    }

    /// The number after the first dot.
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::V1_35 => "35",
            Self::V1_36 => "36",
        }
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.number())
    }
}

/// What control plane to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its version.
    pub minor: Minor,
    /// Where it keeps everything. `None` is a fresh folder that goes with the control plane. A
    /// folder that was used before is continued: same data, same tokens and, if free, same port.
    pub data: Option<PathBuf>,
    /// Name and groups of each user.
    pub users: BTreeMap<String, Vec<String>>,
    /// Whether the stand-in for nodes runs.
    pub nodes: bool,
}

impl Default for Options {
    /// The default minor in a fresh folder, with nodes and the users `admin` (for the test itself)
    /// and `operator` (for who is tested), both in `system:masters`.
    fn default() -> Self {
        let all = Self { minor: Minor::default(), data: None, users: BTreeMap::new(), nodes: true };
        all.user("admin", &["system:masters"]).user("operator", &["system:masters"])
    }
}

impl Options {
    /// With this user, in place of one of the same name.
    #[must_use]
    pub fn user(mut self, name: &str, groups: &[&str]) -> Self {
        self.users.insert(name.into(), groups.iter().map(ToString::to_string).collect());
        self
    }
}
