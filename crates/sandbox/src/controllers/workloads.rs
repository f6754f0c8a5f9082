//! What has Pods: from what it should be to what it is, one step at a look.

use super::MANAGER;
use crate::faults::Verb;
use crate::server::Server;
use crate::store::Key;
use crate::write::metadata::{is_ending, text, time};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const WORKLOADS: [(&str, &str, &str); 5] = [
    ("apps", "deployments", "Deployment"),
    ("apps", "replicasets", "ReplicaSet"),
    ("apps", "statefulsets", "StatefulSet"),
    ("apps", "daemonsets", "DaemonSet"),
    ("batch", "jobs", "Job"),
];

pub(super) fn is_workload(key: &Key) -> bool {
    WORKLOADS.iter().any(|(group, plural, _)| key.is_of(group, plural))
}

/// The workload that an object belongs to.
pub(super) fn controller_of(key: &Key, object: &Value) -> Option<Key> {
    let owners = object["metadata"]["ownerReferences"].as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    let (_, plural, _) = WORKLOADS.iter().find(|(group, _, kind)| {
        let version = owner["apiVersion"].as_str().unwrap_or("");
        owner["kind"] == **kind && version.split('/').next() == Some(group)
    })?;
    let group = if *plural == "jobs" { "batch" } else { "apps" };
    Some(Key::new(group, plural, &key.namespace, owner["name"].as_str()?))
}

/// The reference to an owner that controls.
fn owner_reference(owner: &Value) -> Value {
    json!({
        "apiVersion": owner["apiVersion"], "kind": owner["kind"],
        "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
        "controller": true, "blockOwnerDeletion": true,
    })
}

/// An object with its key.
pub(super) type Found = (Key, Arc<Value>);

/// What the Pods of a workload are like.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub all: i64,
    pub ready: i64,
    pub succeeded: i64,
}

impl Count {
    pub fn of(pods: &[Found]) -> Self {
        let mut count = Self::default();
        for (_, pod) in pods {
            match pod["status"]["phase"].as_str() {
                Some("Succeeded") => count.succeeded += 1,
                _ => count.all += 1,
            }
            let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
            let ready = |c: &Value| c["type"] == "Ready" && c["status"] == "True";
            count.ready += i64::from(conditions.into_iter().any(ready));
        }
        count
    }
}

/// A status without the counts that are zero, which the server leaves out.
pub(super) fn status(fields: Value) -> Value {
    match fields {
        Value::Object(fields) => {
            fields.into_iter().filter(|(_, value)| *value != json!(0)).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}

/// A digest of a template, in the letters of names. Source of the function: FNV-1a.
pub(super) fn template_hash(template: &Value) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in template.to_string().bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut text = String::new();
    for _ in 0..10 {
        let letter = usize::try_from(hash % LETTERS.len() as u64).map_or(b'b', |at| LETTERS[at]);
        text.push(char::from(letter));
        hash /= LETTERS.len() as u64;
    }
    text
}

impl Server {
    pub(super) fn tend_workload(&mut self, key: &Key) {
        let Some(object) = self.store.get(key).cloned() else { return };
        if is_ending(&object) {
            return;
        }
        match &*key.plural {
            "deployments" => self.tend_deployment(key, &object),
            "replicasets" => self.tend_replica_set(key, &object),
            "statefulsets" => self.tend_stateful_set(key, &object),
            "daemonsets" => self.tend_daemon_set(key, &object),
            "jobs" => self.tend_job(key, &object),
            _ => {}
        }
    }

    /// What a workload controls, in the order of names.
    pub(super) fn controlled(&self, plural: &str, owner: &Value) -> Vec<Found> {
        let group = if plural == "pods" { "" } else { "apps" };
        let namespace = text(owner, "namespace");
        let owned = self.store.owned_by(text(owner, "uid"));
        let own = owned.filter(|(key, _)| key.is_of(group, plural) && *key.namespace == *namespace);
        own.map(|(key, object)| (key.clone(), object.clone())).collect()
    }

    /// The Pods of a workload that are not being stopped.
    pub(super) fn pods_of(&self, owner: &Value) -> Vec<Found> {
        let mut pods = self.controlled("pods", owner);
        pods.retain(|(_, pod)| !is_ending(pod));
        pods
    }

    /// Makes a Pod from a workload's template.
    pub(super) fn make_pod(&mut self, owner: &Value, name: (&str, &str), template: &Value) {
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": template["metadata"],
            "spec": template["spec"],
        });
        if !pod["metadata"].is_object() {
            pod["metadata"] = json!({});
        }
        pod["metadata"][name.0] = name.1.into();
        self.make(owner, pod);
    }

    /// Makes an object that a workload controls.
    pub(super) fn make(&mut self, owner: &Value, mut object: Value) {
        object["metadata"]["namespace"] = owner["metadata"]["namespace"].clone();
        object["metadata"]["ownerReferences"] = json!([owner_reference(owner)]);
        self.as_controller(MANAGER, Verb::Create, &object, "");
    }

    /// Writes a workload's status, if it is another one.
    pub(super) fn set_status(&mut self, key: &Key, status: Value) {
        let Some(live) = self.store.get(key).cloned() else { return };
        if live["status"] != status {
            let mut object = Value::clone(&live);
            object["status"] = status;
            self.as_controller(MANAGER, Verb::Update, &object, "status");
        }
    }

    /// Writes a workload as changed.
    pub(super) fn set(&mut self, live: &Value, change: impl FnOnce(&mut Value)) {
        let mut object = live.clone();
        change(&mut object);
        if object != *live {
            self.as_controller(MANAGER, Verb::Update, &object, "");
        }
    }

    /// A condition, with the time since when it holds.
    pub(super) fn condition(&self, live: &Value, kind: &str, is: bool, why: (&str, &str)) -> Value {
        let status = if is { "True" } else { "False" };
        let now = time(self.now());
        let earlier = live["status"]["conditions"].as_array().into_iter().flatten();
        let earlier = earlier.into_iter().find(|found| found["type"] == *kind);
        let since = earlier.filter(|found| found["status"] == *status);
        let since = since.map_or_else(|| now.clone().into(), |c| c["lastTransitionTime"].clone());
        let same = earlier.filter(|found| found["reason"] == *why.0 && found["message"] == *why.1);
        let updated = same.filter(|found| found["status"] == *status);
        let updated = updated.map_or_else(|| now.into(), |found| found["lastUpdateTime"].clone());
        json!({
            "type": kind, "status": status, "reason": why.0, "message": why.1,
            "lastTransitionTime": since, "lastUpdateTime": updated,
        })
    }
}
