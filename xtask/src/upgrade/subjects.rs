//! What is synced when the server is upgraded: many small Applications, and objects of many kinds through
//! both doors.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::bench::environment::Environment;
use crate::bench::lab::Lab;
use crate::bench::manifests::{APPLICATIONS, NAMESPACE, application};
use crate::bench::stages::post;

/// The namespace of what the Kustomization applies.
const OTHER: &str = "bench-too";
/// The folders of `tests/kinds`.
const FOLDERS: [&str; 2] = ["namespaced", "cluster"];
/// How long anything may take.
const LONGEST: Duration = Duration::from_mins(2);
/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Objects that are deleted after the upgrade, and have to come back: each is of another kind, and
/// stands for that kind's watch.
const DELETED: [&str; 6] = [
    "/api/v1/namespaces/bench/services/kinds-outside",
    "/apis/apps/v1/namespaces/bench/deployments/kinds-web",
    "/apis/batch/v1/namespaces/bench/cronjobs/kinds-nightly",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/bench/roles/kinds",
    "/apis/autoscaling/v2/namespaces/bench/horizontalpodautoscalers/kinds-store",
    "/apis/node.k8s.io/v1/runtimeclasses/kinds",
];

/// Adds the manifests of many kinds to the repository.
pub fn manifests(environment: &Environment) -> anyhow::Result<()> {
    let kinds = trimtab_testkit::repository().join("tests/kinds");
    FOLDERS.iter().try_for_each(|name| environment.add(&kinds.join(name), name))
}

/// Creates all resources.
pub fn create(lab: &Lab, environment: &Environment, applications: u32) -> anyhow::Result<()> {
    let url = &environment.url;
    post(&lab.admin, applications, |number| application(number, url), |_| {})?;
    for name in FOLDERS {
        let mut of_kinds = application(0, url);
        of_kinds["metadata"]["name"] = json!(name);
        of_kinds["spec"]["source"]["path"] = json!(name);
        lab.admin.create(APPLICATIONS, &of_kinds)?;
    }
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": OTHER}});
    lab.admin.create("/api/v1/namespaces", &namespace)?;
    let metadata = json!({"name": "kinds", "namespace": NAMESPACE});
    let source = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": metadata,
        "spec": {"url": url, "interval": "1h", "ref": {"branch": "main"}},
    });
    let kustomization = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": metadata,
        "spec": {
            "interval": "1h", "prune": true, "path": "./namespaced", "targetNamespace": OTHER,
            "sourceRef": {"kind": "GitRepository", "name": "kinds"},
        },
    });
    lab.admin.create(&collection("source.toolkit.fluxcd.io", "gitrepositories"), &source)?;
    lab.admin
        .create(&collection("kustomize.toolkit.fluxcd.io", "kustomizations"), &kustomization)?;
    Ok(())
}

fn collection(group: &str, plural: &str) -> String {
    format!("/apis/{group}/v1/namespaces/{NAMESPACE}/{plural}")
}

/// Waits until everything is synced. Some kinds are never healthy where nothing runs them.
pub fn wait(lab: &Lab) -> anyhow::Result<()> {
    until("the Applications are synced", || {
        let list = lab.admin.read(APPLICATIONS)?;
        let items = list["items"].as_array().context("no list")?;
        Ok(items.iter().find(|one| !is_synced(one)).map(|one| one["status"].to_string()))
    })?;
    let path = format!("{}/kinds", collection("kustomize.toolkit.fluxcd.io", "kustomizations"));
    until("the Kustomization is ready", || {
        let kustomization = lab.admin.read(&path)?;
        let conditions = kustomization["status"]["conditions"].as_array();
        let ready = conditions.into_iter().flatten().find(|condition| condition["type"] == "Ready");
        let is_ready = ready.is_some_and(|ready| ready["status"] == "True");
        Ok((!is_ready).then(|| kustomization["status"].to_string()))
    })
}

fn is_synced(application: &Value) -> bool {
    let status = &application["status"];
    status["sync"]["status"] == "Synced" && status["operationState"]["phase"] == "Succeeded"
}

/// Deletes some objects, and waits until others have taken their places.
pub fn heal(lab: &Lab) -> anyhow::Result<()> {
    for path in DELETED {
        let old = lab.admin.read(path)?["metadata"]["uid"].clone();
        lab.admin.delete(path)?;
        until(&format!("{path} is back"), || {
            let answer = lab.admin.get(path)?;
            let is_back = answer.code == 200 && answer.json()?["metadata"]["uid"] != old;
            Ok((!is_back).then(|| format!("the answer is {}", answer.code)))
        })?;
    }
    Ok(())
}

/// Waits until there is nothing that stands in the way.
fn until(
    what: &str,
    mut obstacle: impl FnMut() -> anyhow::Result<Option<String>>,
) -> anyhow::Result<()> {
    let end = Instant::now() + LONGEST;
    while let Some(obstacle) = obstacle()? {
        if Instant::now() > end {
            bail!("not within {} s: {what}: {obstacle}", LONGEST.as_secs());
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}
