//! What the status of an Application or a Kustomization says, as far as a person follows it.

use serde_json::Value;

/// How one application is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// `Synced`, `OutOfSync` or `Unknown`; empty before the first look.
    pub sync: String,
    /// `Healthy`, `Progressing`, …; empty before the first look.
    pub health: String,
    /// The commit that was compared with, in short.
    pub revision: String,
    /// What a person should know: `Type: message`.
    pub conditions: Vec<String>,
    /// The phase of the last sync and its message.
    pub operation: String,
    /// When the last sync began: each has another time.
    pub began: String,
    /// Objects that are not as they should be: `Kind namespace/name: Degraded: message`.
    pub objects: Vec<String>,
    /// How many objects it has.
    pub count: usize,
}

impl Status {
    /// Reads it from the resource.
    pub fn of(resource: &Value) -> Self {
        if resource["kind"] == "Kustomization" {
            return Self::of_kustomization(resource);
        }
        let status = &resource["status"];
        let words = |path: &str| text(status, path).to_owned();
        Self {
            sync: words("/sync/status"),
            health: words("/health/status"),
            revision: text(status, "/sync/revision").chars().take(7).collect(),
            conditions: all(status, "/conditions").map(condition).collect(),
            operation: operation(status),
            began: words("/operationState/startedAt"),
            objects: all(status, "/resources").filter_map(trouble).collect(),
            count: all(status, "/resources").count(),
        }
    }

    /// The family says `Ready`, of which the words of the other family are made.
    fn of_kustomization(resource: &Value) -> Self {
        let status = &resource["status"];
        let ready = all(status, "/conditions").find(|one| one["type"] == "Ready");
        let is_current = status["observedGeneration"] == resource["metadata"]["generation"];
        let ready_is = ready.map(|ready| text(ready, "/status"));
        let sync = match ready_is {
            None => "",
            Some("True") if is_current => "Synced",
            Some(_) => "OutOfSync",
        };
        // As `trimtab app list` says it: what was applied may well be healthy where a newer commit is not.
        let healthy = all(status, "/conditions").find(|one| one["type"] == "Healthy");
        let health = match (healthy.map(|healthy| text(healthy, "/status")), ready_is) {
            (None, None) => "",
            (Some("True"), _) | (None, Some("True")) => "Healthy",
            (Some("False"), _) | (None, Some("False")) => "Degraded",
            (Some(_), _) | (None, Some(_)) => "Progressing",
        };
        let commit = text(status, "/lastAppliedRevision").rsplit(':').next().unwrap_or_default();
        Self {
            sync: sync.to_owned(),
            health: health.to_owned(),
            revision: commit.chars().take(7).collect(),
            conditions: ready
                .filter(|_| ready_is == Some("False"))
                .map(condition)
                .into_iter()
                .collect(),
            operation: String::new(),
            began: String::new(),
            objects: Vec::new(),
            count: all(status, "/inventory/entries").count(),
        }
    }

    /// Whether it is as it should be.
    pub fn is_well(&self) -> bool {
        self.sync == "Synced" && self.health == "Healthy"
    }
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn all<'v>(value: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

fn condition(condition: &Value) -> String {
    format!("{}: {}", text(condition, "/type"), text(condition, "/message"))
}

fn operation(status: &Value) -> String {
    let (phase, message) =
        (text(status, "/operationState/phase"), text(status, "/operationState/message"));
    joined(&[phase, message])
}

fn trouble(object: &Value) -> Option<String> {
    let (sync, health) = (text(object, "/status"), text(object, "/health/status"));
    let is_well = matches!(sync, "" | "Synced") && matches!(health, "" | "Healthy");
    let sync = if sync == "Synced" { "" } else { sync };
    let state = joined(&[sync, health, text(object, "/health/message")]);
    let (kind, namespace, name) =
        (text(object, "/kind"), text(object, "/namespace"), text(object, "/name"));
    let place = if namespace.is_empty() { name.into() } else { format!("{namespace}/{name}") };
    (!is_well).then(|| format!("{kind} {place}: {state}"))
}

fn joined(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_kustomization_is_well_when_it_is_ready_as_it_is_now() {
        let status = |ready: &str, observed: u32| {
            Status::of(&json!({
                "kind": "Kustomization",
                "metadata": {"generation": 2},
                "status": {
                    "observedGeneration": observed,
                    "conditions": [{"type": "Ready", "status": ready, "message": "m"}],
                    "lastAppliedRevision": "main@sha1:0123456789abcdef0123456789abcdef01234567",
                    "inventory": {"entries": [{"id": "a_b_apps_Deployment", "v": "v1"}]},
                },
            }))
        };
        let ready = status("True", 2);
        assert!(ready.is_well() && ready.conditions.is_empty());
        assert_eq!((&*ready.revision, ready.count), ("0123456", 1));
        assert!(!status("True", 1).is_well());
        assert_eq!(status("Unknown", 2).health, "Progressing");
        assert_eq!(status("False", 2).conditions, ["Ready: m"]);
        assert_eq!(Status::of(&json!({"kind": "Kustomization"})).sync, "");
    }

    #[test]
    fn a_kustomization_whose_newer_commit_is_broken_is_as_healthy_as_what_it_applied() {
        let status = |healthy: &str| {
            Status::of(&json!({
                "kind": "Kustomization",
                "status": {"conditions": [
                    {"type": "Ready", "status": "False", "message": "m"},
                    {"type": "Healthy", "status": healthy, "message": "n"},
                ]},
            }))
        };
        let broken = status("True");
        assert_eq!((&*broken.sync, &*broken.health), ("OutOfSync", "Healthy"));
        assert_eq!(broken.conditions, ["Ready: m"]);
        assert_eq!(
            (status("False").health, status("Unknown").health),
            ("Degraded".into(), "Progressing".into())
        );
    }

    #[test]
    fn only_what_is_not_well_is_named() {
        let status = Status::of(&json!({"status": {
            "sync": {"status": "OutOfSync", "revision": "0123456789abcdef0123456789abcdef01234567"},
            "health": {"status": "Degraded"},
            "conditions": [{"type": "SyncError", "message": "no"}],
            "operationState": {"phase": "Failed", "message": "one object"},
            "resources": [
                {"kind": "Service", "namespace": "a", "name": "s", "status": "Synced"},
                {"kind": "Pod", "namespace": "a", "name": "p", "status": "Synced",
                 "health": {"status": "Degraded", "message": "crashes"}},
                {"kind": "Namespace", "name": "a", "status": "OutOfSync"},
            ],
        }}));
        assert!(!status.is_well());
        assert_eq!(status.revision, "0123456");
        assert_eq!(status.conditions, ["SyncError: no"]);
        assert_eq!(status.operation, "Failed: one object");
        assert_eq!(status.objects, ["Pod a/p: Degraded: crashes", "Namespace a: OutOfSync"]);
    }
}
