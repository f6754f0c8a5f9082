//! Deployments: one ReplicaSet for each template. The new one is scaled up at once, the old ones are
//! scaled down when it is available.

use super::workloads::{Found, status, template_hash};
use crate::server::Server;
use crate::store::Key;
use crate::write::metadata::text;
use serde_json::{Value, json};
use std::sync::Arc;

const REVISION: &str = "deployment.kubernetes.io/revision";
const HASH: &str = "pod-template-hash";

/// The sum of a count in the statuses of some `ReplicaSet`s.
fn sum<'a>(sets: impl IntoIterator<Item = &'a Found>, name: &str) -> i64 {
    sets.into_iter().map(|(_, set)| set["status"][name].as_i64().unwrap_or(0)).sum()
}

fn revision(object: &Value) -> i64 {
    object["metadata"]["annotations"][REVISION].as_str().and_then(|t| t.parse().ok()).unwrap_or(0)
}

impl Server {
    pub(super) fn tend_deployment(&mut self, key: &Key, deployment: &Arc<Value>) {
        let hash = template_hash(&deployment["spec"]["template"]);
        let name = format!("{}-{hash}", key.name);
        let wanted = deployment["spec"]["replicas"].as_i64().unwrap_or(1);
        let is_paused = deployment["spec"]["paused"] == true;
        let sets = self.controlled("replicasets", deployment);
        let next = sets.iter().map(|(_, set)| revision(set)).max().unwrap_or(0) + 1;
        let current = sets.iter().find(|(key, _)| *key.name == *name).cloned();
        match &current {
            None if is_paused => {}
            None => self.make_replica_set(deployment, &hash, (wanted, next)),
            Some((_, set)) => {
                let is_latest = revision(set) + 1 == next;
                self.set(set, |set| {
                    set["spec"]["replicas"] = wanted.into();
                    if !is_latest {
                        set["metadata"]["annotations"][REVISION] = next.to_string().into();
                    }
                });
            }
        }
        let sets = self.controlled("replicasets", deployment);
        let (new, old): (Vec<_>, Vec<_>) = sets.into_iter().partition(|(k, _)| *k.name == *name);
        if sum(&new, "availableReplicas") >= wanted && !is_paused {
            for (_, set) in &old {
                self.set(set, |set| set["spec"]["replicas"] = 0.into());
            }
            self.forget_old(deployment, &old);
        }
        if let Some((_, set)) = new.first() {
            let revision = revision(set).to_string();
            let annotated = deployment["metadata"]["annotations"][REVISION] == *revision;
            if !annotated {
                self.set(deployment, |d| d["metadata"]["annotations"][REVISION] = revision.into());
                return;
            }
        }
        self.tell_deployment(key, deployment, (&new, &old));
    }

    fn make_replica_set(&mut self, deployment: &Value, hash: &str, (wanted, next): (i64, i64)) {
        let mut template = deployment["spec"]["template"].clone();
        template["metadata"]["labels"][HASH] = hash.into();
        let mut selector = deployment["spec"]["selector"].clone();
        selector["matchLabels"][HASH] = hash.into();
        let set = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": format!("{}-{hash}", text(deployment, "name")),
                "labels": template["metadata"]["labels"],
                "annotations": {REVISION: next.to_string()},
            },
            "spec": {
                "replicas": wanted, "selector": selector, "template": template,
                "minReadySeconds": deployment["spec"]["minReadySeconds"],
            },
        });
        self.make(deployment, set);
    }

    /// Deletes the oldest `ReplicaSet`s beyond the history that is wanted.
    fn forget_old(&mut self, deployment: &Value, old: &[Found]) {
        let kept = deployment["spec"]["revisionHistoryLimit"].as_u64().unwrap_or(10);
        let mut idle: Vec<&Found> = old
            .iter()
            .filter(|(_, set)| set["status"]["replicas"].as_i64().unwrap_or(0) == 0)
            .collect();
        idle.sort_by_key(|(_, set)| std::cmp::Reverse(revision(set)));
        let kept = usize::try_from(kept).unwrap_or(usize::MAX);
        for (key, _) in idle.into_iter().skip(kept) {
            self.delete_as_controller(key);
        }
    }

    fn tell_deployment(&mut self, key: &Key, deployment: &Value, (new, old): (&[Found], &[Found])) {
        let Some(live) = self.store.get(key).cloned() else { return };
        let wanted = deployment["spec"]["replicas"].as_i64().unwrap_or(1);
        let all = || new.iter().chain(old);
        let (total, updated) = (sum(all(), "replicas"), sum(new, "replicas"));
        let (ready, available) = (sum(all(), "readyReplicas"), sum(all(), "availableReplicas"));
        let is_available = available >= wanted;
        let is_done = updated == wanted && total == updated && available >= updated;
        let set = new.first().map_or("", |(key, _)| &*key.name);
        let minimum = if is_available {
            ("MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        let done = format!("ReplicaSet \"{set}\" has successfully progressed.");
        let going = format!("ReplicaSet \"{set}\" is progressing.");
        let progress = if is_done {
            ("NewReplicaSetAvailable", done.as_str())
        } else {
            ("ReplicaSetUpdated", going.as_str())
        };
        let conditions = [
            self.condition(&live, "Available", is_available, minimum),
            self.condition(&live, "Progressing", true, progress),
        ];
        let told = status(json!({
            "observedGeneration": live["metadata"]["generation"],
            "replicas": total, "updatedReplicas": updated, "readyReplicas": ready,
            "availableReplicas": available,
            "unavailableReplicas": (total.max(wanted) - available).max(0),
            "conditions": conditions,
        }));
        self.set_status(key, told);
    }
}
