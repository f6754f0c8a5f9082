//! A `GitRepository`, read once.

use crate::revision::parse_revision;
use crate::{names, policy};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use trimtab_crd::fields::survey;
use trimtab_crd::{GIT_REPOSITORY, duration, mismatches, read, too_long};
use trimtab_model::{
    AppId, Digest, GroupKind, NotSupported, Remote, Restraint, RevisionSpec, SourceRevision,
    Timestamp, Uid,
};
use url::Url;

/// A repository and the revision of it that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitSource {
    /// Which `GitRepository`.
    pub id: AppId,
    /// The identity of this incarnation.
    pub uid: Uid,
    /// A digest of all that a person can set.
    pub digest: Digest,
    /// The repository, with the Secret that its credential is in.
    pub remote: Remote,
    /// The revision that is wanted.
    pub revision: RevisionSpec,
    /// The pause between two looks.
    pub interval: Duration,
    /// The longest that one request may take.
    pub timeout: Duration,
    /// It is not looked at; those who use it keep what it last had.
    pub suspended: bool,
    /// A look that a person asks for: what names the request.
    pub requested: Option<Arc<str>>,
    /// The request that was handled last.
    pub handled: Option<Arc<str>>,
    /// The revision that its status says.
    pub artifact: Option<SourceRevision>,
    /// When its deletion was asked for.
    pub deleting: Option<Timestamp>,
    /// Accepted, and not acting yet. What restrains here restrains every user of the source.
    pub not_supported: Vec<NotSupported>,
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| GIT_REPOSITORY.schema().into_value());

/// The texts that statuses repeat.
const TEXTS: [&str; 6] = ["url", "ref.branch", "ref.tag", "ref.name", "ref.commit", "ref.semver"];
/// The branch of a source that names none.
const DEFAULT_BRANCH: &str = "master";
/// The timeout where no server has filled it in.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(1);

/// Reads a `GitRepository`; what is wrong with it comes as sentences.
pub fn git_source(resource: &Value) -> Result<GitSource, Vec<String>> {
    let spec = read::at(resource, "spec").unwrap_or(&Value::Null);
    let mut wrong: Vec<String> = mismatches(spec, &SCHEMA["properties"]["spec"], "spec")
        .iter()
        .map(ToString::to_string)
        .collect();
    wrong.extend(too_long(spec, "spec", &TEXTS));
    if spec.is_null() {
        wrong.push("spec must be there".to_owned());
    }
    let id = id(resource);
    let interval = read::text(spec, "interval").and_then(duration::parse).map(policy::interval);
    let timeout = read::text(spec, "timeout").map_or(Some(DEFAULT_TIMEOUT), duration::parse);
    let (Some(id), Some(interval), Some(timeout), true) = (id, interval, timeout, wrong.is_empty())
    else {
        if wrong.is_empty() {
            wrong.push("spec.interval and spec.timeout must be durations".to_owned());
        }
        return Err(wrong);
    };
    let mut not_supported = survey(spec, "spec", crate::tables::GIT_REPOSITORY);
    if read::text(spec, "ref.name").or(read::text(spec, "ref.commit")).is_some() {
        not_supported.retain(|found| &*found.field != "spec.ref.semver");
    }
    let url = url(spec, &mut not_supported);
    let credential = read::text(spec, "secretRef.name");
    let credential = credential.map(|name| format!("{}/{name}", id.namespace).into());
    Ok(GitSource {
        uid: read::text(resource, "metadata.uid").unwrap_or_default().into(),
        digest: digest(resource),
        remote: Remote { url, credential },
        revision: revision(spec),
        interval,
        timeout,
        suspended: read::is_true(spec, "suspend"),
        requested: read::annotation(resource, names::REQUESTED_AT).map(Into::into),
        handled: read::text(resource, "status.lastHandledReconcileAt").map(Into::into),
        artifact: read::text(resource, "status.artifact.revision").and_then(parse_revision),
        deleting: read::time(resource, "metadata.deletionTimestamp"),
        not_supported,
        id,
    })
}

fn id(resource: &Value) -> Option<AppId> {
    Some(AppId {
        kind: GroupKind::new(names::SOURCE_GROUP, names::GIT_REPOSITORY),
        namespace: read::text(resource, "metadata.namespace")?.into(),
        name: read::text(resource, "metadata.name")?.into(),
    })
}

/// The URL without a user name or password.
fn url(spec: &Value, not_supported: &mut Vec<NotSupported>) -> Arc<str> {
    let text = read::text(spec, "url").unwrap_or_default();
    let mut add = |restraint| {
        not_supported.push(NotSupported { field: "spec.url".into(), restraint });
    };
    let parsed = Url::parse(text).ok();
    let Some(mut url) = parsed.filter(|url| matches!(url.scheme(), "http" | "https" | "file"))
    else {
        add(Restraint::Restrains);
        return text.into();
    };
    if url.username().is_empty() && url.password().is_none() {
        return text.into();
    }
    // The password is dropped: a fetch fails where it would have succeeded.
    add(Restraint::Adds);
    // Neither fails for a URL of these schemes that has a host, and only such a one has a user.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    String::from(url).into()
}

/// Of several, the most specific counts: commit, name, tag, branch.
/// Source: source-controller `api/v1/gitrepository_types.go`.
fn revision(spec: &Value) -> RevisionSpec {
    let field = |name: &str| read::text(spec, &format!("ref.{name}"));
    let branch = field("branch");
    if let Some(commit) = field("commit") {
        return RevisionSpec::Commit { commit: commit.into(), branch: branch.map(Into::into) };
    }
    match (field("name"), field("tag")) {
        (Some(name), _) => RevisionSpec::Ref(name.into()),
        (None, Some(tag)) => RevisionSpec::Tag(tag.into()),
        (None, None) => RevisionSpec::Branch(branch.unwrap_or(DEFAULT_BRANCH).into()),
    }
}

fn digest(resource: &Value) -> Digest {
    Digest::of_json(&json!({
        "uid": read::at(resource, "metadata.uid"),
        "spec": read::at(resource, "spec"),
        "requested": read::annotation(resource, names::REQUESTED_AT),
        "deleting": read::at(resource, "metadata.deletionTimestamp"),
    }))
}
