//! Whose an object is, as its mark says, and what the owner's resource says it has.

use crate::api::Api;
use crate::facts::Facts;
use serde_json::Value;
use trimtab_argoproj::names as first;
use trimtab_fluxcd::names as second;
use trimtab_inventory::Home;

/// An application's resource: its path.
pub type Owner = String;

/// The namespace of the installation.
pub const NAMESPACE: &str = "trimtab";

/// The path of an Application.
pub fn application(name: &str) -> Owner {
    format!("/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applications/{name}")
}

/// The path of a Kustomization.
pub fn kustomization(name: &str) -> Owner {
    format!("/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}/kustomizations/{name}")
}

/// All owners that an object's marks name.
pub fn owners(object: &Value) -> Vec<Owner> {
    let metadata = &object["metadata"];
    let tracked = metadata["annotations"][first::TRACKING_ID].as_str();
    let tracked = tracked.and_then(|text| text.split(':').next()).map(application);
    let labelled = metadata["labels"][second::NAME_LABEL].as_str().map(kustomization);
    tracked.into_iter().chain(labelled).collect()
}

/// The owner on whose behalf a write is sent: as an apply's own document says it, else as the object.
pub fn owner(body: &Value, before: Option<&Value>) -> Option<Owner> {
    let of_body = owners(body).into_iter().next();
    of_body.or_else(|| before.map(owners).unwrap_or_default().into_iter().next())
}

/// The owner's resource as the server has it.
pub async fn resource(
    judge: &Api,
    facts: &Facts,
    body: &Value,
    before: Option<&Value>,
) -> Option<Value> {
    if matches!(&*facts.plural, "applications" | "kustomizations") {
        return before.cloned();
    }
    judge.get(&owner(body, before)?).await
}

/// What an object is called in an inventory: group, kind, namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Called {
    /// The group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty for objects of the whole cluster.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Called {
    /// What a document calls itself.
    pub fn of(object: &Value) -> Self {
        let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let version = text("/apiVersion");
        Self {
            group: version.split_once('/').map_or("", |(group, _)| group).to_owned(),
            kind: text("/kind").to_owned(),
            namespace: text("/metadata/namespace").to_owned(),
            name: text("/metadata/name").to_owned(),
        }
    }
}

impl std::fmt::Display for Called {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.kind, self.namespace, self.name)
    }
}

/// The inventory that an application's resource holds in its own status; `None` where it stands
/// elsewhere.
pub fn inventory(resource: &Value) -> Option<Vec<Called>> {
    let home = if resource["kind"] == second::KUSTOMIZATION {
        trimtab_fluxcd::home(resource)
    } else {
        trimtab_argoproj::home(resource)
    };
    match home {
        Home::Inline(entries) => Some(
            entries
                .keys()
                .map(|key| Called {
                    group: key.group.as_str().to_owned(),
                    kind: key.kind.as_str().to_owned(),
                    namespace: key.namespace.as_ref().map_or("", |n| n.as_str()).to_owned(),
                    name: key.name.as_str().to_owned(),
                })
                .collect(),
        ),
        Home::Sharded => None,
    }
}
