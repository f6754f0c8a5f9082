//! An Application, read once.

use crate::{
    Settings, finalizers, names, operation, options, policy, record, resources, source, tables,
};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use trimtab_crd::fields::survey;
use trimtab_crd::{APPLICATION, Mismatch, Wishes, mismatches, read, too_long, wishes};
use trimtab_inventory::Home;
use trimtab_model::{
    App, AppId, Destination, Digest, GroupKind, Mark, Namespace, NotSupported, OwnerClaim,
    ProjectName, Restraint, Source, Tracking,
};
use trimtab_sync::{Condition, ConditionKind, Record};

/// Why an Application cannot be read: everything that is wrong, as conditions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .conditions.iter().map(|c| c.message.as_str()).collect::<Vec<_>>().join("; "))]
pub struct Invalid {
    /// What is wrong, with the family's texts.
    pub conditions: Vec<Condition>,
}

impl Invalid {
    pub(crate) fn new(kind: ConditionKind, message: impl Into<String>) -> Self {
        Self { conditions: vec![Condition { kind, message: message.into() }] }
    }

    pub(crate) fn spec(message: impl Into<String>) -> Self {
        Self::new(ConditionKind::InvalidSpec, message)
    }
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| APPLICATION.schema().into_value());

/// Which Application a resource is; `None` where it has no name or namespace.
pub fn id(resource: &Value) -> Option<AppId> {
    Some(AppId {
        kind: GroupKind::new(names::GROUP, names::APPLICATION),
        namespace: read::text(resource, "metadata.namespace")?.into(),
        name: read::text(resource, "metadata.name")?.into(),
    })
}

/// Where the status of an Application says that its inventory is.
pub fn home(resource: &Value) -> Home {
    resources::home(read::at(resource, "status").unwrap_or(&Value::Null))
}

/// Reads an Application: what is wanted, and what its status remembers. Where its status says that the
/// inventory is in shards ([`home`]), the record's is unknown until it is [joined](trimtab_inventory::join)
/// with them. Fields that do not act yet are listed in [`App::not_supported`].
///
/// Of one that is being deleted only what its end needs must be right: where its objects are, whose they
/// are, and what is to become of them. Without sources it has nothing to render, and nothing is applied.
pub fn app(resource: &Value, settings: &Settings) -> Result<(App, Record), Invalid> {
    let whole = read_for(Purpose::Life, resource, settings);
    let is_ending = read::time(resource, "metadata.deletionTimestamp").is_some();
    match whole {
        Err(invalid) if is_ending => {
            read_for(Purpose::End, resource, settings).map_err(|_| invalid)
        }
        whole => whole,
    }
}

/// What an Application is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// All that it does.
    Life,
    /// Its deletion alone.
    End,
}

impl Purpose {
    /// Whether it matters that a field, or what a sentence begins with, is wrong.
    fn needs(self, field: &str) -> bool {
        let of_the_end = ["spec.destination", "spec.project", "spec.syncPolicy"];
        self == Self::Life || of_the_end.iter().any(|needed| field.starts_with(needed))
    }
}

/// The project that an Application names, whatever else is wrong with it; nothing where that is no text.
pub fn project_of(resource: &Value) -> Option<ProjectName> {
    let written = read::at(resource, "spec.project").unwrap_or(&Value::Null);
    let named = written.as_str().filter(|name| !name.is_empty());
    let is_absent = written.is_null() || written.as_str().is_some();
    named.or_else(|| is_absent.then_some(names::DEFAULT_PROJECT)).map(ProjectName::from)
}

fn read_for(
    purpose: Purpose,
    resource: &Value,
    settings: &Settings,
) -> Result<(App, Record), Invalid> {
    let id = id(resource).ok_or_else(|| Invalid::spec("metadata.name must be there"))?;
    check_shape(resource, purpose)?;
    let spec = read::at(resource, "spec").unwrap_or(&Value::Null);
    let wishes = wishes(resource);
    let options = options::of(resource);
    let mut not_supported = not_supported(resource, &options);
    let project = read::text(spec, "project").unwrap_or(names::DEFAULT_PROJECT);
    let mut sources = match purpose {
        Purpose::Life => source::sources(spec, &options, &mut not_supported)?,
        Purpose::End => {
            // What of the sources has a wrong shape is no field that anybody knows.
            let wrong = mistaken(resource);
            not_supported.retain(|found| !wrong.iter().any(|wrong| *wrong.field == *found.field));
            Vec::new()
        }
    };
    for source in &mut sources {
        not_supported.extend(settings.repositories.open(source, project));
    }
    let destination = destination(spec, &mut not_supported)?;
    let policy = policy::policy(resource, &options, &wishes, settings, &mut not_supported);
    not_supported.extend(wishes.not_understood.iter().cloned());
    not_supported.extend(unused_wish(&wishes));
    let (deletion, finalizers) = finalizers::read(resource);
    not_supported.extend(finalizers);
    let requested = operation::requested(resource);
    let requested = if purpose == Purpose::End { requested.unwrap_or(None) } else { requested? };
    let record = record::record(resource, &sources, requested);
    let tracking = tracking(&id, resource, &options, settings);
    let app = App {
        uid: read::text(resource, "metadata.uid").unwrap_or_default().into(),
        created: read::time(resource, "metadata.creationTimestamp"),
        digest: digest(resource, &sources, &options),
        project: project.into(),
        destination,
        tracking,
        annotations: settings.annotations.clone(),
        policy: trimtab_model::SyncPolicy { deletion, ..policy },
        deleting: read::time(resource, "metadata.deletionTimestamp"),
        suspended: is_skipped(resource),
        not_supported,
        sources,
        id,
    };
    Ok((app, record))
}

