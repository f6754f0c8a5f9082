//! An Application of argoproj.io, as people see it.

use serde_json::Value;
use trimtab_api::{
    Application, Condition, HistoryEntry, Operation, Resource, ResourceResult, Source,
};
use trimtab_crd::read::{at, integer, is_true, list, text, texts};
use trimtab_model::shown_url;
use trimtab_sync::PRUNE_HELD;

/// Reads a resource. What is not there is empty; a status that nobody wrote yet is `Unknown`.
pub fn read(resource: &Value) -> Application {
    let operation = at(resource, "status.operationState").map(operation);
    let results = operation.as_ref().map(|operation| &*operation.results).unwrap_or_default();
    Application {
        kind: "Application".to_owned(),
        namespace: owned(resource, "metadata.namespace"),
        name: owned(resource, "metadata.name"),
        labels: super::labels(resource),
        project: owned(resource, "spec.project"),
        cluster: either(resource, "spec.destination.name", "spec.destination.server"),
        destination_namespace: owned(resource, "spec.destination.namespace"),
        sources: sources(resource),
        sync_status: or_unknown(resource, "status.sync.status"),
        health_status: or_unknown(resource, "status.health.status"),
        sync_policy: sync_policy(resource).to_owned(),
        revision: revision(resource, "status.sync"),
        conditions: list(resource, "status.conditions").iter().map(condition).collect(),
        resources: list(resource, "status.resources").iter().map(|r| object(r, results)).collect(),
        history: list(resource, "status.history").iter().map(history).collect(),
        operation,
    }
}

fn sources(resource: &Value) -> Vec<Source> {
    let several = list(resource, "spec.sources");
    let one = at(resource, "spec.source");
    let all = several.iter().chain(one.filter(|_| several.is_empty()));
    all.map(|source| Source {
        repository: shown_url(text(source, "repoURL").unwrap_or_default()),
        path: either(source, "path", "chart"),
        target_revision: owned(source, "targetRevision"),
        suspended: false,
    })
    .collect()
}

/// As `argocd app list` says it.
pub fn sync_policy(resource: &Value) -> &'static str {
    let Some(automated) = at(resource, "spec.syncPolicy.automated").filter(|a| a.is_object())
    else {
        return "Manual";
    };
    let off = at(automated, "enabled").and_then(Value::as_bool) == Some(false);
    match (off, is_true(automated, "prune")) {
        (true, _) => "Manual",
        (false, true) => "Auto-Prune",
        (false, false) => "Auto",
    }
}

fn condition(condition: &Value) -> Condition {
    Condition {
        r#type: owned(condition, "type"),
        message: owned(condition, "message"),
        since: owned(condition, "lastTransitionTime"),
    }
}

fn object(entry: &Value, results: &[ResourceResult]) -> Resource {
    let [group, kind, namespace, name] =
        ["group", "kind", "namespace", "name"].map(|f| owned(entry, f));
    // A result names the application's namespace even for an object of the whole cluster.
    let result = results.iter().find(|result| {
        (&result.group, &result.kind, &result.name) == (&group, &kind, &name)
            && (namespace.is_empty() || result.namespace == namespace)
    });
    let message = result.map(|result| result.message.clone()).unwrap_or_default();
    // What a sync said of a prune is over where the object is as desired again.
    let is_over = message == PRUNE_HELD && text(entry, "status") == Some("Synced");
    let message = if is_over { String::new() } else { message };
    Resource {
        status: owned(entry, "status"),
        health: owned(entry, "health.status"),
        requires_pruning: is_true(entry, "requiresPruning"),
        message,
        group,
        kind,
        namespace,
        name,
    }
}

fn operation(state: &Value) -> Operation {
    Operation {
        phase: owned(state, "phase"),
        message: owned(state, "message"),
        started_at: owned(state, "startedAt"),
        finished_at: owned(state, "finishedAt"),
        revision: revision(state, "syncResult"),
        results: list(state, "syncResult.resources").iter().map(result).collect(),
    }
}

fn result(entry: &Value) -> ResourceResult {
    ResourceResult {
        group: owned(entry, "group"),
        kind: owned(entry, "kind"),
        namespace: owned(entry, "namespace"),
        name: owned(entry, "name"),
        status: owned(entry, "status"),
        message: owned(entry, "message"),
    }
}

fn history(entry: &Value) -> HistoryEntry {
    let automated = is_true(entry, "initiatedBy.automated");
    let user = text(entry, "initiatedBy.username");
    let by = if automated { "automated" } else { user.unwrap_or_default() };
    HistoryEntry {
        id: integer(entry, "id").unwrap_or_default(),
        deployed_at: owned(entry, "deployedAt"),
        revision: match text(entry, "revision") {
            Some(revision) => revision.to_owned(),
            None => texts(entry, "revisions").collect::<Vec<_>>().join(","),
        },
        initiated_by: by.to_owned(),
    }
}

