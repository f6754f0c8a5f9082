//! Sets of Pods, numbered or not, and one for each node: as many Pods as there should be.

use super::workloads::{Count, status, template_hash};
use crate::server::Server;
use crate::store::Key;
use serde_json::{Value, json};
use std::sync::Arc;

/// The label that says from which template a Pod was made.
const REVISION: &str = "controller-revision-hash";

impl Server {
    pub(super) fn tend_replica_set(&mut self, key: &Key, set: &Arc<Value>) {
        let wanted = set["spec"]["replicas"].as_i64().unwrap_or(1);
        let pods = self.pods_of(set);
        let there = i64::try_from(pods.len()).unwrap_or(i64::MAX);
        let base = format!("{}-", key.name);
        for _ in there..wanted {
            self.make_pod(set, ("generateName", &base), &set["spec"]["template"]);
        }
        let too_many = usize::try_from((there - wanted).max(0)).unwrap_or(0);
        for (pod, _) in pods.iter().rev().take(too_many) {
            self.delete_as_controller(pod);
        }
        let count = Count::of(&self.pods_of(set));
        let mut told = status(json!({
            "observedGeneration": set["metadata"]["generation"],
            "fullyLabeledReplicas": count.all, "readyReplicas": count.ready,
            "availableReplicas": count.ready,
        }));
        told["replicas"] = count.all.into();
        self.set_status(key, told);
    }

    /// The Pods of a StatefulSet have numbers. They are made one after the other, each when the one
    /// before is ready, and one of another template is replaced, the last one first.
    pub(super) fn tend_stateful_set(&mut self, key: &Key, set: &Arc<Value>) {
        let wanted = set["spec"]["replicas"].as_i64().unwrap_or(1);
        let revision = format!("{}-{}", key.name, template_hash(&set["spec"]["template"]));
        let is_parallel = set["spec"]["podManagementPolicy"] == "Parallel";
        let pod =
            |number: i64| Key::new("", "pods", &key.namespace, &format!("{}-{number}", key.name));
        let mut template = set["spec"]["template"].clone();
        template["metadata"]["labels"][REVISION] = revision.clone().into();
        let mut waits = false;
        for number in 0..wanted {
            let found = self.store.get(&pod(number)).cloned();
            match found {
                None => {
                    let name = format!("{}-{number}", key.name);
                    self.make_pod(set, ("name", &name), &template);
                    waits = !is_parallel;
                }
                Some(found) => {
                    waits |= !is_parallel && Count::of(&[(pod(number), found)]).ready == 0;
                }
            }
            if waits {
                break;
            }
        }
        let pods = self.pods_of(set);
        let is_current = |pod: &Value| pod["metadata"]["labels"][REVISION] == *revision;
        let number = |key: &Key| -> i64 {
            key.name.rsplit('-').next().and_then(|text| text.parse().ok()).unwrap_or(i64::MAX)
        };
        for (key, _) in pods.iter().filter(|(key, _)| number(key) >= wanted) {
            self.delete_as_controller(key);
        }
        let mut outdated: Vec<&Key> =
            pods.iter().filter(|(_, pod)| !is_current(pod)).map(|(key, _)| key).collect();
        outdated.sort_by_key(|key| number(key));
        let rolls = set["spec"]["updateStrategy"]["type"] != "OnDelete";
        if let (true, false, Some(last)) = (rolls, waits, outdated.last()) {
            self.delete_as_controller(last);
        }
        self.tell_stateful_set(key, set, &revision);
    }

    fn tell_stateful_set(&mut self, key: &Key, set: &Value, revision: &str) {
        let pods = self.pods_of(set);
        let count = Count::of(&pods);
        let updated: Vec<_> = pods
            .iter()
            .filter(|(_, pod)| pod["metadata"]["labels"][REVISION] == *revision)
            .cloned()
            .collect();
        let updated = Count::of(&updated).all;
        let before = set["status"]["currentRevision"].as_str().unwrap_or(revision);
        let is_done = updated == count.all && count.ready == count.all;
        let current = if is_done { revision } else { before };
        let mut told = status(json!({
            "observedGeneration": set["metadata"]["generation"],
            "readyReplicas": count.ready, "updatedReplicas": updated,
            "currentReplicas": if current == revision { updated } else { count.all - updated },
            "currentRevision": current, "updateRevision": revision, "collisionCount": 0,
        }));
        told["replicas"] = count.all.into();
        told["availableReplicas"] = count.ready.into();
        told["collisionCount"] = 0.into();
        self.set_status(key, told);
    }

    /// A DaemonSet has one Pod: there is one node.
    pub(super) fn tend_daemon_set(&mut self, key: &Key, set: &Arc<Value>) {
        let revision = template_hash(&set["spec"]["template"]);
        let is_current = |pod: &Value| pod["metadata"]["labels"][REVISION] == *revision;
        let pods = self.pods_of(set);
        let rolls = set["spec"]["updateStrategy"]["type"] != "OnDelete";
        for (pod, _) in pods.iter().filter(|(_, pod)| rolls && !is_current(pod)) {
            self.delete_as_controller(pod);
        }
        if pods.is_empty() {
            let mut template = set["spec"]["template"].clone();
            template["metadata"]["labels"][REVISION] = revision.clone().into();
            let base = format!("{}-", key.name);
            self.make_pod(set, ("generateName", &base), &template);
        }
        let pods = self.pods_of(set);
        let count = Count::of(&pods);
        let updated = i64::from(pods.iter().any(|(_, pod)| is_current(pod)));
        let mut told = status(json!({
            "observedGeneration": set["metadata"]["generation"],
            "updatedNumberScheduled": updated, "numberAvailable": count.ready,
            "numberUnavailable": 1 - count.ready.min(1),
        }));
        told["currentNumberScheduled"] = count.all.min(1).into();
        told["desiredNumberScheduled"] = 1.into();
        told["numberMisscheduled"] = 0.into();
        told["numberReady"] = count.ready.into();
        self.set_status(key, told);
    }
}
