//! Objects that are wrong for their kind.

use crate::script::Step;
use serde_json::{Value, json};

fn post(group: &str, plural: &str, rest: Value) -> Step {
    let root = if group == "v1" { "/api/v1".to_owned() } else { format!("/apis/{group}") };
    let mut object = json!({"metadata": {"name": "web"}});
    for (name, value) in rest.as_object().unwrap() {
        object[name] = value.clone();
    }
    Step::post(&format!("{root}/namespaces/{{ns}}/{plural}?dryRun=All"), object)
}

fn deployment(change: impl Fn(&mut Value)) -> Step {
    let mut spec = json!({"selector": {"matchLabels": {"app": "web"}}, "template": {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "nginx:1"}]}}});
    change(&mut spec);
    post("apps/v1", "deployments", json!({"spec": spec}))
}

fn containers(containers: Value) -> Step {
    deployment(|spec| spec["template"]["spec"]["containers"] = containers.clone())
}

pub fn refused() -> Vec<Step> {
    let named = |name: &str| json!({"name": name, "image": "nginx:1"});
    let ports = |ports: Value| post("v1", "services", json!({"spec": {"ports": ports}}));
    let lease = |spec: Value| post("coordination.k8s.io/v1", "leases", json!({"spec": spec}));
    let job = |policy: Value| {
        let pod = json!({"restartPolicy": policy, "containers": [named("job")]});
        post("batch/v1", "jobs", json!({"spec": {"template": {"spec": pod}}}))
    };
    vec![
        post("v1", "configmaps", json!({"data": {"a b": "c"}})),
        post("v1", "configmaps", json!({"data": {"a": "b"}, "binaryData": {"a": "eA=="}})),
        post("v1", "configmaps", json!({"data": {"a": "x".repeat(1024 * 1024 + 1)}})),
        post("v1", "configmaps", json!({"binaryData": {"a": "not base64!"}})),
        post("v1", "secrets", json!({"data": {"a": "!!"}})),
        post(
            "v1",
            "events",
            json!({"involvedObject": {"kind": "ConfigMap", "namespace": "other"}}),
        ),
        lease(json!({"leaseDurationSeconds": 0})),
        lease(json!({"leaseDurationSeconds": 5, "leaseTransitions": -1})),
        deployment(|spec| spec["selector"]["matchLabels"]["app"] = "other".into()),
        deployment(|spec| spec["selector"] = Value::Null),
        deployment(|spec| spec["selector"] = json!({})),
        deployment(|spec| spec["replicas"] = (-1).into()),
        deployment(|spec| spec["template"]["spec"]["restartPolicy"] = "Never".into()),
        containers(json!([])),
        containers(json!([{"name": "web"}])),
        containers(json!([{"image": "nginx:1"}])),
        containers(json!([named("A"), named("A")])),
        containers(json!([{"name": "web", "image": "nginx:1",
            "volumeMounts": [{"name": "none", "mountPath": "/x"}]}])),
        ports(json!([])),
        ports(json!([{"port": 0}])),
        ports(json!([{"port": 80}, {"port": 81}])),
        post("v1", "services", json!({"spec": {"type": "Some", "ports": [{"port": 80}]}})),
        job(Value::Null),
        job("Always".into()),
    ]
}
