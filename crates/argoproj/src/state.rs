//! The last sync, running or ended: `status.operationState`.

use crate::{operation, results, source};
use serde_json::{Value, json};
use trimtab_crd::{read, sentence};
use trimtab_model::{App, Commit, Source, SourceRevision, UnknownFields};
use trimtab_sync::{Operation, Phase};

/// Reads the last operation. One without a beginning is none.
pub fn read(status: &Value, configured: &[Source]) -> Option<Operation> {
    let state = read::at(status, "operationState")?;
    let asked = read::at(state, "operation").unwrap_or(&Value::Null);
    let result = read::at(state, "syncResult").unwrap_or(&Value::Null);
    let rule = unknown_fields(configured);
    let mut sources = source::recorded(result, rule);
    if sources.is_empty() {
        sources = source::recorded(&asked["sync"], rule);
    }
    // Nobody wrote the credential down: sources that are otherwise the same are the same.
    if Source::digest_of(&sources) == Source::digest_of(configured) {
        sources = configured.to_vec();
    }
    Some(Operation {
        request: operation::request(asked),
        phase: phase(read::text(state, "phase")?)?,
        message: read::text(state, "message").unwrap_or_default().to_owned(),
        started_at: read::time(state, "startedAt")?,
        finished_at: read::time(state, "finishedAt"),
        revisions: revisions(result, &sources),
        sources: Source::digest_of(&sources),
        retries: read::integer(state, "retryCount")
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(0),
        results: results::read_all(status),
    })
}

/// Whether a status says that an operation runs.
pub fn claims_to_run(status: &Value) -> bool {
    matches!(read::text(status, "operationState.phase"), Some("Running" | "Terminating"))
}

/// Recorded sources are compared with the spec's: both are read by the same rule.
fn unknown_fields(sources: &[Source]) -> UnknownFields {
    sources.first().map_or(UnknownFields::Refuse, |source| match &source.renderer {
        trimtab_model::Renderer::Directory(directory) => directory.unknown_fields,
    })
}

fn phase(text: &str) -> Option<Phase> {
    Some(match text {
        "Running" => Phase::Running,
        "Terminating" => Phase::Terminating,
        "Failed" => Phase::Failed,
        "Error" => Phase::Error,
        "Succeeded" => Phase::Succeeded,
        _ => return None,
    })
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Running => "Running",
        Phase::Terminating => "Terminating",
        Phase::Failed => "Failed",
        Phase::Error => "Error",
        Phase::Succeeded => "Succeeded",
    }
}

/// Reads `revisions` or `revision`; none unless every one is a commit. What a revision was found as a
/// status does not say; the sources do.
pub fn revisions(holder: &Value, sources: &[Source]) -> Vec<SourceRevision> {
    let several = read::list(holder, "revisions");
    let single = read::at(holder, "revision").filter(|_| several.is_empty());
    let commits: Option<Vec<Commit>> =
        several.iter().chain(single).map(|text| Commit::parse(text.as_str()?)).collect();
    let found_as = |index: usize| match sources.get(index).map(|source| &source.revision) {
        Some(trimtab_model::RevisionSpec::Named(name)) => Some(name.clone()),
        _ => None,
    };
    let commits = commits.unwrap_or_default().into_iter().enumerate();
    commits
        .map(|(index, commit)| SourceRevision {
            // A name that is the commit itself was found as nothing.
            found_as: found_as(index).filter(|name| !commit.as_str().starts_with(&**name)),
            commit,
        })
        .collect()
}

/// Puts `revision` or `revisions` into an object, as an application with one source or with several
/// has them.
pub fn write_revisions(holder: &mut Value, spec: &Value, revisions: &[SourceRevision]) {
    let names: Vec<&str> = revisions.iter().map(|revision| revision.commit.as_str()).collect();
    if read::list(spec, "sources").is_empty() {
        if let Some(name) = names.first() {
            holder["revision"] = (*name).into();
        }
    } else if !names.is_empty() {
        holder["revisions"] = names.into();
    }
}

/// Puts `source` or `sources` into an object, as the spec has them but for a password in a URL: more
/// people may read a status than may write a spec, and it is copied further (P17).
pub fn write_sources(holder: &mut Value, spec: &Value) {
    let sources = read::list(spec, "sources");
    if sources.is_empty() {
        if let Some(source) = read::at(spec, "source") {
            holder["source"] = source::without_password(source);
        }
    } else {
        holder["sources"] = sources.iter().map(source::without_password).collect();
    }
}

