//! How a `GitRepository` is doing.
//!
//! We keep commits in our own cache and serve no archives. Where the family's status describes its
//! archive, ours describes the commit, so that clients that show it show the truth: `revision` is the
//! family's, `digest` is the commit's own name, `url` is the repository's, `path` is where the family
//! would have put its archive. Another controller that would download the archive gets none, and its
//! check of the digest fails: it never applies something else instead. When the family's controller
//! takes over again, it finds no archive in its storage and makes one.

use crate::conditions::Conditions;
use crate::revision::revision_text;
use crate::{GitSource, names};
use serde_json::{Value, json};
use trimtab_crd::{patch, read};
use trimtab_model::{SourceRevision, Timestamp};

/// What is known of a source.
#[derive(Clone, Copy, Debug)]
pub enum SourceState<'a> {
    /// The wanted revision is in our cache.
    Fetched(&'a SourceRevision),
    /// The last look or fetch failed; what was there before is still used.
    Failed(SourceFailure, &'a str),
    /// Nothing can be done until a person changes something: a field that does not act, or one that
    /// is wrong.
    Stalled(&'a str, &'a str),
    /// It is suspended.
    Suspended,
}

/// Why a source could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFailure {
    /// The credential is missing or was refused.
    Authentication,
    /// Anything else.
    Git,
}

/// The JSON merge patch, for the status subresource, that tells how a source is doing; `None` where
/// the status says so already. `handled` is the request that this look answers.
pub fn source_status(
    resource: &Value,
    source: Option<&GitSource>,
    state: SourceState<'_>,
    handled: Option<&str>,
    now: Timestamp,
) -> Option<Value> {
    let old = read::at(resource, "status").filter(|status| status.is_object());
    let old = old.cloned().unwrap_or_else(|| json!({}));
    let mut new = old.clone();
    let mut conditions = Conditions::new(resource, now);
    match state {
        SourceState::Fetched(revision) => fetched(&mut conditions, revision),
        SourceState::Failed(failure, why) => failed(&mut conditions, failure, why),
        SourceState::Stalled(reason, why) => {
            conditions.set("Stalled", "True", reason, why);
            conditions.set("Ready", "False", reason, why);
        }
        SourceState::Suspended => conditions.remove("Stalled"),
    }
    if let (SourceState::Fetched(revision), Some(source)) = (state, source) {
        new["artifact"] = artifact(source, revision, &old, now);
    }
    // A failure leaves the generation unobserved: the work is not done.
    if !matches!(state, SourceState::Failed(..))
        && let Some(generation) = read::integer(resource, "metadata.generation")
    {
        new["observedGeneration"] = generation.into();
    }
    if let Some(handled) = handled {
        new["lastHandledReconcileAt"] = handled.into();
    }
    new["conditions"] = conditions.finish().into();
    let status = patch::merge_patch(&old, &new)?;
    Some(json!({"metadata": {"uid": read::at(resource, "metadata.uid")?}, "status": status}))
}

fn fetched(conditions: &mut Conditions, revision: &SourceRevision) {
    for gone in
        ["Reconciling", "Stalled", "FetchFailed", "StorageOperationFailed", "ArtifactOutdated"]
    {
        conditions.remove(gone);
    }
    let message = format!("stored artifact for revision '{}'", revision_text(revision));
    conditions.set("Ready", "True", "Succeeded", &message);
    conditions.set("ArtifactInStorage", "True", "Succeeded", &message);
}

fn failed(conditions: &mut Conditions, failure: SourceFailure, why: &str) {
    let reason = match failure {
        SourceFailure::Authentication => "AuthenticationFailed",
        SourceFailure::Git => "GitOperationFailed",
    };
    conditions.set("FetchFailed", "True", reason, why);
    conditions.set("Ready", "False", reason, why);
    conditions.set("Reconciling", "True", "ProgressingWithRetry", "reconciliation in progress");
}

/// The time moves only when the revision does.
fn artifact(source: &GitSource, revision: &SourceRevision, old: &Value, now: Timestamp) -> Value {
    let text = revision_text(revision);
    if read::text(old, "artifact.revision") == Some(text.as_str()) {
        return old["artifact"].clone();
    }
    let bare = SourceRevision { commit: revision.commit.clone(), found_as: None };
    json!({
        "digest": revision_text(&bare),
        "lastUpdateTime": read::seconds(now),
        "path": format!(
            "{}/{}/{}/{}.tar.gz",
            names::GIT_REPOSITORY.to_lowercase(), source.id.namespace, source.id.name, revision.commit
        ),
        "revision": text,
        "url": &*source.remote.url,
    })
}