/// One revision, or those of several sources.
fn revision(value: &Value, below: &str) -> String {
    match text(value, &format!("{below}.revision")).filter(|revision| !revision.is_empty()) {
        Some(revision) => revision.to_owned(),
        None => texts(value, &format!("{below}.revisions")).collect::<Vec<_>>().join(","),
    }
}

fn owned(value: &Value, path: &str) -> String {
    text(value, path).unwrap_or_default().to_owned()
}

fn either(value: &Value, first: &str, second: &str) -> String {
    text(value, first)
        .filter(|t| !t.is_empty())
        .or(text(value, second))
        .unwrap_or_default()
        .to_owned()
}

fn or_unknown(value: &Value, path: &str) -> String {
    text(value, path).filter(|t| !t.is_empty()).unwrap_or("Unknown").to_owned()
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::json;

    #[test]
    fn an_application_is_read_with_its_last_sync() {
        let resource = json!({
            "metadata": {"namespace": "argocd", "name": "guestbook"},
            "spec": {
                "project": "default",
                "source": {"repoURL": "https://git/shop", "path": "guestbook", "targetRevision": "main"},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
                "syncPolicy": {"automated": {"prune": true}},
            },
            "status": {
                "sync": {"status": "OutOfSync", "revision": "abc"},
                "conditions": [{"type": "SyncError", "message": "no", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
                "resources": [{"version": "v1", "kind": "Service", "namespace": "shop", "name": "ui",
                               "status": "OutOfSync", "requiresPruning": true, "health": {"status": "Healthy"}}],
                "history": [{"id": 3, "revision": "abc", "deployedAt": "2026-01-01T00:00:00Z",
                             "initiatedBy": {"automated": true}}],
                "operationState": {"phase": "Failed", "message": "one failed", "startedAt": "s", "finishedAt": "f",
                    "syncResult": {"revision": "abc", "resources": [{"kind": "Service", "version": "v1",
                        "namespace": "shop", "name": "ui", "status": "SyncFailed", "message": "refused"}]}},
            },
        });
        let application = read(&resource);
        assert_eq!(application.sync_policy, "Auto-Prune");
        assert_eq!(
            (&*application.sync_status, &*application.health_status),
            ("OutOfSync", "Unknown")
        );
        assert_eq!(application.sources[0].path, "guestbook");
        let service = &application.resources[0];
        assert!(service.requires_pruning);
        assert_eq!((&*service.message, &*service.health), ("refused", "Healthy"));
        assert_eq!(application.history[0].initiated_by, "automated");
        assert_eq!(application.operation.expect("ended").phase, "Failed");
    }

    #[test]
    fn a_prune_that_was_held_is_not_told_of_an_object_that_is_desired_again() {
        let shown = |status: &str, message: &str| {
            let place = json!({"kind": "ConfigMap", "namespace": "shop", "name": "c"});
            let (mut listed, mut result) = (place.clone(), place);
            listed["status"] = status.into();
            result["message"] = message.into();
            let results = json!({"resources": [result]});
            let state = json!({"phase": "Succeeded", "syncResult": results});
            let status = json!({"resources": [listed], "operationState": state});
            read(&json!({"status": status})).resources[0].message.clone()
        };
        assert_eq!(shown("Synced", trimtab_sync::PRUNE_HELD), "");
        assert_eq!(shown("OutOfSync", trimtab_sync::PRUNE_HELD), trimtab_sync::PRUNE_HELD);
        assert_eq!(shown("Synced", "configmap/c unchanged"), "configmap/c unchanged");
    }

    #[test]
    fn nothing_secret_of_a_url_is_read() {
        for url in ["https://me:canary@git/shop", "https://git/shop?access_token=canary"] {
            let application = read(&json!({"spec": {"source": {"repoURL": url}}}));
            assert_eq!(application.sources[0].repository, "https://git/shop");
        }
    }

    #[test]
    fn a_new_application_is_unknown_and_manual() {
        let resource = json!({
            "metadata": {"namespace": "argocd", "name": "new"},
            "spec": {"sources": [{"repoURL": "a", "chart": "c"}, {"repoURL": "b"}],
                     "syncPolicy": {"automated": {"enabled": false}}},
        });
        let application = read(&resource);
        assert_eq!((&*application.sync_status, &*application.sync_policy), ("Unknown", "Manual"));
        assert_eq!(application.sources.len(), 2);
        assert_eq!(application.operation, None);
    }
}
