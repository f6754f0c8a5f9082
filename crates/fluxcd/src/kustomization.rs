//! A Kustomization, read once, beside the source that it names.

use crate::{GitSource, Settings, inventory, names, policy, record};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use trimtab_crd::fields::survey;
use trimtab_crd::{KUSTOMIZATION, Wishes, mismatches, read, too_long, wishes};
use trimtab_inventory::Home;
use trimtab_model::{
    App, AppId, DeletionPolicy, Destination, Digest, Directory, DuplicateKeys, FieldManager,
    FileSelection, GroupKind, Mark, Name, Namespace, NotSupported, OwnerClaim, Renderer, Restraint,
    Source, SyncPolicy, Tracking, UnknownFields,
};
use trimtab_sync::{Condition, ConditionKind, Record};

/// Why a Kustomization cannot be read: everything that is wrong, as sentences.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .messages.join("; "))]
pub struct Invalid {
    /// What is wrong.
    pub messages: Vec<String>,
}

impl Invalid {
    /// The same as conditions.
    pub fn conditions(self) -> Vec<Condition> {
        let condition = |message| Condition { kind: ConditionKind::InvalidSpec, message };
        self.messages.into_iter().map(condition).collect()
    }
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| KUSTOMIZATION.schema().into_value());

/// Which Kustomization a resource is; `None` where it has no name or namespace.
pub fn id(resource: &Value) -> Option<AppId> {
    Some(AppId {
        kind: GroupKind::new(names::KUSTOMIZE_GROUP, names::KUSTOMIZATION),
        namespace: read::text(resource, "metadata.namespace")?.into(),
        name: read::text(resource, "metadata.name")?.into(),
    })
}

/// The source that a Kustomization names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRef {
    /// The kind; only `GitRepository` acts.
    pub kind: Arc<str>,
    /// The namespace, its own where it names none.
    pub namespace: Namespace,
    /// The name.
    pub name: Name,
}

/// The source that a Kustomization names; `None` where it names none.
pub fn source_ref(resource: &Value) -> Option<SourceRef> {
    let own = read::text(resource, "metadata.namespace")?;
    Some(SourceRef {
        kind: read::text(resource, "spec.sourceRef.kind")?.into(),
        namespace: read::text(resource, "spec.sourceRef.namespace").unwrap_or(own).into(),
        name: read::text(resource, "spec.sourceRef.name")?.into(),
    })
}

/// Where the status of a Kustomization says that its inventory is.
pub fn home(resource: &Value) -> Home {
    inventory::home(read::at(resource, "status").unwrap_or(&Value::Null))
}

/// Reads a Kustomization: what is wanted, and what its status remembers. Without its source (`None`:
/// it is not there, or cannot be read) the application has no sources, and can still be deleted. What
/// does not act of the source does not act of its users. Where the status says that the inventory is in
/// shards ([`home`]), the record's is unknown until it is [joined](trimtab_inventory::join) with them.
///
/// Of one that is being deleted only what its end needs must be right.
pub fn app(
    resource: &Value,
    source: Option<&GitSource>,
    settings: &Settings,
) -> Result<(App, Record), Invalid> {
    let spec = read::at(resource, "spec").unwrap_or(&Value::Null);
    let Some(id) = id(resource).filter(|_| spec.is_object()) else {
        return Err(Invalid { messages: vec!["metadata.name and spec must be there".to_owned()] });
    };
    let mut wrong: Vec<String> = mismatches(spec, &SCHEMA["properties"]["spec"], "spec")
        .iter()
        .map(ToString::to_string)
        .collect();
    wrong.extend(too_long(spec, "spec", &["path", "targetNamespace", "sourceRef.name"]));
    let times = policy::times(spec).map_err(|message| wrong.push(message)).ok();
    let path = clean(read::text(spec, "path").unwrap_or_default());
    let path = path.map_err(|message| wrong.push(message)).ok();
    let deleting = read::time(resource, "metadata.deletionTimestamp");
    let may_end = deleting.is_some() && !wrong.iter().any(|wrong| is_of_the_end(wrong));
    if !wrong.is_empty() && !may_end {
        return Err(Invalid { messages: wrong });
    }
    let times = times.unwrap_or_else(|| policy::times_of_the_end(spec));
    // Without a source there is nothing to render, and nothing is applied.
    let source = source.filter(|_| wrong.is_empty());
    let path = path.unwrap_or_default();
    let wishes = wishes(resource);
    let mut not_supported = not_supported(&id, spec, (source, &wishes, settings));
    not_supported.retain(|found| !wrong.iter().any(|wrong| wrong.starts_with(&*found.field)));
    let suspended = read::is_true(spec, "suspend");
    let policy = policy::policy(spec, &times, &wishes, settings);
    // A suspended one goes without its objects, and does nothing else.
    let orphan = suspended && deleting.is_some();
    let deletion = if orphan { DeletionPolicy::Orphan } else { policy.deletion };
    let sources: Vec<Source> = source.map(|source| one(spec, source, path)).into_iter().collect();
    let record = record::record(resource, &sources, &times);
    let app = App {
        uid: read::text(resource, "metadata.uid").unwrap_or_default().into(),
        created: read::time(resource, "metadata.creationTimestamp"),
        digest: digest(resource, source),
        // The family has no projects.
        project: "".into(),
        destination: Destination { cluster: None, namespace: None },
        tracking: tracking(&id),
        annotations: settings.annotations.clone(),
        policy: SyncPolicy { deletion, ..policy },
        deleting,
        suspended: suspended && deleting.is_none(),
        not_supported,
        sources,
        id,
    };
    Ok((app, record))
}

