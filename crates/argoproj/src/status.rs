//! A report as the status of an Application.

use crate::application::Invalid;
use crate::{Settings, conditions, names, policy, record, resources, state};
use serde_json::{Value, json};
use trimtab_crd::{patch, read};
use trimtab_model::{App, Timestamp, limit};
use trimtab_sync::{HistoryEntry, Report};

/// The JSON merge patch that makes the resource's status say what the report says; `None` where it
/// says so already. The same patch takes the refresh annotation and the field `operation` away once
/// they are answered, and names the incarnation (P10). `resource` is what `app` was read from, or a
/// later state of it with the same digest.
pub fn status(
    resource: &Value,
    app: &App,
    report: &Report,
    settings: &Settings,
    now: Timestamp,
) -> Option<Value> {
    let old = object(resource, "status");
    let spec = read::at(resource, "spec").unwrap_or(&Value::Null);
    let listed = resources::write(report);
    let list = listed.condition.as_ref().map(|(kind, message)| (*kind, message.as_str()));
    let conditions = conditions::write(&report.conditions, list, &old, now);
    let mut new = old.clone();
    new["sync"] = comparison(spec, report);
    new["health"] = health(&old, report.health.code.as_str(), now);
    put_list(&mut new, "resources", listed.entries);
    put_list(&mut new, "history", history(&old, report, spec, app));
    put_list(&mut new, "conditions", conditions);
    match &report.operation {
        Some(operation) => new["operationState"] = state::write(operation, app, resource),
        // Nobody but us makes an operation run: what says that one does keeps others from beginning.
        None if state::claims_to_run(&old) => remove(&mut new, "operationState"),
        None => {}
    }
    describe(&mut new, resource, report, settings);
    fit(&mut new);
    let mut shown = new.clone();
    if !report.revision_is_news {
        keep_revisions(&mut shown, &old);
    }
    if shown == old && answered(resource, report).as_object().is_none_or(serde_json::Map::is_empty)
    {
        return None;
    }
    finish(resource, &old, new, answered(resource, report), now)
}

/// The patch for an Application that cannot be read: sync and health are Unknown, conditions say why,
/// everything else stays.
pub fn status_of_invalid(resource: &Value, invalid: &Invalid, now: Timestamp) -> Option<Value> {
    let old = object(resource, "status");
    let mut new = old.clone();
    let mut sync = object(&old, "sync");
    sync["status"] = "Unknown".into();
    new["sync"] = sync;
    new["health"] = health(&old, "Unknown", now);
    put_list(&mut new, "conditions", conditions_of_invalid(invalid, &old, now));
    finish(resource, &old, new, json!({}), now)
}

/// Where the inventory is stays known.
fn conditions_of_invalid(invalid: &Invalid, old: &Value, now: Timestamp) -> Vec<Value> {
    let cut = read::list(old, "conditions").iter().find(|c| c["type"] == conditions::TRUNCATED);
    let cut = cut.map(|c| (conditions::TRUNCATED, read::text(c, "message").unwrap_or_default()));
    conditions::write(&invalid.conditions, cut, old, now)
}

/// A copy of an object within a value; an empty one where there is none.
fn object(value: &Value, name: &str) -> Value {
    read::at(value, name).filter(|value| value.is_object()).cloned().unwrap_or_else(|| json!({}))
}

/// A patch of everything that differs. The time of the comparison alone is no news.
fn finish(
    resource: &Value,
    old: &Value,
    mut new: Value,
    mut patch: Value,
    now: Timestamp,
) -> Option<Value> {
    let answers = patch.as_object().is_some_and(|patch| !patch.is_empty());
    if *old == new && !answers {
        return None;
    }
    new["reconciledAt"] = read::seconds(now).into();
    if let Some(status) = patch::merge_patch(old, &new) {
        patch["status"] = status;
    }
    patch["metadata"]["uid"] = read::at(resource, "metadata.uid")?.clone();
    Some(patch)
}

/// Leaves the revisions of the comparison as they stand.
fn keep_revisions(new: &mut Value, old: &Value) {
    for field in ["revision", "revisions"] {
        if let (Some(old), Some(new)) = (old["sync"].get(field), new["sync"].get_mut(field)) {
            new.clone_from(old);
        }
    }
}

/// What people have written into the resource, and what is answered now.
fn answered(resource: &Value, report: &Report) -> Value {
    let mut patch = json!({});
    let asked = read::annotation(resource, names::REFRESH);
    if asked.is_some() && asked == report.refreshed.as_ref().map(|refresh| &*refresh.token) {
        patch["metadata"] = json!({"annotations": {names::REFRESH: null}});
    }
    if report.request_taken && read::at(resource, "operation").is_some() {
        patch["operation"] = Value::Null;
    }
    patch
}

