//! Jobs: Pods until enough of them have succeeded.

use super::workloads::{Count, status};
use crate::server::Server;
use crate::store::Key;
use crate::write::metadata::time;
use serde_json::{Value, json};
use std::sync::Arc;

impl Server {
    pub(super) fn tend_job(&mut self, key: &Key, job: &Arc<Value>) {
        if job["status"]["completionTime"].is_string() {
            return;
        }
        let spec = &job["spec"];
        let wanted = spec["completions"].as_i64().unwrap_or(1);
        let parallel = spec["parallelism"].as_i64().unwrap_or(1);
        let count = Count::of(&self.pods_of(job));
        let is_suspended = spec["suspend"] == true;
        let missing =
            if is_suspended { 0 } else { parallel.min(wanted - count.succeeded) - count.all };
        let base = format!("{}-", key.name);
        for _ in 0..missing.max(0) {
            self.make_pod(job, ("generateName", &base), &spec["template"]);
        }
        let count = Count::of(&self.pods_of(job));
        let now = time(self.now());
        let began = match (&job["status"]["startTime"], is_suspended) {
            (_, true) => Value::Null,
            (Value::String(began), _) => began.clone().into(),
            _ => now.clone().into(),
        };
        let is_done = count.succeeded >= wanted;
        let mut told = status(json!({
            "active": count.all, "succeeded": count.succeeded, "uncountedTerminatedPods": {},
        }));
        told["ready"] = count.ready.min(count.all).into();
        told["terminating"] = 0.into();
        if !began.is_null() {
            told["startTime"] = began;
        }
        if is_done {
            let why = "Reached expected number of succeeded pods";
            let condition = |kind: &str| {
                json!({
                    "type": kind, "status": "True", "reason": "CompletionsReached", "message": why,
                    "lastProbeTime": now, "lastTransitionTime": now,
                })
            };
            told["conditions"] = json!([condition("SuccessCriteriaMet"), condition("Complete")]);
            told["completionTime"] = now.clone().into();
        } else if is_suspended {
            let condition =
                self.condition(job, "Suspended", true, ("JobSuspended", "Job suspended"));
            told["conditions"] = json!([condition]);
        }
        self.set_status(key, told);
    }
}