/// Writes an operation. What its request said is copied: from the status while it is the same
/// operation, from the field `operation` when it begins with one, else from what we asked ourselves.
pub fn write(operation: &Operation, app: &App, resource: &Value) -> Value {
    let spec = read::at(resource, "spec").unwrap_or(&Value::Null);
    let old = read::at(resource, "status.operationState").unwrap_or(&Value::Null);
    let started_at = read::seconds(operation.started_at);
    let same = read::text(old, "startedAt") == Some(started_at.as_str());
    let mut asked =
        match (same.then(|| read::at(old, "operation")).flatten(), &operation.request.user) {
            (Some(asked), _) => asked.clone(),
            (None, Some(_)) => {
                read::at(resource, "operation").cloned().unwrap_or_else(|| ask(operation, spec))
            }
            (None, None) => ask(operation, spec),
        };
    let mut state = json!({
        "phase": phase_name(operation.phase),
        "startedAt": started_at,
    });
    if !operation.message.is_empty() {
        state["message"] = sentence(&operation.message).into();
    }
    if let Some(finished_at) = operation.finished_at {
        state["finishedAt"] = read::seconds(finished_at).into();
    }
    if operation.retries > 0 {
        state["retryCount"] = operation.retries.into();
    }
    if !operation.revisions.is_empty() || !operation.results.is_empty() {
        let kept = read::at(old, "syncResult").filter(|_| same);
        state["syncResult"] = result(operation, app, (spec, &asked, kept));
    }
    if let Some(sync) = asked.get_mut("sync") {
        let said = sync.clone();
        write_sources(sync, &said);
    }
    state["operation"] = asked;
    state
}

/// The result's sources are those that it began with.
fn result(
    operation: &Operation,
    app: &App,
    (spec, asked, old): (&Value, &Value, Option<&Value>),
) -> Value {
    // The definition asks for `revision`, also beside `revisions`.
    let mut result = json!({"revision": ""});
    let has_sources =
        |holder: &&Value| ["source", "sources"].iter().any(|s| read::at(holder, s).is_some());
    let holder = old.filter(has_sources).or(Some(&asked["sync"]).filter(has_sources));
    let holder = holder.unwrap_or(spec);
    write_sources(&mut result, holder);
    write_revisions(&mut result, holder, &operation.revisions);
    let entries: Vec<Value> =
        operation.results.iter().map(|result| results::write(result, app)).collect();
    if !entries.is_empty() {
        result["resources"] = entries.into();
    }
    result
}

/// An operation that began by itself, as the family's controller would have asked for it.
fn ask(operation: &Operation, spec: &Value) -> Value {
    let request = &operation.request;
    let mut sync = json!({});
    write_revisions(&mut sync, spec, &operation.revisions);
    write_sources(&mut sync, spec);
    if request.prune {
        sync["prune"] = true.into();
    }
    if request.dry_run {
        sync["dryRun"] = true.into();
    }
    if !request.options.is_empty() {
        sync["syncOptions"] = request.options.iter().map(ToString::to_string).collect();
    } else if let Some(options) = read::at(spec, "syncPolicy.syncOptions") {
        sync["syncOptions"] = options.clone();
    }
    if request.self_heal_attempts > 0 {
        sync["autoHealAttemptsCount"] = request.self_heal_attempts.into();
    }
    if let Some(only) = &request.only {
        sync["resources"] = only.iter().map(selected).collect();
    }
    let retry = read::at(spec, "syncPolicy.retry").cloned();
    json!({
        "initiatedBy": initiated_by(request.user.as_deref()),
        "retry": retry.unwrap_or_else(|| json!({"limit": 5})),
        "sync": sync,
    })
}

fn selected(key: &trimtab_model::ObjectKey) -> Value {
    let mut entry = json!({"kind": key.kind.as_str(), "name": key.name.as_str()});
    if !key.group.is_empty() {
        entry["group"] = key.group.as_str().into();
    }
    if let Some(namespace) = &key.namespace {
        entry["namespace"] = namespace.as_str().into();
    }
    entry
}

/// Who asked, as operations and histories say it.
pub fn initiated_by(user: Option<&str>) -> Value {
    match user {
        None => json!({"automated": true}),
        Some("") => json!({}),
        Some(user) => json!({"username": user}),
    }
}
