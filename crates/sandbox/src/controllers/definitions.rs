//! Definitions: when their resources begin to be served, and what happens to them at the end.

use crate::definition::{self, CLEANUP};
use crate::faults::Verb;
use crate::server::Server;
use crate::store::Key;
use crate::write::metadata::{finalizers, is_ending, time};
use serde_json::{Value, json};
use std::sync::Arc;

impl Server {
    pub(super) fn tend_definition(&mut self, key: &Key) {
        let Some(stored) = self.store.get(key).cloned() else { return };
        if is_ending(&stored) {
            self.end_definition(key, &stored);
            return;
        }
        let is_taken = definition::are_names_taken(&self.catalogue, &stored);
        let mut object = Value::clone(&stored);
        accept(&mut object, is_taken, &time(self.now()));
        if object != *stored {
            // It comes here again when that is stored.
            self.as_controller("kube-apiserver", Verb::Update, &object, "status");
            return;
        }
        if is_taken {
            return;
        }
        if let Some(resource) = definition::resource(&stored) {
            self.catalogue.serve(resource);
        } else {
            self.withdraw(&stored);
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

/// Says in a definition what became of it: first its names are accepted, then it is established.
fn accept(definition: &mut Value, is_taken: bool, now: &str) {
    let before = definition["status"]["conditions"].clone();
    let is = |kind: &str, status: &str| {
        let mut found = before.as_array().into_iter().flatten();
        found.any(|found| found["type"] == *kind && found["status"] == *status)
    };
    let names = ("NamesAccepted", "True", "NoConflicts", "no conflicts found");
    let initial = "the initial names have been accepted";
    let verdicts = if is_taken {
        [
            ("NamesAccepted", "False", "KindConflict", "the kind is already in use"),
            ("Established", "False", "NotAccepted", "not all names are accepted"),
        ]
    } else if is("NamesAccepted", "True") {
        [names, ("Established", "True", "InitialNamesAccepted", initial)]
    } else {
        [names, ("Established", "False", "Installing", initial)]
    };
    let conditions: Vec<Value> = verdicts
        .into_iter()
        .map(|(kind, status, reason, message)| {
            let earlier = before.as_array().into_iter().flatten();
            let mut earlier =
                earlier.filter(|found| found["type"] == *kind && found["status"] == *status);
            let since =
                earlier.next().map_or(now.into(), |found| found["lastTransitionTime"].clone());
            json!({
                "type": kind, "status": status, "reason": reason, "message": message,
                "lastTransitionTime": since,
            })
        })
        .collect();
    if !is_taken {
        definition["status"]["acceptedNames"] = definition["spec"]["names"].clone();
    }
    definition["status"]["conditions"] = conditions.into();
    definition::note_stored(definition);
}
