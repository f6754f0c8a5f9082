//! Shapes that several kinds of the family have.

use crate::definition::{Column, column};
use crate::schema::{Schema, integer, object, optional, required, text, texts, time};
use serde_json::json;

pub const READY: Column =
    column("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status");
pub const MESSAGE: Column =
    column("Status", "string", ".status.conditions[?(@.type==\"Ready\")].message");
pub const AGE: Column = column("Age", "date", ".metadata.creationTimestamp");

pub fn duration() -> Schema {
    text().matching(r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$")
}

pub fn duration_without_hours() -> Schema {
    text().matching(r"^([0-9]+(\.[0-9]+)?(ms|s|m))+$")
}

pub fn local_name() -> Schema {
    object([required("name", text())])
}

/// A new resource says that nothing of it was observed yet.
pub fn unobserved(status: Schema) -> Schema {
    status.by_default(json!({"observedGeneration": -1}))
}

pub fn condition() -> Schema {
    let reason =
        text().at_least(1).at_most(1024).matching("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$");
    let kind = text().at_most(316).matching(concat!(
        r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?",
        r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"
    ));
    object([
        required("lastTransitionTime", time()),
        required("message", text().at_most(32768)),
        optional("observedGeneration", integer().from(0)),
        required("reason", reason),
        required("status", text().one_of(["True", "False", "Unknown"])),
        required("type", kind),
    ])
}

pub fn artifact() -> Schema {
    let digest = text().matching("^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$");
    object([
        required("digest", digest),
        required("lastUpdateTime", time()),
        optional("metadata", texts()),
        required("path", text()),
        required("revision", text()),
        optional("size", integer()),
        required("url", text()),
    ])
}
