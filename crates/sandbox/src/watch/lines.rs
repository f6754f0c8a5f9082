//! The lines of a watch.

use crate::read::Form;
use crate::refusal::Refusal;
use crate::server::Target;
use bytes::Bytes;
use serde_json::{Value, json};

/// One event.
pub(super) fn event(kind: &str, object: &Value) -> Bytes {
    let mut line = json!({"type": kind, "object": object}).to_string();
    line.push('\n');
    line.into()
}

/// Nothing has happened up to a version.
pub(super) fn bookmark(target: &Target, form: Form, version: u64, initial_end: bool) -> Bytes {
    let (kind, api_version) = match form {
        Form::Whole => (target.resource.kind.clone(), target.api_version()),
        Form::Metadata => ("PartialObjectMetadata".into(), "meta.k8s.io/v1".into()),
    };
    let mut metadata = json!({"resourceVersion": version.to_string()});
    if initial_end {
        metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
    }
    event("BOOKMARK", &json!({"kind": kind, "apiVersion": api_version, "metadata": metadata}))
}

/// The watch cannot go on.
pub(super) fn error(why: &Refusal) -> Bytes {
    event("ERROR", &why.status())
}

/// What came after a version is forgotten; up to which one, where that is known. Source: apiserver,
/// `storage/cacher/watch_cache.go`.
pub(super) fn expired(position: u64, forgotten: Option<u64>) -> Refusal {
    let until = forgotten.unwrap_or(position + 1);
    Refusal::expired(format!("too old resource version: {position} ({until})"))
}
