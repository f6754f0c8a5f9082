//! The application that a resource describes, as the operator would read it.

use super::Session;
use crate::app::find::{Found, contents};
use anyhow::{Context, anyhow, bail};
use trimtab_cli::{AppKind, InstallationFlags};
use trimtab_crd::{INVENTORY, read_shard, shard_owner};
use trimtab_fluxcd::GitSource;
use trimtab_inventory::{Home, Shard, join};
use trimtab_model::{App, GroupVersionKind, ObjectKey, Scope};
use trimtab_ports::cluster::{Detail, Target, WatchRequest};
use trimtab_sync::Record;

/// Reads it, with the source that it names. What the operator would not act on is an error here too.
pub async fn app(
    session: &Session,
    found: &Found,
    installation: &InstallationFlags,
) -> anyhow::Result<(App, Record)> {
    let key = &found.target.key;
    let (app, mut record) = match found.kind {
        AppKind::Application => application(found, installation),
        AppKind::Kustomization => kustomization(session, found).await,
    }
    .with_context(|| format!("{key} cannot be rendered"))?;
    if home(found) == Home::Sharded {
        record.inventory = join(&Home::Sharded, &shards(session, &app).await?);
    }
    if let Some(field) = app.restraints().next() {
        bail!(
            "{key} cannot be rendered: `{}` is not known or not supported yet, and the operator writes nothing",
            field.field
        );
    }
    let ours = trimtab_controller::in_cluster();
    if let Some(name) = app.destination.cluster.as_deref()
        && name != ours.name
        && name != ours.server
    {
        bail!("{key} goes to another cluster, {name}, which is not supported yet");
    }
    Ok((app, record))
}

fn application(found: &Found, installation: &InstallationFlags) -> anyhow::Result<(App, Record)> {
    let namespace = found.target.key.namespace.clone().unwrap_or_else(|| "".into());
    let mut settings = trimtab_argoproj::Settings::new(namespace);
    let name = installation.installation_id.as_deref().filter(|name| !name.is_empty());
    settings.installation = name.map(Into::into);
    trimtab_argoproj::app(&found.resource, &settings).map_err(|invalid| {
        let messages = invalid.conditions.into_iter().map(|condition| condition.message);
        anyhow!(messages.collect::<Vec<_>>().join("; "))
    })
}

async fn kustomization(session: &Session, found: &Found) -> anyhow::Result<(App, Record)> {
    let source = git_source(session, found).await?;
    let settings = trimtab_fluxcd::Settings::default();
    trimtab_fluxcd::app(&found.resource, Some(&source), &settings)
        .map_err(|invalid| anyhow!(invalid.messages.join("; ")))
}

fn home(found: &Found) -> Home {
    match found.kind {
        AppKind::Application => trimtab_argoproj::home(&found.resource),
        AppKind::Kustomization => trimtab_fluxcd::home(&found.resource),
    }
}

/// The parts of a large application's inventory, which stand beside it.
async fn shards(session: &Session, app: &App) -> anyhow::Result<Vec<Shard>> {
    let collection = WatchRequest {
        kind: GroupVersionKind {
            group: INVENTORY.group.into(),
            version: INVENTORY.version.into(),
            kind: INVENTORY.kind.into(),
        },
        plural: INVENTORY.plural.into(),
        scope: Scope::Namespaced,
        namespace: Some(app.id.namespace.clone()),
        detail: Detail::Whole,
    };
    let objects = contents(session, collection).await?;
    let ours = objects.iter().filter(|object| {
        shard_owner(object).is_some_and(|(owner, uid)| owner == app.id && uid == app.uid)
    });
    ours.map(|object| Ok(read_shard(object)?)).collect()
}

async fn git_source(session: &Session, found: &Found) -> anyhow::Result<GitSource> {
    let named = trimtab_fluxcd::source_ref(&found.resource).context("it names no source")?;
    let kind = GroupVersionKind::of("source.toolkit.fluxcd.io/v1", &named.kind);
    let key =
        ObjectKey::namespaced(&kind.group_kind(), named.namespace.as_str(), named.name.as_str());
    let resource = session.get(Target { key: key.clone(), version: kind.version }).await?;
    let resource = resource.with_context(|| format!("its source {key} is not there"))?;
    trimtab_fluxcd::git_source(&resource).map_err(|wrong| anyhow!("{key}: {}", wrong.join("; ")))
}
