//! What the server fills in: defaults that the schema tells, those that follow from other fields, and
//! what only the server writes.

use crate::server::{Server, Target};
use serde_json::{Value, json};
use trimtab_merge::stored;

/// The object with its defaults, before anybody says who owns what.
pub(crate) fn filled(target: &Target, object: Value) -> Value {
    let schema = &target.version.schema;
    if target.resource.is_custom() {
        let mut object = stored(schema, &object);
        drop_empty_metadata(&mut object);
        return object;
    }
    let mut object = object;
    match (target.resource.group.as_str(), target.resource.plural.as_str()) {
        ("", "namespaces") => name_label(&mut object),
        ("", "secrets") => string_data(&mut object),
        ("apps", "daemonsets") => count_of_templates(&mut object),
        _ => {}
    }
    for pod in pod_specs(&mut object) {
        pull_policies(pod);
    }
    let asked = rolling_updates(&object);
    let mut object = stored(schema, &object);
    drop_rolling_update(&mut object, asked);
    for pod in pod_specs(&mut object) {
        one_source(pod);
    }
    match (target.resource.group.as_str(), target.resource.plural.as_str()) {
        ("", "services") => target_ports(&mut object),
        ("networking.k8s.io", "networkpolicies") => policy_types(&mut object),
        ("apiextensions.k8s.io", "customresourcedefinitions") => {
            crate::definition::fill(&mut object);
        }
        _ => {}
    }
    object
}

/// Metadata is read into a Go type also where the rest of an object is not: what is empty there is
/// as if it were not said. Source: apiextensions-apiserver, `schema/objectmeta`.
fn drop_empty_metadata(object: &mut Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    metadata.retain(|name, value| match value {
        Value::Null => false,
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => name != "generation" || number.as_i64() != Some(0),
        Value::Bool(_) => true,
    });
}

/// A new object with what its kind begins with.
pub(crate) fn begun(target: &Target, mut object: Value) -> Value {
    match (target.resource.group.as_str(), target.resource.plural.as_str()) {
        ("", "namespaces") => {
            object["spec"]["finalizers"] = json!(["kubernetes"]);
            object["status"] = json!({"phase": "Active"});
        }
        ("", "pods") => {
            object["status"] = json!({"phase": "Pending", "qosClass": "BestEffort"});
        }
        ("", "persistentvolumeclaims") => {
            object["status"] = json!({"phase": "Pending"});
            protect(&mut object, "kubernetes.io/pvc-protection");
        }
        ("", "persistentvolumes") => {
            object["status"] = json!({"phase": "Pending"});
            protect(&mut object, "kubernetes.io/pv-protection");
        }
        ("batch", "jobs") => job_labels(&mut object),
        ("apps", "daemonsets") => object["metadata"]["annotations"][TEMPLATES] = "1".into(),
        ("apiextensions.k8s.io", "customresourcedefinitions") => {
            object["status"] = crate::definition::first_status(&object);
        }
        _ => {}
    }
    if target.version.status && !target.resource.is_custom() {
        let first = json!({"apiVersion": object["apiVersion"], "kind": object["kind"]});
        let first = stored(&target.version.schema, &first);
        if object.get("status").is_none() && !first["status"].is_null() {
            object["status"] = first["status"].clone();
        }
    }
    object
}

/// The annotation in which the server counts the templates of a DaemonSet.
const TEMPLATES: &str = "deprecated.daemonset.template.generation";

fn count_of_templates(set: &mut Value) {
    let count = &mut set["metadata"]["annotations"][TEMPLATES];
    if count.is_null() {
        *count = "0".into();
    }
}

