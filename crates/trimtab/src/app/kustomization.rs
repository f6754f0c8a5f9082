//! A Kustomization of kustomize.toolkit.fluxcd.io, as people see it.

use serde_json::Value;
use trimtab_api::{Application, Condition, HistoryEntry, Resource, Source};
use trimtab_crd::read::{at, is_true, list, text};

/// Reads a resource. Its family knows no words for sync and health; they are taken from its
/// conditions: Synced is what is Ready at the revision that was tried last.
pub fn read(resource: &Value) -> Application {
    let sync_status = sync_status(resource);
    Application {
        kind: "Kustomization".to_owned(),
        namespace: owned(resource, "metadata.namespace"),
        name: owned(resource, "metadata.name"),
        labels: super::labels(resource),
        destination_namespace: owned(resource, "spec.targetNamespace"),
        sources: vec![source(resource)],
        sync_status: sync_status.to_owned(),
        health_status: health_status(resource).to_owned(),
        sync_policy: sync_policy(resource).to_owned(),
        revision: owned(resource, "status.lastAppliedRevision"),
        conditions: list(resource, "status.conditions").iter().filter_map(told).collect(),
        resources: list(resource, "status.inventory.entries")
            .iter()
            .filter_map(|entry| object(entry, sync_status))
            .collect(),
        history: history(resource),
        ..Application::default()
    }
}

/// The status of a condition that was said of the resource as it is now.
pub fn condition<'a>(resource: &'a Value, kind: &str) -> Option<&'a str> {
    text(named(resource, kind)?, "status")
}

/// The condition of a type.
pub fn named<'a>(resource: &'a Value, kind: &str) -> Option<&'a Value> {
    list(resource, "status.conditions")
        .iter()
        .find(|condition| text(condition, "type") == Some(kind))
}

fn source(resource: &Value) -> Source {
    let of = |field: &str| text(resource, &format!("spec.sourceRef.{field}"));
    let namespace = of("namespace").map(|namespace| format!("{namespace}/")).unwrap_or_default();
    let (kind, name) = (of("kind").unwrap_or_default(), of("name").unwrap_or_default());
    Source {
        repository: format!("{kind}/{namespace}{name}"),
        path: owned(resource, "spec.path"),
        ..Source::default()
    }
}

fn sync_status(resource: &Value) -> &'static str {
    let applied = text(resource, "status.lastAppliedRevision");
    let newest = applied.is_some() && applied == text(resource, "status.lastAttemptedRevision");
    match (condition(resource, "Ready"), condition(resource, "Drifted")) {
        (_, Some("True")) | (Some("False"), _) => "OutOfSync",
        (Some("True"), _) if is_current(resource) && newest => "Synced",
        (Some("True"), _) => "OutOfSync",
        (_, _) => "Unknown",
    }
}

fn health_status(resource: &Value) -> &'static str {
    if is_true(resource, "spec.suspend") {
        return "Suspended";
    }
    match (condition(resource, "Healthy"), condition(resource, "Ready")) {
        (Some("True"), _) | (None, Some("True")) => "Healthy",
        (Some("False"), _) | (_, Some("False")) => "Degraded",
        (Some("Unknown"), _) | (_, Some("Unknown")) => "Progressing",
        (_, _) => "Unknown",
    }
}

/// Whether the status speaks of the resource as it is now.
pub fn is_current(resource: &Value) -> bool {
    at(resource, "status.observedGeneration") == at(resource, "metadata.generation")
}

fn sync_policy(resource: &Value) -> &'static str {
    match (is_true(resource, "spec.suspend"), is_true(resource, "spec.prune")) {
        (true, _) => "Manual",
        (false, true) => "Auto-Prune",
        (false, false) => "Auto",
    }
}

/// A condition that needs a person: one that should be true and is false, or one that should not be
/// there. What is only on its way, or where the inventory stands, needs nobody.
fn told(condition: &Value) -> Option<Condition> {
    let kind = text(condition, "type").unwrap_or_default();
    let status = text(condition, "status").unwrap_or("Unknown");
    let needs_a_person = match kind {
        "Ready" | "Healthy" => status == "False",
        "Reconciling" | "InventorySharded" => false,
        _ => status == "True",
    };
    needs_a_person.then(|| Condition {
        r#type: format!("{kind}={status}"),
        message: owned(condition, "message"),
        since: owned(condition, "lastTransitionTime"),
    })
}

