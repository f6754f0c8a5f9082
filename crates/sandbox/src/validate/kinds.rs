//! What single kinds ask for: as much of it as people get wrong. Source: Kubernetes,
//! `pkg/apis/*/validation`.

use super::names::{dns_label, required};
use crate::refusal::Cause;
use crate::server::Target;
use serde_json::Value;

/// All that a ConfigMap or a Secret holds.
const DATA_BYTES_MAX: usize = 1024 * 1024;

/// What is wrong with an object of its kind.
pub(super) fn problems(target: &Target, object: &Value) -> Vec<Cause> {
    let mut causes = required(target, object);
    causes.extend(match (target.resource.group.as_str(), target.resource.plural.as_str()) {
        ("", "configmaps" | "secrets") => data(object),
        ("", "events") => event(object),
        ("", "services") => service(object),
        ("", "pods") => containers(&object["spec"], "spec"),
        ("apps", "deployments" | "replicasets" | "statefulsets" | "daemonsets") => workload(object),
        ("batch", "jobs") => job(object),
        ("coordination.k8s.io", "leases") => lease(object),
        _ => Vec::new(),
    });
    causes
}

fn data(object: &Value) -> Vec<Cause> {
    const KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' \
        (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is \
        '[-._a-zA-Z0-9]+')";
    let mut causes = Vec::new();
    let mut bytes = 0;
    for part in ["data", "binaryData"] {
        for (name, value) in object[part].as_object().into_iter().flatten() {
            let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
            let path = format!("{part}[{name}]");
            if name.is_empty() || !name.chars().all(fits) {
                causes.push(Cause::invalid(&path, &name.as_str().into(), KEY));
            }
            if part == "data" && object["binaryData"].get(name).is_some() {
                let why = "duplicate of key present in binaryData";
                causes.push(Cause::invalid(&path, &name.as_str().into(), why));
            }
            bytes += value.as_str().map_or(0, str::len);
        }
    }
    if bytes > DATA_BYTES_MAX {
        causes.push(Cause::too_long("[]", DATA_BYTES_MAX as u64));
    }
    causes
}

fn event(object: &Value) -> Vec<Cause> {
    let involved = object["involvedObject"]["namespace"].as_str().unwrap_or("");
    let own = object["metadata"]["namespace"].as_str().unwrap_or("");
    // An event of what has no namespace is in `default`.
    let fits = involved == own || involved.is_empty() && own == "default";
    let why = "does not match event.namespace";
    let cause = Cause::invalid("involvedObject.namespace", &involved.into(), why);
    if fits { Vec::new() } else { vec![cause] }
}

fn lease(object: &Value) -> Vec<Cause> {
    let spec = &object["spec"];
    let mut causes = Vec::new();
    if let Some(seconds) = spec["leaseDurationSeconds"].as_i64().filter(|seconds| *seconds <= 0) {
        let path = "spec.leaseDurationSeconds";
        causes.push(Cause::invalid(path, &seconds.into(), "must be greater than 0"));
    }
    causes.extend(negative(&spec["leaseTransitions"], "spec.leaseTransitions"));
    causes
}

fn negative(value: &Value, path: &str) -> Option<Cause> {
    let found = value.as_i64().filter(|found| *found < 0)?;
    Some(Cause::invalid(path, &found.into(), "must be greater than or equal to 0"))
}

const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

fn service(object: &Value) -> Vec<Cause> {
    let spec = &object["spec"];
    let ports = spec["ports"].as_array().map_or(&[][..], Vec::as_slice);
    let kind = spec["type"].as_str().unwrap_or("");
    let mut causes = Vec::new();
    if ports.is_empty() && spec["clusterIP"] != "None" && kind != "ExternalName" {
        causes.push(Cause::required("spec.ports", ""));
    }
    for (index, port) in ports.iter().enumerate() {
        let path = |name: &str| format!("spec.ports[{index}].{name}");
        if ports.len() > 1 && port["name"].as_str().is_none_or(str::is_empty) {
            causes.push(Cause::required(&path("name"), ""));
        }
        for name in ["port", "targetPort"] {
            let number = port[name].as_i64().filter(|number| !(1..=65_535).contains(number));
            let why = "must be between 1 and 65535, inclusive";
            causes.extend(number.map(|n| Cause::invalid(&path(name), &n.into(), why)));
        }
    }
    if !TYPES.contains(&kind) {
        causes.push(Cause::unsupported("spec.type", &format!("{kind:?}"), &TYPES));
    }
    causes
}