/// Asks for the shape of all that a person writes. The status is ours or a predecessor's: what of it
/// cannot be read is not there.
fn check_shape(resource: &Value, purpose: Purpose) -> Result<(), Invalid> {
    if read::at(resource, "spec").is_none() {
        return Err(Invalid::spec("spec must be there"));
    }
    let mut wrong: Vec<String> = mistaken(resource).iter().map(ToString::to_string).collect();
    if wrong.is_empty() {
        wrong = texts_too_long(resource);
    }
    wrong.retain(|wrong| purpose.needs(wrong));
    if wrong.is_empty() {
        return Ok(());
    }
    let invalid = |message| Condition { kind: ConditionKind::InvalidSpec, message };
    Err(Invalid { conditions: wrong.into_iter().map(invalid).collect() })
}

/// What of all that a person writes has a wrong shape.
fn mistaken(resource: &Value) -> Vec<Mismatch> {
    let part = |part| {
        let value = read::at(resource, part).unwrap_or(&Value::Null);
        mismatches(value, &SCHEMA["properties"][part], part)
    };
    ["spec", "operation"].into_iter().flat_map(part).collect()
}

/// What the status would repeat and no API server could store.
fn texts_too_long(resource: &Value) -> Vec<String> {
    let spec = read::at(resource, "spec").unwrap_or(&Value::Null);
    let fields = ["project", "destination.server", "destination.name", "destination.namespace"];
    let mut wrong = too_long(spec, "spec", &fields);
    wrong.extend(source::too_long(spec, "spec"));
    let asked = read::at(resource, "operation.sync").unwrap_or(&Value::Null);
    wrong.extend(too_long(asked, "operation.sync", &["revision"]));
    wrong.extend(source::too_long(asked, "operation.sync"));
    wrong
}

fn not_supported(resource: &Value, options: &options::AppOptions) -> Vec<NotSupported> {
    let part = |name: &str| read::at(resource, name).unwrap_or(&Value::Null);
    let mut found = survey(part("spec"), "spec", tables::SPEC);
    if options.create_namespace == trimtab_model::NamespaceCreation::Never {
        found.retain(|found| !found.field.starts_with("spec.syncPolicy.managedNamespaceMetadata"));
    }
    let requested = operation::not_supported(part("operation"), part("spec"));
    found.extend(requested);
    found.extend(options.not_supported.iter().cloned());
    found.extend(notifications(resource));
    found
}

/// Subscriptions of people to notifications that nobody sends yet.
fn notifications(resource: &Value) -> impl Iterator<Item = NotSupported> {
    read::entries(resource, "metadata.annotations")
        .filter(|(name, _)| name.starts_with("notifications.argoproj.io/subscribe."))
        .map(|(name, _)| NotSupported { field: name.into(), restraint: Restraint::Adds })
}

/// `trimtab.dev/self-heal` is for the family that repairs at an interval; here `selfHeal` says it.
fn unused_wish(wishes: &Wishes) -> Option<NotSupported> {
    wishes
        .heals_at_once
        .then(|| NotSupported { field: "trimtab.dev/self-heal".into(), restraint: Restraint::Adds })
}

fn destination(
    spec: &Value,
    not_supported: &mut Vec<NotSupported>,
) -> Result<Destination, Invalid> {
    let (name, server) =
        (read::text(spec, "destination.name"), read::text(spec, "destination.server"));
    let (cluster, field) = match (name, server) {
        (Some(name), Some(server)) => {
            return Err(Invalid::spec(format!(
                "application destination can't have both name and server defined: {name} {server}"
            )));
        }
        (None, None) => return Err(Invalid::spec("Destination server missing from app spec")),
        (Some(names::IN_CLUSTER_NAME), None) | (None, Some(names::IN_CLUSTER_SERVER)) => (None, ""),
        (Some(name), None) => (Some(name), "spec.destination.name"),
        (None, Some(server)) => (Some(server), "spec.destination.server"),
    };
    if cluster.is_some() {
        not_supported.push(NotSupported { field: field.into(), restraint: Restraint::Restrains });
    }
    Ok(Destination {
        cluster: cluster.map(Into::into),
        namespace: read::text(spec, "destination.namespace").map(Into::into),
    })
}

