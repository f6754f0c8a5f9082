//! The node: it starts Pods, lets those finish that do not restart, and stops those that are deleted.

use super::agenda::Stage;
use crate::server::Server;
use crate::store::Key;
use crate::write::metadata::{finalizers, is_ending, time};
use serde_json::{Value, json};
use std::time::Duration;

/// How long a Pod takes to start, and one that finishes to finish.
const STARTS_AFTER: Duration = Duration::from_millis(200);
/// How long a Pod takes to stop.
const STOPS_AFTER: Duration = Duration::from_millis(50);
/// The one node.
const NODE: &str = "node-1";

/// What the node does next with a Pod, and after how long.
pub(super) fn next_stage(key: &Key, pod: &Value) -> Option<(Stage, Duration)> {
    if !key.is_of("", "pods") {
        return None;
    }
    if is_ending(pod) {
        return Some((Stage::Stop, STOPS_AFTER));
    }
    match pod["status"]["phase"].as_str() {
        Some("Pending") => Some((Stage::Start, STARTS_AFTER)),
        Some("Running") if pod["spec"]["restartPolicy"] != "Always" => {
            Some((Stage::Finish, STARTS_AFTER))
        }
        _ => None,
    }
}

impl Server {
    pub(super) fn tend_pod(&mut self, key: &Key, stage: Stage) {
        let Some(pod) = self.store.get(key).cloned() else { return };
        // It may have become another one since.
        if next_stage(key, &pod).map(|(stage, _)| stage) != Some(stage) {
            return;
        }
        let mut pod = Value::clone(&pod);
        let now = time(self.now());
        match stage {
            Stage::Stop if finalizers(&pod).next().is_none() => {
                self.end(key);
                return;
            }
            Stage::Stop => {
                if pod["metadata"]["deletionGracePeriodSeconds"] == 0 {
                    return;
                }
                pod["metadata"]["deletionGracePeriodSeconds"] = 0.into();
            }
            Stage::Start => {
                pod["spec"]["nodeName"] = NODE.into();
                pod["status"] = running(&pod, &now);
            }
            Stage::Finish => finish(&mut pod, &now),
        }
        if let Some(target) = self.target_of(key) {
            self.keep(&target, pod);
        }
    }
}

fn conditions(is_ready: bool, now: &str) -> Value {
    let condition = |kind: &str, is: bool| {
        let status = if is { "True" } else { "False" };
        let mut condition = json!({"type": kind, "status": status, "lastProbeTime": null,
            "lastTransitionTime": now});
        if !is {
            condition["reason"] = "PodCompleted".into();
        }
        condition
    };
    json!([
        condition("Initialized", true),
        condition("Ready", is_ready),
        condition("ContainersReady", is_ready),
        condition("PodScheduled", true),
    ])
}

fn running(pod: &Value, now: &str) -> Value {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let containers: Vec<Value> = containers
        .map(|container| {
            json!({
                "name": container["name"], "image": container["image"], "imageID": "",
                "ready": true, "started": true, "restartCount": 0, "lastState": {},
                "state": {"running": {"startedAt": now}},
            })
        })
        .collect();
    json!({
        "phase": "Running", "qosClass": pod["status"]["qosClass"], "startTime": now,
        "conditions": conditions(true, now), "containerStatuses": containers,
    })
}

fn finish(pod: &mut Value, now: &str) {
    pod["status"]["phase"] = "Succeeded".into();
    pod["status"]["conditions"] = conditions(false, now);
    let containers = pod["status"]["containerStatuses"].as_array_mut();
    for container in containers.into_iter().flatten() {
        let began = container["state"]["running"]["startedAt"].clone();
        container["ready"] = false.into();
        container["started"] = false.into();
        container["state"] = json!({"terminated": {
            "exitCode": 0, "reason": "Completed", "startedAt": began, "finishedAt": now,
        }});
    }
}