/// An object with what the server counts of its changes.
pub(crate) fn counted(target: &Target, live: &Value, mut object: Value) -> Value {
    if target.resource.is("apps", "daemonsets") {
        let before = live["metadata"]["annotations"][TEMPLATES].as_str();
        let before: u64 = before.and_then(|text| text.parse().ok()).unwrap_or(0);
        let is_new = live["spec"]["template"] != object["spec"]["template"];
        let count = before + u64::from(is_new);
        object["metadata"]["annotations"][TEMPLATES] = count.to_string().into();
    }
    if target.resource.is("apiextensions.k8s.io", "customresourcedefinitions") {
        crate::definition::note_stored(&mut object);
    }
    object
}

/// A volume is an empty directory only if it is nothing else.
fn one_source(pod: &mut Value) {
    let volumes = pod.get_mut("volumes").and_then(Value::as_array_mut);
    for volume in volumes.into_iter().flatten().filter_map(Value::as_object_mut) {
        let others = volume.keys().filter(|name| !matches!(name.as_str(), "name" | "emptyDir"));
        if others.count() > 0 {
            volume.remove("emptyDir");
        }
    }
}

/// A policy that does not say so is about what comes in, and about what goes out if it has rules for
/// it.
fn policy_types(policy: &mut Value) {
    let spec = &mut policy["spec"];
    if !spec["policyTypes"].is_null() {
        return;
    }
    let goes_out = spec["egress"].as_array().is_some_and(|rules| !rules.is_empty());
    spec["policyTypes"] = if goes_out { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
}

/// What the server allots to a new object.
pub(crate) fn allotted(server: &mut Server, target: &Target, object: &mut Value) {
    if target.resource.is("", "services") {
        address(server, object);
    }
}

/// What a change that does not mention it leaves as it is.
pub(crate) fn retained(target: &Target, live: &Value, mut object: Value) -> Value {
    let mut keep = |path: &[&str]| {
        let (Some((last, parents)), Some(found)) = (path.split_last(), at(live, path)) else {
            return;
        };
        let mut place = &mut object;
        for step in parents {
            place = &mut place[*step];
        }
        if place.is_null() || place.is_object() {
            let unset = place.get(*last).is_none_or(|value| value.is_null() || *value == json!(""));
            if unset {
                place[*last] = found.clone();
            }
        }
    };
    match (target.resource.group.as_str(), target.resource.plural.as_str()) {
        ("", "services") if live["spec"]["type"] != json!("ExternalName") => {
            for name in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                keep(&["spec", name]);
            }
        }
        ("", "serviceaccounts") => keep(&["secrets"]),
        ("batch", "jobs") => {
            keep(&["spec", "selector"]);
            for name in JOB_LABELS {
                keep(&["spec", "template", "metadata", "labels", name]);
            }
        }
        _ => {}
    }
    object
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| value.get(*step))
}

fn protect(object: &mut Value, finalizer: &str) {
    let finalizers = &mut object["metadata"]["finalizers"];
    match finalizers.as_array_mut() {
        Some(list) if list.iter().any(|found| found == finalizer) => {}
        Some(list) => list.push(finalizer.into()),
        None => *finalizers = json!([finalizer]),
    }
}

fn name_label(namespace: &mut Value) {
    if let Some(name) = namespace["metadata"]["name"].as_str().map(str::to_owned) {
        namespace["metadata"]["labels"]["kubernetes.io/metadata.name"] = name.into();
    }
}

/// `data` is filled from `stringData`, which is not stored.
fn string_data(secret: &mut Value) {
    let Some(texts) = secret.as_object_mut().and_then(|fields| fields.remove("stringData")) else {
        return;
    };
    for (name, text) in texts.as_object().into_iter().flatten() {
        let encoded = trimtab_merge::prepare(json!({
            "apiVersion": "v1", "kind": "Secret", "stringData": {name: text},
        }));
        secret["data"][name] = encoded["data"][name].clone();
    }
}