/// How objects are marked as an application's.
pub fn mark() -> Mark {
    Mark::Annotation {
        name: names::TRACKING_ID.into(),
        installation: names::INSTALLATION_ID.into(),
        unmarked: vec![GroupKind::new("apiextensions.k8s.io", "CustomResourceDefinition")],
    }
}

/// How the objects of an Application name it, whatever else the resource says.
pub fn claim(id: &AppId, settings: &Settings) -> OwnerClaim {
    // Outside of the control plane's namespace two applications may have one name.
    let owner: Arc<str> = if id.namespace == settings.namespace {
        id.name.as_str().into()
    } else {
        format!("{}_{}", id.namespace, id.name).into()
    };
    OwnerClaim {
        installation: settings.installation.clone(),
        ..OwnerClaim::new(names::TRACKING_ID, owner)
    }
}

/// Whether the Application that an object names, if it is one, is of this installation and of the control
/// plane's namespace: of the others nothing is read. No name has the `_` that stands after a namespace.
pub fn serves(claim: &OwnerClaim, settings: &Settings) -> bool {
    if *claim.mark != *names::TRACKING_ID {
        return true;
    }
    let other = claim.installation.is_some() && claim.installation != settings.installation;
    let elsewhere = claim.owner.split_once('_');
    !other && elsewhere.is_none_or(|(namespace, _)| namespace == settings.namespace.as_str())
}

/// The name under which an Application is known here that an object may have been marked by before the
/// installation had a name.
pub fn known_as(claim: &OwnerClaim, settings: &Settings) -> OwnerClaim {
    let unnamed = claim.installation.is_none() && *claim.mark == *names::TRACKING_ID;
    let installation = if unnamed { &settings.installation } else { &claim.installation };
    OwnerClaim { installation: installation.clone(), ..claim.clone() }
}

/// The name of the Application that a mark means in whatever namespace; `None` where the mark says the
/// namespace, or the installation and with it the namespace.
pub fn in_any_namespace(claim: &OwnerClaim) -> Option<&str> {
    let says_where = claim.installation.is_some() || claim.owner.contains('_');
    (*claim.mark == *names::TRACKING_ID && !says_where).then_some(&*claim.owner)
}

/// An Application of any namespace, as people write it.
pub fn owner_in(namespace: &Namespace, name: &str) -> OwnerClaim {
    OwnerClaim::new(names::TRACKING_ID, format!("{namespace}/{name}"))
}

fn tracking(
    id: &AppId,
    resource: &Value,
    options: &options::AppOptions,
    settings: &Settings,
) -> Tracking {
    let mark = mark();
    // The family's own client-side entries are always ours; a person's only while it migrates them.
    let mut predecessors = vec![names::FIELD_MANAGER.into()];
    if options.migrate_client_side {
        let other = read::annotation(resource, names::MIGRATION_MANAGER).filter(|m| !m.is_empty());
        predecessors.push(other.unwrap_or(names::CLIENT_SIDE_MANAGER).into());
    }
    Tracking {
        claim: claim(id, settings),
        mark,
        manager: names::FIELD_MANAGER.into(),
        predecessors,
    }
}

/// Digests everything that a person can set. What a status write of ours changes is not in it, but
/// for a termination that a person writes there.
fn digest(resource: &Value, sources: &[Source], options: &options::AppOptions) -> Digest {
    let acting = |name: &str| {
        ["argocd.argoproj.io/", "trimtab.dev/", names::LINK_PREFIX]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    let annotations: Value = read::entries(resource, "metadata.annotations")
        .filter(|(name, _)| acting(name))
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    Digest::of_json(&json!({
        "uid": read::at(resource, "metadata.uid"),
        "spec": read::at(resource, "spec"),
        "operation": read::at(resource, "operation"),
        "annotations": annotations,
        "finalizers": read::at(resource, "metadata.finalizers"),
        "deleting": read::at(resource, "metadata.deletionTimestamp"),
        "options": options.of_operation.iter().map(|option| &**option).collect::<Vec<_>>(),
        "terminating": operation::is_terminating(resource),
        "credentials": sources.iter().map(|s| s.remote.credential.as_deref()).collect::<Vec<_>>(),
    }))
}

/// Whether a resource says that it is to be left alone.
pub fn is_skipped(resource: &Value) -> bool {
    read::annotation(resource, names::SKIP_RECONCILE).is_some_and(parses_as_true)
}

/// Reads a truth value as Go does. Source: go `strconv.ParseBool`.
pub fn parses_as_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "TRUE" | "true" | "True")
}
