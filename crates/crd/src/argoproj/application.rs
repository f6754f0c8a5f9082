//! `Application`: what should be where, by which rules, and how it is doing.

use super::operation::{operation, pair, retry};
use super::source::{hydrator, source};
use super::status::status;
use crate::definition::{Definition, Presence, Subresource, column, wide_column};
use crate::schema::{
    Field, Schema, boolean, integer, list, object, optional, required, text, texts,
};

/// `Application` of argoproj.io. Its status is a field like others, as the reference has it: every
/// write of it moves the generation.
pub const APPLICATION: Definition = Definition {
    group: "argoproj.io",
    version: "v1alpha1",
    kind: "Application",
    plural: "applications",
    short_names: &["app", "apps"],
    categories: &[],
    status: Subresource::Empty,
    columns: &[
        column("Sync Status", "string", ".status.sync.status"),
        column("Health Status", "string", ".status.health.status"),
        wide_column("Revision", "string", ".status.sync.revision"),
        wide_column("Project", "string", ".spec.project"),
    ],
    fields,
    metadata: Presence::Required,
};

fn fields() -> Vec<Field> {
    vec![optional("operation", operation()), required("spec", spec()), optional("status", status())]
}

fn spec() -> Schema {
    object([
        required("destination", destination()),
        optional("ignoreDifferences", list(ignore_rule())),
        optional("info", list(pair())),
        required("project", text()),
        optional("revisionHistoryLimit", integer()),
        optional("source", source()),
        optional("sourceHydrator", hydrator()),
        optional("sources", list(source())),
        optional("syncPolicy", sync_policy()),
    ])
}

pub fn destination() -> Schema {
    object([optional("name", text()), optional("namespace", text()), optional("server", text())])
}

pub fn ignore_rule() -> Schema {
    object([
        optional("group", text()),
        optional("jqPathExpressions", list(text())),
        optional("jsonPointers", list(text())),
        required("kind", text()),
        optional("managedFieldsManagers", list(text())),
        optional("name", text()),
        optional("namespace", text()),
    ])
}

pub fn managed_namespace() -> Schema {
    object([optional("annotations", texts()), optional("labels", texts())])
}

fn sync_policy() -> Schema {
    let automated = object([
        optional("allowEmpty", boolean()),
        optional("enabled", boolean()),
        optional("prune", boolean()),
        optional("selfHeal", boolean()),
    ]);
    object([
        optional("automated", automated),
        optional("managedNamespaceMetadata", managed_namespace()),
        optional("retry", retry()),
        optional("syncOptions", list(text())),
    ])
}