/// The specs of the Pods that an object is or makes.
pub(crate) fn pod_specs(object: &mut Value) -> Vec<&mut Value> {
    let path = match object["kind"].as_str() {
        Some("Pod") => "/spec",
        Some("CronJob") => "/spec/jobTemplate/spec/template/spec",
        Some("PodTemplate") => "/template/spec",
        _ => "/spec/template/spec",
    };
    object.pointer_mut(path).filter(|spec| spec.is_object()).into_iter().collect()
}

/// An image without a tag, or with the tag `latest`, is always pulled.
fn pull_policies(pod: &mut Value) {
    for list in ["initContainers", "containers"] {
        let containers = pod.get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten().filter(|found| found.is_object()) {
            let unset = container["imagePullPolicy"].as_str().is_none_or(str::is_empty);
            let image = container["image"].as_str().unwrap_or("");
            if unset && !image.is_empty() && is_latest(image) {
                container["imagePullPolicy"] = "Always".into();
            }
        }
    }
}

fn is_latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

const STRATEGIES: [&str; 2] = ["strategy", "updateStrategy"];

/// Which strategies the writer gave a rolling update.
fn rolling_updates(object: &Value) -> [bool; 2] {
    STRATEGIES.map(|name| object["spec"][name]["rollingUpdate"].is_object())
}

/// Only a strategy that rolls has the parameters of rolling.
fn drop_rolling_update(object: &mut Value, asked: [bool; 2]) {
    for (name, asked) in STRATEGIES.into_iter().zip(asked) {
        let strategy = object.get_mut("spec").and_then(|spec| spec.get_mut(name));
        let Some(strategy) = strategy.and_then(Value::as_object_mut) else { continue };
        let rolls = strategy.get("type").is_none_or(|kind| kind == "RollingUpdate");
        if !rolls && !asked {
            strategy.remove("rollingUpdate");
        }
    }
}

fn target_ports(service: &mut Value) {
    let is_external = service["spec"]["type"] == json!("ExternalName");
    let headless = service["spec"]["clusterIP"] == json!("None");
    let ports = service["spec"].get_mut("ports").and_then(Value::as_array_mut);
    for port in ports.into_iter().flatten() {
        let unset = port["targetPort"].is_null()
            || port["targetPort"] == json!("")
            || port["targetPort"] == json!(0);
        if unset && (!headless || !is_external) {
            port["targetPort"] = port["port"].clone();
        }
    }
}

/// Where the addresses of Services begin.
const ADDRESSES: [u8; 4] = [10, 0, 0, 1];

fn address(server: &mut Server, service: &mut Value) {
    let spec = &mut service["spec"];
    if spec["type"] == json!("ExternalName") {
        return;
    }
    if spec["clusterIP"].as_str().is_none_or(str::is_empty) {
        server.addresses += 1;
        let number = u32::from_be_bytes(ADDRESSES).saturating_add(server.addresses);
        let [a, b, c, d] = number.to_be_bytes();
        spec["clusterIP"] = format!("{a}.{b}.{c}.{d}").into();
    }
    if spec["clusterIPs"].is_null() {
        spec["clusterIPs"] = json!([spec["clusterIP"]]);
    }
    if spec["ipFamilies"].is_null() {
        spec["ipFamilies"] = json!(["IPv4"]);
    }
    if spec["ipFamilyPolicy"].is_null() {
        spec["ipFamilyPolicy"] = "SingleStack".into();
    }
}

const JOB_LABELS: [&str; 4] = [
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "job-name",
];

/// A Job selects its Pods by its own uid. Source: `generateSelector` of the server's job strategy.
fn job_labels(job: &mut Value) {
    if job["spec"]["manualSelector"] == json!(true) {
        return;
    }
    let (uid, name) = (job["metadata"]["uid"].clone(), job["metadata"]["name"].clone());
    for (label, value) in JOB_LABELS.into_iter().zip([&uid, &name, &uid, &name]) {
        job["spec"]["template"]["metadata"]["labels"][label] = value.clone();
    }
    job["spec"]["selector"]["matchLabels"]["batch.kubernetes.io/controller-uid"] = uid;
}
