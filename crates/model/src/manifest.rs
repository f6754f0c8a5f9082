//! One desired object, as it was written down.

use crate::{GroupVersionKind, Name, ObjectKey, Version, is_path_segment};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;

/// Where a manifest stands, so that a problem can name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file's path from the root of its source.
    pub file: Arc<str>,
    /// The line where the document begins, from 1.
    pub line: u32,
}

/// Displays as `path/to/file.yaml:12`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One desired object: a JSON document that has `apiVersion`, `kind` and `metadata.name`.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Which object it describes. The namespace is the manifest's own; the planner fills in the
    /// destination's for a namespaced kind that names none.
    pub key: ObjectKey,
    /// The API version that it is written in.
    pub version: Version,
    /// The whole document.
    pub body: Value,
    /// Where it stands.
    pub origin: Origin,
}

/// Why a document is not a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The document is a list or a scalar.
    #[error("the document is not an object")]
    NotAnObject,
    /// A field that every object has is absent or empty.
    #[error("`{field}` is missing")]
    Missing {
        /// The field's path.
        field: &'static str,
    },
    /// A field that every object has is no text.
    #[error("`{field}` must be a string")]
    NotText {
        /// The field's path.
        field: &'static str,
    },
    /// A name would lead a request to something else than the object.
    #[error("`{field}` must not be `.` or `..`, or contain `/` or `%`")]
    NotAName {
        /// The field's path.
        field: &'static str,
    },
    /// What is written is no version, with or without a group.
    #[error(
        "`apiVersion` must be a version such as `v1`, or a group and a version such as `apps/v1`: it is `{0}`"
    )]
    NotAVersion(String),
}

impl Manifest {
    /// Reads the identity of a document. One that leaves its name to the server ([`Self::is_nameless`])
    /// goes by what the name begins with and a `*`, which no name has.
    pub fn new(body: Value, origin: Origin) -> Result<Self, ManifestError> {
        let fields = body.as_object().ok_or(ManifestError::NotAnObject)?;
        let api_version = required(fields.get("apiVersion"), "apiVersion")?;
        let kind = required(fields.get("kind"), "kind")?;
        let metadata = fields.get("metadata").and_then(Value::as_object);
        let metadata = metadata.ok_or(ManifestError::Missing { field: "metadata" })?;
        let name = name(metadata)?;
        let namespace = optional(metadata.get("namespace"), "metadata.namespace")?;
        let namespace = namespace.map(|name| segment(name, "metadata.namespace")).transpose()?;
        let kind = GroupVersionKind::of(api_version, kind);
        check_version(api_version, &kind)?;
        let key = ObjectKey {
            group: kind.group.clone(),
            kind: kind.kind.clone(),
            namespace: namespace.map(Into::into),
            name,
        };
        Ok(Self { key, version: kind.version, body, origin })
    }

    /// The kind at the version that the manifest is written in.
    pub fn kind(&self) -> GroupVersionKind {
        self.key.group_kind().at(self.version.clone())
    }

    /// Whether it has `generateName` and no name: each request would create another object, and none
    /// could be found again.
    pub fn is_nameless(&self) -> bool {
        let metadata = self.body.get("metadata");
        matches!(optional(metadata.and_then(|m| m.get("name")), ""), Ok(None))
    }

    /// The value of an annotation, if it is a text.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.body.get("metadata")?.get("annotations")?.get(name)?.as_str()
    }

    /// The value of a label, if it is a text.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.body.get("metadata")?.get("labels")?.get(name)?.as_str()
    }
}

fn name(metadata: &Map<String, Value>) -> Result<Name, ManifestError> {
    let field = "metadata.name";
    if let Some(name) = optional(metadata.get("name"), field)? {
        return segment(name, field).map(Into::into);
    }
    let begin = optional(metadata.get("generateName"), "metadata.generateName")?;
    let begin = segment(begin.ok_or(ManifestError::Missing { field })?, "metadata.generateName")?;
    Ok(format!("{begin}*").as_str().into())
}

/// Group and version stand in the path of a request. Source: k8s.io/apimachinery
/// `pkg/runtime/schema/group_version.go`, `ParseGroupVersion`, which takes one `/` at most.
fn check_version(text: &str, kind: &GroupVersionKind) -> Result<(), ManifestError> {
    let version = kind.version.as_str();
    let has_group = text.contains('/');
    let is_group = !has_group || (!kind.group.is_empty() && is_path_segment(kind.group.as_str()));
    if is_group && !version.is_empty() && is_path_segment(version) {
        return Ok(());
    }
    Err(ManifestError::NotAVersion(text.chars().take(VERSION_SHOWN_CHARACTERS).collect()))
}

/// How much is shown of what is no version.
const VERSION_SHOWN_CHARACTERS: usize = 100;

fn segment<'a>(name: &'a str, field: &'static str) -> Result<&'a str, ManifestError> {
    is_path_segment(name).then_some(name).ok_or(ManifestError::NotAName { field })
}

fn required<'a>(value: Option<&'a Value>, field: &'static str) -> Result<&'a str, ManifestError> {
    optional(value, field)?.ok_or(ManifestError::Missing { field })
}

/// An empty text and `null` count as absent, as they do for the API server.
fn optional<'a>(
    value: Option<&'a Value>,
    field: &'static str,
) -> Result<Option<&'a str>, ManifestError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ManifestError::NotText { field }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_version_is_one_name_or_two() {
        let origin = Origin { file: "a.yaml".into(), line: 1 };
        let read = |version: &str| {
            let body = json!({"apiVersion": version, "kind": "Job", "metadata": {"name": "a"}});
            Manifest::new(body, origin.clone()).map(|manifest| manifest.version.to_string())
        };
        assert_eq!(read("v1").as_deref(), Ok("v1"));
        assert_eq!(read("batch/v1").as_deref(), Ok("v1"));
        for wrong in
            ["batch/v1/jobs", "batch/", "/v1", "batch/..", "../v1", "batch/v1%2fx", "a//v1"]
        {
            let refused = read(wrong).unwrap_err();
            assert_eq!(refused, ManifestError::NotAVersion(wrong.to_owned()));
            assert!(refused.to_string().contains(wrong), "{refused}");
        }
    }
}