/// The family says nothing of single objects: where the whole is as desired, each is.
fn object(entry: &Value, of_all: &str) -> Option<Resource> {
    let key = trimtab_inventory::parse_id(text(entry, "id")?).ok()?;
    let status = if of_all == "Synced" { of_all } else { "" };
    Some(Resource {
        status: status.to_owned(),
        group: key.group.to_string(),
        kind: key.kind.to_string(),
        namespace: key.namespace.as_ref().map(ToString::to_string).unwrap_or_default(),
        name: key.name.to_string(),
        ..Resource::default()
    })
}

/// The family keeps the newest first, without numbers.
fn history(resource: &Value) -> Vec<HistoryEntry> {
    let entries = list(resource, "status.history").iter().rev();
    let ids = 0..;
    ids.zip(entries)
        .map(|(id, entry)| HistoryEntry {
            id,
            // The later reconciles of the same revision deployed nothing.
            deployed_at: owned(entry, "firstReconciled"),
            revision: owned(entry, "metadata.revision"),
            initiated_by: String::new(),
        })
        .collect()
}

fn owned(value: &Value, path: &str) -> String {
    text(value, path).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::{Value, json};

    fn resource(ready: &str, attempted: &str) -> Value {
        json!({
            "metadata": {"namespace": "flux-system", "name": "apps", "generation": 2},
            "spec": {"sourceRef": {"kind": "GitRepository", "name": "shop"}, "path": "./apps", "prune": true},
            "status": {
                "observedGeneration": 2,
                "conditions": [{"type": "Ready", "status": ready, "message": "m", "lastTransitionTime": "t"}],
                "lastAppliedRevision": "main@sha1:aa", "lastAttemptedRevision": attempted,
                "inventory": {"entries": [{"id": "shop_web_apps_Deployment", "v": "v1"}]},
                "history": [
                    {"firstReconciled": "2026-01-02T00:00:00Z", "lastReconciled": "2026-01-03T00:00:00Z", "metadata": {"revision": "main@sha1:aa"}},
                    {"firstReconciled": "2026-01-01T00:00:00Z", "lastReconciled": "2026-01-01T00:00:00Z", "metadata": {"revision": "main@sha1:bb"}},
                ],
            },
        })
    }

    #[test]
    fn what_is_ready_at_the_newest_revision_is_synced() {
        let application = read(&resource("True", "main@sha1:aa"));
        assert_eq!((&*application.sync_status, &*application.health_status), ("Synced", "Healthy"));
        assert_eq!(application.resources[0].kind, "Deployment");
        assert_eq!(application.sources[0].repository, "GitRepository/shop");
        assert_eq!(application.history[0].revision, "main@sha1:bb");
        assert_eq!(application.history[1].deployed_at, "2026-01-02T00:00:00Z");
    }

    #[test]
    fn the_objects_of_what_is_synced_are_synced_and_of_others_nobody_knows() {
        let status =
            |ready: &str| read(&resource(ready, "main@sha1:aa")).resources[0].status.clone();
        assert_eq!((&*status("True"), &*status("False")), ("Synced", ""));
    }

    #[test]
    fn only_what_needs_a_person_is_told() {
        let condition = |kind: &str, status: &str| json!({"type": kind, "status": status});
        let told = |conditions: &[Value]| {
            let application = read(&json!({"status": {"conditions": conditions}}));
            application.conditions.into_iter().map(|one| one.r#type).collect::<Vec<_>>()
        };
        let well = [condition("Ready", "True"), condition("Healthy", "True")];
        assert_eq!(told(&well), [""; 0]);
        let under_way = [condition("Reconciling", "True"), condition("Ready", "Unknown")];
        assert_eq!(told(&under_way), [""; 0]);
        let not_well = [condition("Ready", "False"), condition("Stalled", "True")];
        assert_eq!(told(&not_well), ["Ready=False", "Stalled=True"]);
        assert_eq!(told(&[condition("Drifted", "True")]), ["Drifted=True"]);
    }

    #[test]
    fn what_is_not_ready_or_behind_is_not_synced() {
        assert_eq!(read(&resource("True", "main@sha1:cc")).sync_status, "OutOfSync");
        assert_eq!(read(&resource("False", "main@sha1:aa")).health_status, "Degraded");
        assert_eq!(read(&resource("Unknown", "main@sha1:aa")).health_status, "Progressing");
    }
}