/// What was compared, and how it ended. Without a resolved revision the wanted one stands there as it
/// is written.
fn comparison(spec: &Value, report: &Report) -> Value {
    let mut compared = json!({
        "destination": read::at(spec, "destination").cloned().unwrap_or_else(|| json!({})),
    });
    state::write_sources(&mut compared, spec);
    let rules = read::list(spec, "ignoreDifferences");
    if !rules.is_empty() {
        compared["ignoreDifferences"] = rules.into();
    }
    let mut sync = json!({
        "status": resources::status(report.status),
        "comparedTo": compared,
    });
    state::write_revisions(&mut sync, spec, &report.revisions);
    if report.revisions.is_empty()
        && let Some(revision) = read::text(spec, "source.targetRevision")
    {
        sync["revision"] = revision.into();
    }
    sync
}

/// The time moves only when the code does.
fn health(old: &Value, code: &str, now: Timestamp) -> Value {
    let since = read::text(old, "health.lastTransitionTime")
        .filter(|_| read::text(old, "health.status") == Some(code))
        .map_or_else(|| read::seconds(now), str::to_owned);
    json!({"status": code, "lastTransitionTime": since})
}

/// The history, oldest first. Entries that stand there are kept as they are, those too that only a
/// predecessor understands; they count against the limit.
fn history(old: &Value, report: &Report, spec: &Value, app: &App) -> Vec<Value> {
    let present = read::list(old, "history");
    let stands = |entry: &&HistoryEntry| {
        let at = read::seconds(entry.deployed_at);
        present
            .iter()
            .any(|old| old["id"] == entry.id && read::text(old, "deployedAt") == Some(at.as_str()))
    };
    let dropped = |old: &&Value| {
        let kept = report.history.iter().any(|entry| old["id"] == entry.id);
        let first = report.history.first().map(|first| first.id);
        !kept && old["id"].as_i64() < first && record::history_entry(old).is_some()
    };
    let mut all: Vec<Value> = present.iter().filter(|entry| !dropped(entry)).cloned().collect();
    let new = report.history.iter().filter(|entry| !stands(entry));
    all.extend(new.map(|entry| history_entry(entry, spec)));
    let most = usize::try_from(app.policy.history_max).unwrap_or(usize::MAX);
    all.split_off(all.len().saturating_sub(most))
}

fn history_entry(entry: &HistoryEntry, spec: &Value) -> Value {
    let mut written = json!({
        "id": entry.id,
        "deployedAt": read::seconds(entry.deployed_at),
        "initiatedBy": state::initiated_by(entry.user.as_deref()),
    });
    if let Some(started_at) = entry.started_at {
        written["deployStartedAt"] = read::seconds(started_at).into();
    }
    let holder = if entry.sources.is_object() { &entry.sources } else { spec };
    state::write_sources(&mut written, holder);
    state::write_revisions(&mut written, holder, &entry.revisions);
    written
}

/// What describes the application beside its state.
fn describe(new: &mut Value, resource: &Value, report: &Report, settings: &Settings) {
    let several = read::list(resource, "spec.sources").len();
    if several == 0 {
        new["sourceType"] = "Directory".into();
    } else {
        new["sourceTypes"] = vec!["Directory"; several].into();
    }
    let links = policy::links(resource);
    let mut summary = json!({});
    if !report.images.is_empty() {
        summary["images"] = report.images.clone().into();
    }
    if !links.is_empty() {
        summary["externalURLs"] = links.into();
    }
    new["summary"] = summary;
    new["controllerNamespace"] = settings.namespace.as_str().into();
    new["resourceHealthSource"] = "appTree".into();
    if new.get("sourceHydrator").is_none() {
        new["sourceHydrator"] = json!({});
    }
}

fn remove(status: &mut Value, name: &str) {
    if let Some(status) = status.as_object_mut() {
        status.remove(name);
    }
}

fn put_list(status: &mut Value, name: &str, entries: Vec<Value>) {
    if entries.is_empty() {
        remove(status, name);
    } else {
        status[name] = entries.into();
    }
}

/// Keeps the status within its bound (P11): results of objects that did not fail go first, then the
/// oldest history, then images, and at last the copy of the spec that was compared.
fn fit(status: &mut Value) {
    let most = usize::try_from(limit::STATUS_BYTES_MAX).unwrap_or(usize::MAX);
    let size = |status: &Value| status.to_string().len();
    if size(status) <= most {
        return;
    }
    shorten(status, "/operationState/syncResult/resources", most, |entry| {
        entry["status"] == "SyncFailed"
    });
    shorten(status, "/history", most, |_| false);
    shorten(status, "/summary/images", most, |_| false);
    shorten(status, "/operationState/syncResult/resources", most, |_| false);
    if size(status) > most
        && let Some(sync) = status.get_mut("sync").and_then(Value::as_object_mut)
    {
        sync.remove("comparedTo");
    }
}

/// Takes entries off the front of a list until the status fits; those that `stay` are kept.
fn shorten(status: &mut Value, list: &str, most: usize, stay: impl Fn(&Value) -> bool) {
    let size = status.to_string().len();
    let Some(entries) = status.pointer_mut(list).and_then(Value::as_array_mut) else { return };
    let mut excess = size.saturating_sub(most);
    entries.retain(|entry| {
        if excess == 0 || stay(entry) {
            return true;
        }
        excess = excess.saturating_sub(entry.to_string().len() + 1);
        false
    });
}
