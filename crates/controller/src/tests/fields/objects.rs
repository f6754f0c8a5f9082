//! What the proofs deploy, and short questions about what became of it.

use crate::tests::World;
use crate::tests::world::{HOME, SHOP, key};
use serde_json::{Value, json};
use trimtab_model::{GroupKind, ObjectKey};

/// One ConfigMap.
pub fn map(name: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: b, c: d}}\n"
    )
}

/// One ConfigMap in a wave.
pub fn map_in_wave(name: &str, wave: i32) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  annotations: \
         {{argocd.argoproj.io/sync-wave: \"{wave}\"}}\ndata: {{a: b}}\n"
    )
}

/// One Deployment, in a namespace if one is given.
pub fn deployment(name: &str, namespace: Option<&str>) -> String {
    let namespace = namespace.map(|namespace| format!(", namespace: {namespace}"));
    let namespace = namespace.unwrap_or_default();
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}{namespace}}}\nspec:\n  \
         replicas: 1\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: \
         {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: x, image: x}}]}}\n"
    )
}

/// One Namespace.
pub fn namespace(name: &str) -> String {
    format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n")
}

/// The key of a cluster's Namespace.
pub fn namespace_key(name: &str) -> ObjectKey {
    ObjectKey::cluster(&GroupKind::new("", "Namespace"), name)
}

impl World {
    /// The status of the application `one`.
    pub fn status(&self) -> &Value {
        &self.app("one")["status"]
    }

    /// The status of the sync of the application `one`.
    pub fn phase(&self) -> &str {
        self.status()["operationState"]["phase"].as_str().unwrap_or_default()
    }

    /// The message of the sync of the application `one`.
    pub fn message(&self) -> &str {
        self.status()["operationState"]["message"].as_str().unwrap_or_default()
    }

    /// Whether the application `one` is Synced.
    pub fn is_synced(&self) -> bool {
        self.status()["sync"]["status"] == "Synced"
    }

    /// Whether there is a ConfigMap.
    pub fn has_map(&self, name: &str) -> bool {
        self.has("ConfigMap", SHOP, name)
    }

    /// Somebody has made a ConfigMap with updates under this name, with a key that Git does not have.
    pub fn made_by(&mut self, manager: &str, name: &str) {
        self.put(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": SHOP, "managedFields": [{
                "manager": manager, "operation": "Update", "apiVersion": "v1",
                "time": "2025-12-31T00:00:00Z", "fieldsType": "FieldsV1",
                "fieldsV1": {"f:data": {".": {}, "f:a": {}, "f:old": {}}},
            }]},
            "data": {"a": "b", "old": "x"},
        }));
    }

    /// Whether a ConfigMap that somebody has made still has that key.
    pub fn keeps_the_old_key(&self, name: &str) -> bool {
        let data = &self.objects[&key("ConfigMap", SHOP, name)]["data"];
        assert_eq!(data["c"], "d", "it was applied");
        data.get("old").is_some()
    }

    /// A person annotates the application `one`.
    pub fn annotate(&mut self, name: &str, value: &str) {
        self.edit_app(|app| app["metadata"]["annotations"][name] = value.into());
    }

    /// Somebody changes a ConfigMap.
    pub fn spoil(&mut self, name: &str) {
        self.edit(&key("ConfigMap", SHOP, name), |map| map["data"]["a"] = "spoilt".into());
    }

    /// Whether a ConfigMap is as somebody has left it.
    pub fn is_spoilt(&self, name: &str) -> bool {
        self.objects[&key("ConfigMap", SHOP, name)]["data"]["a"] == "spoilt"
    }

    /// A Deployment becomes healthy.
    pub fn heal(&mut self, name: &str) {
        self.edit(&key("Deployment", SHOP, name), |object| {
            object["status"] = json!({
                "observedGeneration": 0, "replicas": 1, "updatedReplicas": 1,
                "readyReplicas": 1, "availableReplicas": 1,
                "conditions": [{"type": "Available", "status": "True"}],
            });
        });
    }

    /// A person changes the spec of the application `one`.
    pub fn edit_app(&mut self, change: impl FnOnce(&mut Value)) {
        self.edit(&key("Application", HOME, "one"), change);
    }

    /// A person asks for a sync of the application `one`.
    pub fn ask(&mut self, operation: Value) {
        self.edit_app(|app| app["operation"] = operation);
    }

    /// An application that syncs only when it is asked to.
    pub fn manual(&mut self, change: impl FnOnce(&mut Value)) {
        self.application("one", |app| {
            app["spec"]["syncPolicy"] = json!({});
            change(app);
        });
    }

    /// The rules of the project `default`.
    pub fn project(&mut self, change: impl FnOnce(&mut Value)) {
        self.edit(&key("AppProject", HOME, "default"), |project| change(&mut project["spec"]));
    }

    /// When lines of the log that contain this were written.
    pub fn when(&self, text: &str) -> Vec<i64> {
        let lines = self.log.iter().zip(&self.times);
        lines.filter(|(line, _)| line.contains(text)).map(|(_, at)| *at).collect()
    }

    /// Makes the server refuse a ConfigMap.
    pub fn refuse(&mut self, name: &str) {
        self.refused.insert(key("ConfigMap", SHOP, name), format!("{name} is refused"));
    }

    /// Whether one of the messages of a type says this.
    pub fn says(&self, kind: &str, text: &str) -> bool {
        self.conditions("one", kind).iter().any(|message| message.contains(text))
    }
}
