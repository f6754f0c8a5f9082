//! Schemas of custom resources, as the definitions in the cluster say them.

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_merge::Schema;
use trimtab_model::GroupVersionKind;

/// The schemas of all definitions that were seen.
#[derive(Debug, Default)]
pub struct SchemaStore {
    by_definition: BTreeMap<String, Vec<GroupVersionKind>>,
    schemas: BTreeMap<GroupVersionKind, Arc<Schema>>,
}

impl SchemaStore {
    /// Takes a definition; what it said before is forgotten.
    pub fn defined(&mut self, definition: &Value) {
        let text = |path: &str| definition.pointer(path).and_then(Value::as_str);
        let (Some(name), Some(group), Some(kind)) =
            (text("/metadata/name"), text("/spec/group"), text("/spec/names/kind"))
        else {
            return;
        };
        self.undefined(name);
        let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
        for version in versions.into_iter().flatten() {
            let served = version.get("served").and_then(Value::as_bool).unwrap_or(false);
            let Some(version_name) = version.get("name").and_then(Value::as_str).filter(|_| served)
            else {
                continue;
            };
            let kind = GroupVersionKind {
                group: group.into(),
                version: version_name.into(),
                kind: kind.into(),
            };
            // A definition without a structural schema says nothing; its kind is compared as unknown.
            let Ok(schema) = Schema::from_crd(definition, version_name) else { continue };
            self.schemas.insert(kind.clone(), Arc::new(schema));
            self.by_definition.entry(name.to_owned()).or_default().push(kind);
        }
    }

    /// Forgets a definition.
    pub fn undefined(&mut self, name: &str) {
        for kind in self.by_definition.remove(name).into_iter().flatten() {
            self.schemas.remove(&kind);
        }
    }
}

impl trimtab_plan::Schemas for SchemaStore {
    fn schema(&self, kind: &GroupVersionKind) -> Option<Arc<Schema>> {
        self.schemas.get(kind).cloned()
    }
}
