//! Health moves, by itself and in its time.

use crate::seams::seams;
use serde_json::{Value, json};
use std::time::Duration;
use trimtab_model::GroupKind;
use trimtab_sandbox::{By, Sandbox};

const ME: By<'static> = By { user: "person", manager: "kubectl" };

struct Here(Sandbox);

impl Here {
    fn new() -> Self {
        Self(Sandbox::new(seams(3)))
    }

    fn apply(&self, object: &Value) -> Value {
        self.0.state().apply(ME, object, true).expect("it is applied")
    }

    /// Lets time pass until there is nothing more to do.
    async fn settle(&self) {
        for _ in 0..1_000 {
            if self.0.tick().is_none() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it never comes to rest");
    }

    fn all(&self, group: &str, kind: &str) -> Vec<Value> {
        self.0.state().list(&GroupKind::new(group, kind), Some("default"))
    }

    fn one(&self, group: &str, kind: &str, name: &str) -> Value {
        self.0.state().get(&GroupKind::new(group, kind), Some("default"), name).unwrap_or_default()
    }
}

fn workload(kind: &str, image: &str, rest: Value) -> Value {
    let (version, selector) = match kind {
        "Job" => ("batch/v1", Value::Null),
        _ => ("apps/v1", json!({"matchLabels": {"app": "web"}})),
    };
    let mut spec = json!({"template": {"metadata": {"labels": {"app": "web"}}, "spec": {
        "containers": [{"name": "web", "image": image}]}}});
    if !selector.is_null() {
        spec["selector"] = selector;
    }
    for (name, value) in rest.as_object().unwrap() {
        spec[name] = value.clone();
    }
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": "web", "namespace": "default"},
        "spec": spec})
}

fn condition(object: &Value, kind: &str) -> Value {
    let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = conditions.into_iter().find(|found| found["type"] == *kind);
    found.map(|found| found["status"].clone()).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_deployment_becomes_available_and_rolls_to_another_template() {
    let here = Here::new();
    here.apply(&workload("Deployment", "nginx:1", json!({"replicas": 2})));
    here.0.tick();
    assert_eq!(condition(&here.one("apps", "Deployment", "web"), "Available"), Value::Null);
    here.settle().await;
    let deployment = here.one("apps", "Deployment", "web");
    let status = &deployment["status"];
    assert_eq!((&status["availableReplicas"], &status["updatedReplicas"]), (&json!(2), &json!(2)));
    assert_eq!(status["observedGeneration"], deployment["metadata"]["generation"]);
    assert_eq!(condition(&deployment, "Available"), "True");
    here.apply(&workload("Deployment", "nginx:2", json!({"replicas": 3})));
    here.settle().await;
    let sets = here.all("apps", "ReplicaSet");
    let mut sizes: Vec<_> = sets.iter().map(|set| set["status"]["replicas"].as_i64()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [Some(0), Some(3)]);
    assert_eq!(here.all("", "Pod").len(), 3);
    let version = here.0.resource_version();
    tokio::time::sleep(Duration::from_mins(10)).await;
    here.settle().await;
    assert_eq!(here.0.resource_version(), version, "nothing happens at rest");
    here.0.state().delete(ME, &deployment, None).unwrap();
    here.settle().await;
    assert!(here.all("apps", "ReplicaSet").is_empty() && here.all("", "Pod").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_job_succeeds() {
    let here = Here::new();
    let mut job = workload("Job", "busybox:1", json!({"completions": 2, "parallelism": 1}));
    job["spec"]["template"]["spec"]["restartPolicy"] = "Never".into();
    here.apply(&job);
    here.settle().await;
    let job = here.one("batch", "Job", "web");
    assert_eq!(
        (condition(&job, "Complete"), &job["status"]["succeeded"]),
        (json!("True"), &json!(2))
    );
}

#[tokio::test(start_paused = true)]
async fn a_stateful_set_has_numbered_pods_and_a_daemon_set_one_for_the_node() {
    let here = Here::new();
    let stateful =
        |image: &str| workload("StatefulSet", image, json!({"replicas": 2, "serviceName": "web"}));
    here.apply(&stateful("nginx:1"));
    here.settle().await;
    let set = here.one("apps", "StatefulSet", "web");
    assert_eq!(set["status"]["readyReplicas"], 2);
    here.apply(&stateful("nginx:2"));
    here.settle().await;
    let set = here.one("apps", "StatefulSet", "web");
    assert_eq!(set["status"]["currentRevision"], set["status"]["updateRevision"]);
    assert_eq!(set["status"]["updatedReplicas"], 2);
    let names: Vec<_> =
        here.all("", "Pod").iter().map(|pod| pod["metadata"]["name"].clone()).collect();
    assert_eq!(names, ["web-0", "web-1"]);
    let mut daemon = workload("DaemonSet", "nginx:1", json!({}));
    daemon["metadata"]["name"] = "agent".into();
    here.apply(&daemon);
    here.settle().await;
    assert_eq!(here.one("apps", "DaemonSet", "agent")["status"]["numberAvailable"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_takes_everything_with_it() {
    let here = Here::new();
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
    here.apply(&namespace);
    let mut deployment = workload("Deployment", "nginx:1", json!({"replicas": 2}));
    deployment["metadata"]["namespace"] = "shop".into();
    here.apply(&deployment);
    here.settle().await;
    here.0.state().delete(ME, &namespace, None).unwrap();
    here.settle().await;
    let left = here.0.state().everything();
    assert!(left.iter().all(|object| object["metadata"]["namespace"] != "shop"), "{left:?}");
    assert!(here.0.state().get(&GroupKind::new("", "Namespace"), None, "shop").is_none());
}
