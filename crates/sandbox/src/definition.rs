//! Definitions of custom resources: what they are filled with, and what they make the server serve.

use crate::catalogue::{Catalogue, Habits, Resource, ServedVersion, rank};
use crate::refusal::Cause;
use crate::server::Server;
use serde_json::{Value, json};
use std::sync::Arc;
use trimtab_merge::Schema;

/// The finalizer that waits until the instances of a definition are gone.
pub(crate) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Says in a definition that it goes, and its instances before it. Source: apiextensions,
/// `customresourcedefinition/etcd.go`.
pub(crate) fn mark(definition: &mut Value, now: &str) {
    definition["metadata"]["deletionTimestamp"] = now.into();
    let finalizers = &mut definition["metadata"]["finalizers"];
    match finalizers.as_array_mut() {
        Some(list) if list.iter().any(|found| found == CLEANUP) => {}
        Some(list) => list.push(CLEANUP.into()),
        None => *finalizers = json!([CLEANUP]),
    }
    let conditions = &mut definition["status"]["conditions"];
    if !conditions.is_array() {
        *conditions = json!([]);
    }
    if let Some(conditions) = conditions.as_array_mut() {
        conditions.push(json!({
            "type": "Terminating", "status": "True", "reason": "InstanceDeletionPending",
            "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will \
                        begin soon",
            "lastTransitionTime": now,
        }));
    }
}

/// Fills in what follows from other fields. Source: apiextensions, `v1/defaults.go`.
pub(crate) fn fill(definition: &mut Value) {
    let spec = &mut definition["spec"];
    if !spec.is_object() {
        return;
    }
    let kind = spec["names"]["kind"].as_str().unwrap_or("").to_owned();
    let unset = |value: &Value| value.as_str().is_none_or(str::is_empty);
    if unset(&spec["names"]["singular"]) {
        spec["names"]["singular"] = kind.to_lowercase().into();
    }
    if unset(&spec["names"]["listKind"]) && !kind.is_empty() {
        spec["names"]["listKind"] = format!("{kind}List").into();
    }
    if unset(&spec["conversion"]["strategy"]) {
        spec["conversion"]["strategy"] = "None".into();
    }
}

/// The status of a definition that nobody has looked at.
pub(crate) fn first_status(definition: &Value) -> Value {
    let versions = definition["spec"]["versions"].as_array().into_iter().flatten();
    let stored: Vec<&Value> = versions
        .filter(|version| version["storage"] == json!(true))
        .map(|version| &version["name"])
        .collect();
    json!({"acceptedNames": {"plural": "", "kind": ""}, "conditions": null, "storedVersions": stored})
}

/// Notes in the status in which version objects are stored from now on.
pub(crate) fn note_stored(definition: &mut Value) {
    let first = first_status(definition);
    let Some(stored) = definition["status"]["storedVersions"].as_array_mut() else { return };
    for version in first["storedVersions"].as_array().into_iter().flatten() {
        if !stored.contains(version) {
            stored.push(version.clone());
        }
    }
}

/// What is wrong with a definition.
pub(crate) fn problems(server: &Server, definition: &Value) -> Vec<Cause> {
    let spec = &definition["spec"];
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
    let mut causes = Vec::new();
    let name = text(&definition["metadata"]["name"]);
    let expected = format!("{plural}.{group}");
    if name != expected {
        let why = "must be spec.names.plural+\".\"+spec.group";
        causes.push(Cause::invalid("metadata.name", &name.into(), why));
    }
    for (path, value) in [
        ("spec.group", &spec["group"]),
        ("spec.scope", &spec["scope"]),
        ("spec.names.plural", &spec["names"]["plural"]),
        ("spec.names.kind", &spec["names"]["kind"]),
    ] {
        if text(value).is_empty() {
            causes.push(Cause::required(path, ""));
        }
    }
    let versions = spec["versions"].as_array().map_or(&[][..], Vec::as_slice);
    let stored = versions.iter().filter(|version| version["storage"] == json!(true)).count();
    if stored != 1 {
        let why = "must have exactly one version marked as storage version";
        causes.push(Cause::invalid("spec.versions", &spec["versions"], why));
    }
    for (index, version) in versions.iter().enumerate() {
        if !version["schema"]["openAPIV3Schema"].is_object() {
            let path = format!("spec.versions[{index}].schema.openAPIV3Schema");
            causes.push(Cause::required(&path, "schemas are required"));
        }
    }
    if spec["conversion"]["strategy"] == json!("Webhook") {
        let why = "the sandbox does not serve conversion webhooks";
        causes.push(Cause::forbidden("spec.conversion.strategy", why));
    }
    if server.catalogue.named(&group, &plural).is_some_and(|found| !found.is_custom()) {
        let why = "the group and the plural are those of a built-in kind";
        causes.push(Cause::forbidden("spec.names.plural", why));
    }
    causes
}

/// What a definition makes the server serve; `None` if there is no served version.
pub(crate) fn resource(definition: &Arc<Value>) -> Option<Resource> {
    let spec = &definition["spec"];
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let list = |value: &Value| {
        let items = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        items.map(str::to_owned).collect()
    };
    let versions = spec["versions"].as_array()?;
    let served = versions.iter().filter(|version| version["served"] == json!(true));
    let mut served: Vec<ServedVersion> = served
        .filter_map(|version| {
            let name = text(&version["name"]);
            let schema = Arc::new(Schema::from_crd(definition, &name).ok()?);
            let status = schema.has_status_subresource();
            Some(ServedVersion { name, schema, status })
        })
        .collect();
    served.sort_by_key(|version| std::cmp::Reverse(rank(&version.name)));
    let stored = versions.iter().find(|version| version["storage"] == json!(true))?;
    let names = &spec["names"];
    (!served.is_empty()).then(|| Resource {
        group: text(&spec["group"]),
        plural: text(&names["plural"]),
        singular: text(&names["singular"]),
        kind: text(&names["kind"]),
        list_kind: text(&names["listKind"]),
        namespaced: spec["scope"] == json!("Namespaced"),
        short_names: list(&names["shortNames"]),
        categories: list(&names["categories"]),
        versions: served,
        stored_at: text(&stored["name"]),
        habits: Habits::default(),
        definition: Some(definition.clone()),
    })
}

/// Whether a definition's names are taken by another one.
pub(crate) fn are_names_taken(catalogue: &Catalogue, definition: &Value) -> bool {
    let spec = &definition["spec"];
    let (group, kind) = (spec["group"].as_str(), spec["names"]["kind"].as_str());
    let found = catalogue.of_kind(group.unwrap_or(""), kind.unwrap_or(""));
    found.is_some_and(|found| spec["names"]["plural"] != *found.plural)
}
