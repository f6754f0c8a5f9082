//! A chart, with all charts that it depends on.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::function::is_compatible;

mod decode;
mod error;
mod ignore;
mod import;
mod limits;
mod load;
mod metadata;
mod part;
mod process;
mod schema;
mod warning;

pub use error::{Error, Exceeded};
pub use limits::Limits;
pub(crate) use limits::Room;
pub use load::Loaded;
pub(crate) use part::Part;
pub use process::{Processed, Settings};
pub(crate) use warning::Warnings;
pub use warning::{Level, Warning};

/// A chart as it was loaded, or as its dependencies left it.
///
/// Values are JSON. A number that came out of a file is a float (Go's `float64`), one that came from
/// `--set` an integer (`int64`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// `Chart.yaml`.
    pub metadata: Metadata,
    /// What lies in `templates/`, in the order of the tree or of the archive.
    pub templates: Vec<File>,
    /// All other files, `crds/` included: what templates reach as `.Files`.
    pub files: Vec<File>,
    /// `values.yaml`.
    pub values: Map<String, Value>,
    /// `values.schema.json`.
    pub schema: Option<Arc<[u8]>>,
    /// `Chart.lock`.
    pub lock: Option<Lock>,
    /// The charts in `charts/`, by the names of their folders and archives. After [`Chart::process`]
    /// those alone that are enabled, under their aliases.
    pub dependencies: Vec<Chart>,
}

/// A file of a chart. Its bytes are shared between the copies of a chart that aliases make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it lies in its own chart: `templates/a.yaml`.
    pub path: String,
    /// What it holds, without a byte order mark.
    pub bytes: Arc<[u8]>,
}

/// What `Chart.yaml` says of a chart. Texts are empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// The name; of an aliased chart, its alias.
    pub name: String,
    /// `home`: the project's page.
    pub home: String,
    /// `sources`.
    pub sources: Vec<String>,
    /// `version`: a semantic version.
    pub version: String,
    /// `description`.
    pub description: String,
    /// `keywords`.
    pub keywords: Vec<String>,
    /// `maintainers`.
    pub maintainers: Vec<Maintainer>,
    /// `icon`.
    pub icon: String,
    /// `apiVersion`: `v1` or `v2`, and `v1` where the file has none.
    pub api_version: String,
    /// `condition`, which nothing reads.
    pub condition: String,
    /// `tags`, which nothing reads.
    pub tags: String,
    /// `appVersion`.
    pub app_version: String,
    /// `deprecated`.
    pub deprecated: bool,
    /// `annotations`; `None` if the file has none, which templates see as nil.
    pub annotations: Option<BTreeMap<String, String>>,
    /// `kubeVersion`: a constraint.
    pub kube_version: String,
    /// `dependencies`, those of `requirements.yaml` in their place; `None` if neither file has any, and then
    /// nothing in the charts below is enabled or disabled. After [`Chart::process`] the enabled ones.
    pub dependencies: Option<Vec<Dependency>>,
    /// `type`: `application`, `library` or empty.
    pub kind: String,
}

/// Who maintains a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintainer {
    /// A person or an organization.
    pub name: String,
    /// An address.
    pub email: String,
    /// A page.
    pub url: String,
}

/// A chart that another one depends on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependency {
    /// Its name; after [`Chart::process`] its alias, if it has one.
    pub name: String,
    /// A constraint; in a lock, a version.
    pub version: String,
    /// The URL of its repository.
    pub repository: String,
    /// Paths of values, split by commas; the first that is a boolean decides whether it is enabled.
    pub condition: String,
    /// Names under `tags` in the values, which decide where no condition does.
    pub tags: Vec<String>,
    /// Whether it is enabled. Decided by [`Chart::process`].
    pub enabled: bool,
    /// What of its values is imported: names under its `exports`, or pairs of `child` and `parent`. After
    /// [`Chart::process`] pairs alone.
    pub import_values: Vec<Value>,
    /// Under which name it is rendered.
    pub alias: String,
}

/// What `Chart.lock` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// When it was written, as the file says it.
    pub generated: String,
    /// A digest of what was asked for and what was found.
    pub digest: String,
    /// What was found.
    pub dependencies: Vec<Dependency>,
}

impl Chart {
    /// The name by which its parent knows it.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Refuses a cluster whose version is not what `kubeVersion` asks for. Its plain version counts, without
    /// what its provider adds; the error tells the whole. Helm does so after it has merged the values, and
    /// before it renders. Source: helm `action.go` (`renderResources`).
    ///
    /// # Errors
    /// The version does not fit, in helm's words.
    pub fn check_kube_version(&self, plain: &str, whole: &str) -> Result<(), Error> {
        let asked = &self.metadata.kube_version;
        if asked.is_empty() || is_compatible(asked, plain) {
            return Ok(());
        }
        Err(Error::refused(format!(
            "chart requires kubeVersion: {asked} which is incompatible with Kubernetes {whole}"
        )))
    }

    /// Whether it only brings named templates for others.
    pub fn is_library(&self) -> bool {
        self.metadata.kind.eq_ignore_ascii_case("library")
    }

    /// The definitions of custom resources that it brings itself, without those of the charts below. Source:
    /// helm `chart.go` (`CRDObjects`).
    pub fn crds(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.starts_with("crds/") && is_manifest(&file.path))
    }
}

fn is_manifest(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or_default();
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}
