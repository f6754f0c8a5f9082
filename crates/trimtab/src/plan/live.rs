//! A cluster as far as it was read for one plan; or an empty one.

use super::marks;
use anyhow::Context;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trimtab_index::{Decoder, Rules};
use trimtab_merge::Schema;
use trimtab_model::{
    GroupKind, GroupVersionKind, Manifest, ObjectKey, OwnerClaim, Scope, Timestamp, Version,
};
use trimtab_plan::{
    Baseline, Claimant, Claims, DryRun, Elsewhere, KindFact, Live, LiveObject, Memory, Schemas,
    Sighting, Wanted,
};
use trimtab_ports::cluster::Discovery;

/// Kinds of Kubernetes itself whose objects belong to the whole cluster, for a plan that asks no
/// cluster. Source: the API reference of Kubernetes 1.36.
const CLUSTER_KINDS: [(&str, &str); 29] = [
    ("", "Namespace"),
    ("", "Node"),
    ("", "PersistentVolume"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("certificates.k8s.io", "CertificateSigningRequest"),
    ("certificates.k8s.io", "ClusterTrustBundle"),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
    ("internal.apiserver.k8s.io", "StorageVersion"),
    ("networking.k8s.io", "IPAddress"),
    ("networking.k8s.io", "IngressClass"),
    ("networking.k8s.io", "ServiceCIDR"),
    ("node.k8s.io", "RuntimeClass"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("resource.k8s.io", "DeviceClass"),
    ("resource.k8s.io", "ResourceSlice"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "CSINode"),
    ("storage.k8s.io", "StorageClass"),
    ("storage.k8s.io", "VolumeAttachment"),
];

/// What was read.
pub struct Seen {
    /// Nothing when no cluster was asked: then it serves what Kubernetes itself has.
    discovery: Option<Discovery>,
    assumed: BTreeSet<GroupKind>,
    cluster: trimtab_project::Cluster,
    objects: BTreeMap<ObjectKey, (LiveObject, Value)>,
    claims: BTreeMap<ObjectKey, Vec<OwnerClaim>>,
    unreadable: BTreeMap<ObjectKey, String>,
    schemas: BTreeMap<GroupVersionKind, Arc<Schema>>,
}

/// Nobody remembers anything, and nobody else wants anything.
pub struct Nobody;

impl Seen {
    /// A cluster without any object, which serves the kinds of Kubernetes itself and, of what is to be
    /// planned, those that nobody can know without a cluster.
    pub fn without_cluster(manifests: &[Manifest]) -> Self {
        let defined: BTreeSet<GroupKind> = manifests.iter().filter_map(defined_by).collect();
        let kinds = manifests.iter().map(Manifest::kind);
        let assumed = kinds.filter(|kind| {
            is_somebodys(kind)
                && Schema::built_in(kind).is_none()
                && !defined.contains(&kind.group_kind())
        });
        let assumed = assumed.map(|kind| kind.group_kind()).collect();
        Self { assumed, ..Self::empty() }
    }

    /// Whether a kind is only taken to be served, as one with namespaces.
    pub fn is_assumed(&self, kind: &GroupKind) -> bool {
        self.assumed.contains(kind)
    }

    fn empty() -> Self {
        Self {
            discovery: None,
            assumed: BTreeSet::new(),
            cluster: trimtab_controller::in_cluster(),
            objects: BTreeMap::new(),
            claims: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            schemas: BTreeMap::new(),
        }
    }

    /// A cluster that serves this, of whose objects nothing was read yet.
    pub fn of(discovery: Discovery) -> Self {
        Self { discovery: Some(discovery), ..Self::empty() }
    }

    /// Takes an object. Whose it is does not count for a plan, so its marks are kept apart.
    pub fn found(
        &mut self,
        key: &ObjectKey,
        version: &Version,
        body: Value,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let decoder = Decoder::new(rules());
        let mut row = decoder
            .row(&key.group_kind().at(version.clone()), &body.to_string(), now)
            .with_context(|| format!("{key} cannot be read from the cluster's answer"))?;
        self.claims.insert(key.clone(), std::mem::take(&mut row.claims));
        self.objects.insert(key.clone(), (row, body));
        Ok(())
    }

    /// Takes the marks of owners out of the objects, as if nobody had put them there: a plan of a directory
    /// neither sets nor removes any.
    pub fn forget_marks(&mut self) {
        for (_, body) in self.objects.values_mut() {
            for (mark, _, _) in &trimtab_controller::marks() {
                marks::forget(mark, body);
            }
        }
    }

    /// Takes note of an object that could not be read.
    pub fn unreadable(&mut self, key: &ObjectKey, why: String) {
        self.unreadable.insert(key.clone(), why);
    }

    /// Takes the schema of a kind.
    pub fn defined(&mut self, kind: GroupVersionKind, schema: Schema) {
        self.schemas.insert(kind, Arc::new(schema));
    }

    /// What the cluster serves, if one was asked.
    pub fn discovery(&self) -> Option<&Discovery> {
        self.discovery.as_ref()
    }

    /// An object as it was read.
    pub fn live(&self, key: &ObjectKey) -> Option<&Value> {
        self.objects.get(key).map(|(_, body)| body)
    }

    /// Whether an object names this owner.
    pub fn is_owned(&self, key: &ObjectKey, claim: &OwnerClaim) -> bool {
        self.claims.get(key).is_some_and(|claims| claims.contains(claim))
    }

    /// The schema of a kind: Kubernetes' own, its definition's, or what a document shows by itself.
    pub fn schema_of(&self, kind: &GroupVersionKind) -> Arc<Schema> {
        let built_in = || Schema::built_in(kind).map(Arc::new);
        built_in().or_else(|| self.schema(kind)).unwrap_or_else(|| Arc::new(Schema::deduced()))
    }

    /// The objects that are there.
    pub fn keys(&self) -> impl Iterator<Item = &ObjectKey> {
        self.objects.keys()
    }

    /// The cluster, as destinations name it.
    pub fn cluster(&self) -> &trimtab_project::Cluster {
        &self.cluster
    }
}

/// What a row is made by. No digest of a row leaves this process.
pub fn rules() -> Rules {
    trimtab_controller::rules([0; 32])
}

/// Whether a kind's group may be of somebody else than Kubernetes itself, whose oldest groups have no dot.
fn is_somebodys(kind: &GroupVersionKind) -> bool {
    kind.group.as_str().contains('.')
}

/// The kind that a definition defines.
fn defined_by(manifest: &Manifest) -> Option<GroupKind> {
    let spec = manifest.body.get("spec")?;
    let of = |path: &str| spec.pointer(path).and_then(Value::as_str);
    let is_definition = manifest.key.is("apiextensions.k8s.io", "CustomResourceDefinition");
    is_definition.then(|| Some(GroupKind::new(of("/group")?, of("/names/kind")?)))?
}

impl Live for Seen {
    fn sighting(&self, key: &ObjectKey) -> Sighting<'_> {
        match (self.unreadable.get(key), self.objects.get(key)) {
            (Some(why), _) => Sighting::Unknown(why),
            (None, Some((row, _))) => Sighting::Seen(row),
            (None, None) => Sighting::Absent,
        }
    }

    fn owned_by(&self, _claim: &OwnerClaim) -> Vec<ObjectKey> {
        Vec::new()
    }

    fn kind(&self, kind: &GroupKind, version: &Version) -> KindFact {
        if let Some(discovery) = &self.discovery {
            return discovery.kind(kind, version);
        }
        let of_cluster = CLUSTER_KINDS.iter().any(|(group, name)| kind.is(group, name));
        let scope = if of_cluster { Scope::Cluster } else { Scope::Namespaced };
        match Schema::built_in(&kind.at(version.clone())) {
            Some(_) => KindFact::Served(scope),
            None if self.is_assumed(kind) => KindFact::Served(scope),
            None => KindFact::Absent,
        }
    }

    fn body(&self, object: &LiveObject) -> Option<Value> {
        self.objects.get(&object.key).map(|(_, body)| body.clone())
    }
}

impl Schemas for Seen {
    fn schema(&self, kind: &GroupVersionKind) -> Option<Arc<Schema>> {
        self.schemas.get(kind).cloned()
    }
}

impl Memory for Nobody {
    fn baseline(&self, _key: &ObjectKey) -> Option<&Baseline> {
        None
    }

    fn dry_run(&self, _key: &ObjectKey) -> Option<&DryRun> {
        None
    }
}

impl Claims for Nobody {
    fn status_of(&self, _claim: &OwnerClaim, _key: &ObjectKey) -> Claimant {
        Claimant::Gone
    }

    fn elsewhere(&self, _claim: &OwnerClaim) -> Elsewhere {
        Elsewhere::Nobody
    }

    fn wanted(&self, _key: &ObjectKey, _ours: &OwnerClaim) -> Wanted {
        Wanted::ByNobody
    }

    fn creator(&self, _key: &ObjectKey, _ours: &OwnerClaim) -> Option<OwnerClaim> {
        None
    }
}
