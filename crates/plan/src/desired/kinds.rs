//! What is known of kinds: from discovery, or from a definition in the same render.

use crate::{KindFact, Refusal, World};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_merge::Schema;
use trimtab_model::{GroupKind, GroupVersionKind, Manifest, ObjectKey, Scope, Version};

/// The definitions of kinds that a render has.
pub(super) struct Definitions<'a>(BTreeMap<GroupKind, &'a Value>);

/// Whether a kind can be applied.
pub(super) enum Known {
    /// It can.
    As(Scope),
    /// It cannot.
    No(Unknown),
}

/// Why a kind cannot be applied.
pub(super) enum Unknown {
    /// The cluster does not serve it.
    NotServed,
    /// The cluster serves it, and not at this version.
    OtherVersion(Vec<Version>),
    /// Discovery failed.
    NotKnown(Arc<str>),
}

impl<'a> Definitions<'a> {
    pub(super) fn of(manifests: impl Iterator<Item = &'a Manifest>) -> Self {
        let definitions = manifests
            .filter(|manifest| manifest.key.is("apiextensions.k8s.io", "CustomResourceDefinition"))
            .filter_map(|manifest| Some((defined(&manifest.body)?, &manifest.body)));
        Self(definitions.collect())
    }

    /// Whether a manifest's kind can be applied. A definition in the same render counts before
    /// discovery knows the kind.
    pub(super) fn known(&self, world: &World<'_>, manifest: &Manifest) -> Known {
        let kind = manifest.key.group_kind();
        let fact = world.live.kind(&kind, &manifest.version);
        if let KindFact::Served(scope) = fact {
            return Known::As(scope);
        }
        if let Some(definition) = self.0.get(&kind) {
            return match scope(definition) {
                Some(scope) if serves(definition, manifest.version.as_str()) => Known::As(scope),
                Some(_) => Known::No(Unknown::OtherVersion(served(definition))),
                None => Known::No(Unknown::NotServed),
            };
        }
        Known::No(match fact {
            KindFact::Served(_) => Unknown::OtherVersion(Vec::new()),
            KindFact::OtherVersions(_, versions) => Unknown::OtherVersion(versions),
            KindFact::Absent => Unknown::NotServed,
            KindFact::Unknown(why) => Unknown::NotKnown(why),
        })
    }

    /// The schema of a kind: built in, or by its definition in the same render, or by the one in the
    /// cluster; deduced where nobody knows one.
    pub(super) fn schema(&self, world: &World<'_>, kind: &GroupVersionKind) -> Cow<'a, Schema> {
        let defined = || {
            let definition = self.0.get(&kind.group_kind())?;
            Schema::from_crd(definition, kind.version.as_str()).ok()
        };
        let custom = || defined().map(Cow::Owned);
        Schema::built_in(kind).map(Cow::Owned).or_else(custom).unwrap_or_else(|| {
            let live = world.schemas.schema(kind);
            Cow::Owned(live.map_or_else(Schema::deduced, |schema| (*schema).clone()))
        })
    }
}

impl Unknown {
    /// The sentence that people know for it.
    pub(super) fn refusal(self, manifest: &Manifest, key: &ObjectKey) -> Refusal {
        let kind = format!("{}/{}", key.group, key.kind);
        let namespace = key.namespace.as_ref().map_or("", |namespace| namespace.as_str());
        let object = format!("{namespace}/{}", key.name);
        match self {
            Self::NotServed => Refusal::UnknownKind(format!(
                "The Kubernetes API could not find {kind} for requested resource {object}. Make sure \
                 the \"{}\" CRD is installed on the destination cluster.",
                key.kind
            )),
            Self::OtherVersion(versions) => Refusal::OtherVersion(format!(
                "The Kubernetes API could not find version \"{}\" of {kind} for requested resource \
                 {object}.{}",
                manifest.version,
                at(&versions)
            )),
            Self::NotKnown(why) => Refusal::KindUnknowable(format!(
                "Nobody can tell whether the cluster serves {kind} for requested resource {object}: \
                 {why}"
            )),
        }
    }
}

fn defined(definition: &Value) -> Option<GroupKind> {
    let spec = definition.get("spec")?;
    Some(GroupKind::new(spec.get("group")?.as_str()?, spec.get("names")?.get("kind")?.as_str()?))
}

fn scope(definition: &Value) -> Option<Scope> {
    match definition.get("spec")?.get("scope")?.as_str()? {
        "Namespaced" => Some(Scope::Namespaced),
        "Cluster" => Some(Scope::Cluster),
        _ => None,
    }
}

/// What helps where another version is served.
fn at(versions: &[Version]) -> String {
    let names: Vec<&str> = versions.iter().map(Version::as_str).collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!(" The cluster serves it at {}: change its apiVersion.", names.join(", ")),
    }
}

fn serves(definition: &Value, version: &str) -> bool {
    served(definition).iter().any(|known| known.as_str() == version)
}

fn served(definition: &Value) -> Vec<Version> {
    let versions = definition.get("spec").and_then(|spec| spec.get("versions"));
    let versions = versions.and_then(Value::as_array).into_iter().flatten();
    let served =
        versions.filter(|known| known.get("served").and_then(Value::as_bool) == Some(true));
    served.filter_map(|known| Some(known.get("name")?.as_str()?.into())).collect()
}