fn workload(object: &Value) -> Vec<Cause> {
    let spec = &object["spec"];
    let mut causes: Vec<Cause> = negative(&spec["replicas"], "spec.replicas").into_iter().collect();
    let is_empty = |value: &Value| {
        value.as_object().is_none_or(serde_json::Map::is_empty)
            && value.as_array().is_none_or(Vec::is_empty)
    };
    let selector = &spec["selector"];
    let selects_all = selector.is_object()
        && is_empty(&selector["matchLabels"])
        && is_empty(&selector["matchExpressions"]);
    if selects_all && object["kind"] == "Deployment" {
        let why = "empty selector is invalid for deployment";
        causes.push(Cause::invalid("spec.selector", selector, why));
    }
    let labels = &spec["template"]["metadata"]["labels"];
    if !selects(&spec["selector"], labels) {
        let why = "`selector` does not match template `labels`";
        causes.push(Cause::invalid("spec.template.metadata.labels", labels, why));
    }
    causes.extend(super::metadata::labels(labels, "spec.template.metadata.labels"));
    causes.extend(containers(&spec["template"]["spec"], "spec.template.spec"));
    if spec["strategy"]["type"] == "Recreate" && !spec["strategy"]["rollingUpdate"].is_null() {
        let why = "may not be specified when strategy `type` is 'Recreate'";
        causes.push(Cause::forbidden("spec.strategy.rollingUpdate", why));
    }
    let policy = spec["template"]["spec"]["restartPolicy"].as_str().unwrap_or("Always");
    if policy != "Always" {
        let path = "spec.template.spec.restartPolicy";
        causes.push(Cause::unsupported(path, &format!("{policy:?}"), &["Always"]));
    }
    causes
}

/// Whether a selector selects labels. Expressions are not looked at here.
fn selects(selector: &Value, labels: &Value) -> bool {
    let mut wanted = selector["matchLabels"].as_object().into_iter().flatten();
    !selector.is_null() && wanted.all(|(name, value)| labels.get(name) == Some(value))
}

fn job(object: &Value) -> Vec<Cause> {
    let pod = &object["spec"]["template"]["spec"];
    let mut causes = containers(pod, "spec.template.spec");
    if !matches!(pod["restartPolicy"].as_str(), Some("OnFailure" | "Never")) {
        let path = "spec.template.spec.restartPolicy";
        causes.push(Cause::required(path, "valid values: \"OnFailure\", \"Never\""));
    }
    causes
}

fn containers(pod: &Value, path: &str) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let volumes = pod["volumes"].as_array().into_iter().flatten();
    let volumes: Vec<&Value> = volumes.map(|volume| &volume["name"]).collect();
    for list in ["containers", "initContainers"] {
        let containers = pod[list].as_array().into_iter().flatten().enumerate();
        for (index, container) in containers {
            let path = format!("{path}.{list}[{index}]");
            let name = container["name"].as_str().unwrap_or("");
            match name {
                "" => causes.push(Cause::required(&format!("{path}.name"), "")),
                name => causes.extend(
                    dns_label(name)
                        .map(|why| Cause::invalid(&format!("{path}.name"), &name.into(), &why)),
                ),
            }
            if !name.is_empty() && names.contains(&name) {
                causes.push(Cause::duplicate(&format!("{path}.name"), &name.into()));
            }
            names.push(name);
            if container["image"].as_str().is_none_or(str::is_empty) {
                causes.push(Cause::required(&format!("{path}.image"), ""));
            }
            let mounts = container["volumeMounts"].as_array().into_iter().flatten().enumerate();
            for (index, mount) in mounts.filter(|(_, mount)| !volumes.contains(&&mount["name"])) {
                let path = format!("{path}.volumeMounts[{index}].name");
                causes.push(Cause::not_found(&path, &mount["name"]));
            }
        }
    }
    causes
}
