//! The garbage collector: what an object owns goes with it, after it, or stays.

use super::MANAGER;
use crate::faults::Verb;
use crate::server::Server;
use crate::store::Key;
use crate::write::delete::{FOREGROUND, ORPHAN, Options};
use crate::write::metadata::{finalizers, is_ending};
use serde_json::{Value, json};
use std::sync::Arc;

/// The finalizers of what may be used by Pods.
const PROTECTIONS: [&str; 2] = ["kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"];

/// Whether an object is deleted together with what it owns, or after that was freed.
pub(super) fn waits_for_dependents(object: &Value) -> bool {
    is_ending(object) && finalizers(object).any(|found| found == FOREGROUND || found == ORPHAN)
}

fn owners(object: &Value) -> impl Iterator<Item = &Value> {
    object["metadata"]["ownerReferences"].as_array().into_iter().flatten()
}

pub(super) fn has_owners(object: &Value) -> bool {
    owners(object).next().is_some()
}

pub(super) fn owner_uids(object: &Value) -> impl Iterator<Item = &str> {
    owners(object).filter_map(|owner| owner["uid"].as_str())
}

impl Server {
    /// Deletes or frees what an object that is being deleted owns, and then lets it go.
    pub(super) fn tend_owner(&mut self, key: &Key) {
        let Some(owner) = self.store.get(key).cloned() else { return };
        if !waits_for_dependents(&owner) {
            return;
        }
        let uid = owner["metadata"]["uid"].as_str().unwrap_or("").to_owned();
        let owned: Vec<(Key, Arc<Value>)> =
            self.store.owned_by(&uid).map(|(key, object)| (key.clone(), object.clone())).collect();
        let orphans = finalizers(&owner).any(|found| found == ORPHAN);
        if orphans {
            for (_, object) in &owned {
                self.free(object, &uid);
            }
            self.release(key, &owner, ORPHAN);
            return;
        }
        let blocks = |object: &Value| {
            owners(object).any(|found| found["uid"] == *uid && found["blockOwnerDeletion"] == true)
        };
        let is_blocked = owned.iter().any(|(_, object)| blocks(object));
        for (key, object) in &owned {
            if !is_ending(object) {
                self.delete_as_controller_in_foreground(key);
            }
        }
        let still = |server: &Self| server.store.owned_by(&uid).any(|(_, object)| blocks(object));
        if !is_blocked || !still(self) {
            self.release(key, &owner, FOREGROUND);
        }
    }

    /// Deletes an object all of whose owners are gone.
    pub(super) fn tend_dependent(&mut self, key: &Key) {
        let Some(object) = self.store.get(key).cloned() else { return };
        if is_ending(&object) || !has_owners(&object) {
            return;
        }
        let (kept, gone): (Vec<&Value>, Vec<&Value>) =
            owners(&object).partition(|owner| self.is_there(owner, &key.namespace));
        if gone.is_empty() {
            return;
        }
        if kept.is_empty() {
            self.delete_as_controller(key);
            return;
        }
        let left: Vec<Value> = kept.into_iter().cloned().collect();
        self.set_owners(&object, left);
    }

    /// Whether an owner is there. One of a kind that is not served cannot be looked for, and one in
    /// another namespace is not found.
    fn is_there(&self, owner: &Value, namespace: &str) -> bool {
        let text = |name: &str| owner[name].as_str().unwrap_or("");
        let version = text("apiVersion");
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let Some(resource) = self.catalogue.of_kind(group, text("kind")) else { return true };
        let namespace = if resource.namespaced { namespace } else { "" };
        let key = Key::new(&resource.group, &resource.plural, namespace, text("name"));
        self.store.get(&key).is_some_and(|found| found["metadata"]["uid"] == owner["uid"])
    }

    /// Lets a claim or a volume go: nothing here uses one.
    pub(super) fn tend_protected(&mut self, key: &Key) {
        let Some(object) = self.store.get(key).cloned().filter(|object| is_ending(object)) else {
            return;
        };
        let found = finalizers(&object).find(|found| PROTECTIONS.contains(found));
        if let Some(finalizer) = found {
            self.release(key, &object, finalizer);
        }
    }

    /// Takes an owner out of what it owned.
    fn free(&mut self, object: &Value, uid: &str) {
        let left: Vec<Value> =
            owners(object).filter(|owner| owner["uid"] != *uid).cloned().collect();
        self.set_owners(object, left);
    }

    fn set_owners(&mut self, object: &Value, left: Vec<Value>) {
        let left = if left.is_empty() { Value::Null } else { left.into() };
        let patch = json!({
            "apiVersion": object["apiVersion"], "kind": object["kind"],
            "metadata": {
                "name": object["metadata"]["name"], "namespace": object["metadata"]["namespace"],
                "uid": object["metadata"]["uid"], "ownerReferences": left,
            },
        });
        self.as_controller(MANAGER, Verb::Patch, &patch, "");
    }

    /// Takes a finalizer out of an object; without the last one it is gone.
    pub(super) fn release(&mut self, key: &Key, object: &Value, finalizer: &str) {
        let left: Vec<Value> =
            finalizers(object).filter(|found| *found != finalizer).map(Value::from).collect();
        if left.is_empty() {
            self.end(key);
            return;
        }
        let mut released = object.clone();
        released["metadata"]["finalizers"] = left.into();
        if let Some(target) = self.target_of(key) {
            self.keep(&target, released);
        }
    }

    /// Deletes an object as a controller does.
    pub(super) fn delete_as_controller(&mut self, key: &Key) {
        self.delete_with(key, &Options::background());
    }

    fn delete_as_controller_in_foreground(&mut self, key: &Key) {
        self.delete_with(key, &Options::foreground());
    }

    fn delete_with(&mut self, key: &Key, options: &Options) {
        if let Some(target) = self.target_of(key) {
            // What is gone already is what was wanted.
            drop(self.delete_one(&target, options, false));
        }
    }
}
