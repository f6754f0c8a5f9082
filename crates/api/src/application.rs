//! One application, as it stands.

use serde::Serialize;
use std::collections::BTreeMap;

/// One application, as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// The kind of the resource: `Application` or `Kustomization`.
    pub kind: String,
    /// The namespace of the resource.
    pub namespace: String,
    /// The name of the resource.
    pub name: String,
    /// The labels of the resource.
    pub labels: BTreeMap<String, String>,
    /// The project; empty for a kind without projects.
    pub project: String,
    /// Where the objects go: the cluster.
    pub cluster: String,
    /// Where the objects go: the namespace.
    pub destination_namespace: String,
    /// Where the objects come from.
    pub sources: Vec<Source>,
    /// `Synced`, `OutOfSync` or `Unknown`.
    pub sync_status: String,
    /// `Healthy`, `Progressing`, `Degraded`, `Suspended`, `Missing` or `Unknown`.
    pub health_status: String,
    /// `Manual`, `Auto`, `Auto-Prune`.
    pub sync_policy: String,
    /// What was compared with.
    pub revision: String,
    /// What a person should know.
    pub conditions: Vec<Condition>,
    /// The objects.
    pub resources: Vec<Resource>,
    /// The last sync, running or ended.
    pub operation: Option<Operation>,
    /// Past syncs, oldest first.
    pub history: Vec<HistoryEntry>,
}

/// Where objects come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The repository's URL, or the name of a source resource.
    pub repository: String,
    /// The path in it.
    pub path: String,
    /// The revision that is followed. Of a source resource only who looks at it knows: a list does not.
    pub target_revision: String,
    /// The source resource is suspended, so that nobody looks for new revisions; left out where it is not,
    /// or where nobody looked at it.
    #[serde(skip_serializing_if = "is_false")]
    pub suspended: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A sentence that a person should read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Its kind, in the family's word.
    pub r#type: String,
    /// The sentence.
    pub message: String,
    /// Since when, RFC 3339.
    pub since: String,
}

/// One object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its group; empty for the core group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for an object of the whole cluster.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `Synced`, `OutOfSync` or `Unknown`; empty where the family does not say.
    pub status: String,
    /// Its health; left out where the kind has no check, or where nobody looked: a list looks at no object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub health: String,
    /// What became of it in the last sync.
    pub message: String,
    /// Whether it is no longer desired, and waits to be pruned.
    pub requires_pruning: bool,
}

/// A sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// `Running`, `Succeeded`, `Failed`, `Error` or `Terminating`.
    pub phase: String,
    /// One sentence.
    pub message: String,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339; empty while it runs.
    pub finished_at: String,
    /// The revision that it brings into effect.
    pub revision: String,
    /// What became of each object.
    pub results: Vec<ResourceResult>,
}

/// What became of one object in a sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceResult {
    /// The object's group.
    pub group: String,
    /// The object's kind.
    pub kind: String,
    /// The object's namespace.
    pub namespace: String,
    /// The object's name.
    pub name: String,
    /// `Synced`, `SyncFailed`, `Pruned` or `PruneSkipped`.
    pub status: String,
    /// One sentence.
    pub message: String,
}

/// A past sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// Growing number.
    pub id: i64,
    /// When it ended, RFC 3339.
    pub deployed_at: String,
    /// What it brought into effect.
    pub revision: String,
    /// Who started it; `automated` when it started by itself, and empty where the family does not say.
    pub initiated_by: String,
}