/// Whether what is wrong matters to the end of a Kustomization: where its objects are, in whose name they
/// go, and what is to become of them. Its path and its source do not.
fn is_of_the_end(wrong: &str) -> bool {
    [
        "spec.prune",
        "spec.deletionPolicy",
        "spec.suspend",
        "spec.timeout",
        "spec.kubeConfig",
        "spec.serviceAccountName",
    ]
    .iter()
    .any(|needed| wrong.starts_with(needed))
}

fn not_supported(
    id: &AppId,
    spec: &Value,
    (source, wishes, settings): (Option<&GitSource>, &Wishes, &Settings),
) -> Vec<NotSupported> {
    let restrains =
        |field: String| NotSupported { field: field.into(), restraint: Restraint::Restrains };
    let mut found = survey(spec, "spec", crate::tables::KUSTOMIZATION);
    // Waiting for all objects is more than waiting for some; and rules of health without a wait for
    // health rule nothing.
    let waits = read::is_true(spec, "wait");
    let without = if waits { "spec.healthChecks" } else { "spec.healthCheckExprs" };
    found.retain(|found| !found.field.starts_with(without));
    let kind = read::text(spec, "sourceRef.kind").unwrap_or(names::GIT_REPOSITORY);
    if kind != names::GIT_REPOSITORY {
        found.push(restrains("spec.sourceRef.kind".to_owned()));
    }
    let group = read::text(spec, "sourceRef.apiVersion").map(|version| version.split('/').next());
    if group.is_some_and(|group| group != Some(names::SOURCE_GROUP)) {
        found.push(restrains("spec.sourceRef.apiVersion".to_owned()));
    }
    let elsewhere =
        read::text(spec, "sourceRef.namespace").is_some_and(|n| n != id.namespace.as_str());
    if elsewhere && !settings.cross_namespace_sources {
        found.push(restrains("spec.sourceRef.namespace".to_owned()));
    }
    for inherited in source.into_iter().flat_map(|source| &source.not_supported) {
        let field = format!("{}: {}", names::GIT_REPOSITORY, inherited.field).into();
        found.push(NotSupported { field, restraint: inherited.restraint });
    }
    found.extend(wishes.not_understood.iter().cloned());
    found
}

fn one(spec: &Value, source: &GitSource, path: Arc<str>) -> Source {
    let texts = |path: &str| {
        read::entries(spec, path)
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    let directory = Directory {
        recurse: true,
        include: None,
        exclude: None,
        files: FileSelection::EveryYamlFile,
        duplicate_keys: DuplicateKeys::Refuse,
        unknown_fields: UnknownFields::Refuse,
        namespace_override: read::text(spec, "targetNamespace").map(Into::into),
        common_labels: texts("commonMetadata.labels"),
        common_annotations: texts("commonMetadata.annotations"),
    };
    Source {
        remote: source.remote.clone(),
        revision: source.revision.clone(),
        path,
        renderer: Renderer::Directory(directory),
    }
}

/// The path from the repository's root. The family joins it to the root so that it cannot leave it;
/// one that tries is refused here.
fn clean(path: &str) -> Result<Arc<str>, String> {
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop().ok_or_else(|| format!("spec.path must stay in its source: {path}"))?;
            }
            name => names.push(name),
        }
    }
    Ok(names.join("/").into())
}

/// How objects are marked as a Kustomization's.
pub fn mark() -> Mark {
    Mark::Labels { name: names::NAME_LABEL.into(), namespace: names::NAMESPACE_LABEL.into() }
}

/// Managers whose entries the family takes over.
/// Source: kustomize-controller `kustomization_controller.go`, the cleanup of `ssa`.
pub fn predecessors() -> Vec<FieldManager> {
    vec!["kubectl*".into(), "before-first-apply".into(), names::FIELD_MANAGER.into()]
}

/// How the objects of a Kustomization name it, whatever else the resource says.
pub fn claim(id: &AppId) -> OwnerClaim {
    OwnerClaim::new(names::NAME_LABEL, format!("{}/{}", id.namespace, id.name))
}

/// Whether the Kustomization that an object names, if it is one, is of this namespace: of the others
/// nothing is read.
pub fn serves(claim: &OwnerClaim, namespace: &Namespace) -> bool {
    let other = claim.owner.split_once('/').filter(|_| *claim.mark == *names::NAME_LABEL);
    other.is_none_or(|(other, _)| other == namespace.as_str())
}

fn tracking(id: &AppId) -> Tracking {
    Tracking {
        mark: mark(),
        claim: claim(id),
        manager: names::FIELD_MANAGER.into(),
        predecessors: predecessors(),
    }
}

/// Digests everything that a person can set, here and on the source.
fn digest(resource: &Value, source: Option<&GitSource>) -> Digest {
    let acting = |name: &str| name == names::REQUESTED_AT || name.starts_with("trimtab.dev/");
    let annotations: Value = read::entries(resource, "metadata.annotations")
        .filter(|(name, _)| acting(name))
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    Digest::of_json(&json!({
        "uid": read::at(resource, "metadata.uid"),
        "spec": read::at(resource, "spec"),
        "annotations": annotations,
        "deleting": read::at(resource, "metadata.deletionTimestamp"),
        "source": source.map(|source| json!({
            "uid": source.uid.as_str(),
            "url": &*source.remote.url,
            "credential": source.remote.credential.as_deref(),
            "revision": format!("{:?}", source.revision),
            "not_supported": source.not_supported.iter().map(|f| &*f.field).collect::<Vec<_>>(),
        })),
    }))
}
