//! Definitions: when their resources begin to be served, and what happens to them at the end.

use crate::definition;
use crate::server::Server;
use crate::store::Key;
use crate::write::metadata::{finalizers, is_ending, time};
use serde_json::{Value, json};
use std::sync::Arc;

/// The finalizer that waits until the instances of a definition are gone.
const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

impl Server {
    pub(super) fn tend_definition(&mut self, key: &Key) {
        let Some(stored) = self.store.get(key).cloned() else { return };
        if is_ending(&stored) {
            self.end_definition(key, &stored);
            return;
        }
        let Some(target) = self.target_of(key) else { return };
        let is_taken = definition::are_names_taken(&self.catalogue, &stored);
        let mut object = Value::clone(&stored);
        let now = time(self.now());
        accept(&mut object, is_taken, &now);
        let kept = if object == *stored { stored } else { self.keep(&target, object) };
        if is_taken {
            return;
        }
        if let Some(resource) = definition::resource(&kept) {
            self.catalogue.serve(resource);
        } else {
            self.withdraw(&kept);
        }
    }

    /// Serves the resource of a definition no more.
    pub(super) fn withdraw(&mut self, last: &Value) {
        let spec = &last["spec"];
        let (group, plural) = (spec["group"].as_str(), spec["names"]["plural"].as_str());
        let (group, plural) = (group.unwrap_or(""), plural.unwrap_or(""));
        self.catalogue.withdraw(group, plural);
        self.watches.cut(|facts| facts.group == group && facts.resource == plural);
    }

    /// Deletes the instances first; the definition goes when the last one is gone.
    fn end_definition(&mut self, key: &Key, stored: &Arc<Value>) {
        let spec = &stored["spec"];
        let (group, plural) = (spec["group"].as_str(), spec["names"]["plural"].as_str());
        let (group, plural) = (group.unwrap_or(""), plural.unwrap_or(""));
        let instances: Vec<Key> =
            self.store.of(group, plural).map(|(instance, _)| instance.clone()).collect();
        for instance in &instances {
            self.delete_as_controller(instance);
        }
        if self.store.of(group, plural).next().is_some() {
            return;
        }
        let mut object = Value::clone(stored);
        let left: Vec<Value> =
            finalizers(stored).filter(|finalizer| *finalizer != CLEANUP).map(Value::from).collect();
        if left.is_empty() {
            self.end(key);
            return;
        }
        object["metadata"]["finalizers"] = left.into();
        if let Some(target) = self.target_of(key).filter(|_| object != **stored) {
            self.keep(&target, object);
        }
    }
}

/// Says in a definition what became of it.
fn accept(definition: &mut Value, is_taken: bool, now: &str) {
    let names = &definition["spec"]["names"];
    let accepted = if is_taken { json!({"plural": "", "kind": ""}) } else { names.clone() };
    let stored: Vec<Value> = definition["spec"]["versions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|version| version["storage"] == json!(true))
        .map(|version| version["name"].clone())
        .collect();
    let before = definition["status"]["conditions"].clone();
    let verdicts = if is_taken {
        [
            ("NamesAccepted", "False", "KindConflict", "the kind is already in use"),
            ("Established", "False", "NotAccepted", "not all names are accepted"),
        ]
    } else {
        [
            ("NamesAccepted", "True", "NoConflicts", "no conflicts found"),
            ("Established", "True", "InitialNamesAccepted", "the initial names have been accepted"),
        ]
    };
    let conditions: Vec<Value> = verdicts
        .into_iter()
        .map(|(kind, status, reason, message)| {
            let earlier = before.as_array().into_iter().flatten();
            let mut earlier =
                earlier.filter(|found| found["type"] == *kind && found["status"] == *status);
            let since =
                earlier.next().map_or(now.into(), |found| found["lastTransitionTime"].clone());
            let generation = &definition["metadata"]["generation"];
            json!({
                "type": kind, "status": status, "reason": reason, "message": message,
                "lastTransitionTime": since, "observedGeneration": generation,
            })
        })
        .collect();
    let mut versions =
        definition["status"]["storedVersions"].as_array().cloned().unwrap_or_default();
    for version in stored {
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    definition["status"] = json!({
        "acceptedNames": accepted, "conditions": conditions, "storedVersions": versions,
    });
    if !is_taken && !finalizers(definition).any(|finalizer| finalizer == CLEANUP) {
        let mut list: Vec<Value> = finalizers(definition).map(Value::from).collect();
        list.push(CLEANUP.into());
        definition["metadata"]["finalizers"] = list.into();
    }
}
