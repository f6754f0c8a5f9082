//! How single objects do. The families' statuses do not keep it, and people ask for it.

use super::Session;
use futures::StreamExt;
use trimtab_api::{Application, Resource};
use trimtab_cli::AppKind;
use trimtab_health::StatusCode;
use trimtab_model::{GroupKind, ObjectKey};
use trimtab_ports::cluster::{Discovery, Target};

/// How many objects are read at a time.
const AT_A_TIME: usize = 8;

/// Reads the objects whose health the status does not say, and fills it in. Secrets are not read; of
/// what cannot be read the health is `Unknown`.
pub async fn fill(
    session: &Session,
    kind: AppKind,
    application: &mut Application,
) -> anyhow::Result<()> {
    let discovery = session.discovery().await?;
    let unsaid = application.resources.iter_mut().filter(|resource| resource.health.is_empty());
    let readable = unsaid.filter(|resource| !is_secret(resource));
    let targets = readable.filter_map(|resource| Some((target(resource, &discovery)?, resource)));
    let read = targets.map(|(target, resource)| async move {
        resource.health = health(session, kind, target).await;
    });
    futures::stream::iter(read).buffer_unordered(AT_A_TIME).collect::<()>().await;
    Ok(())
}

/// Where an object is; nothing where its kind is not served any more.
pub fn target(resource: &Resource, discovery: &Discovery) -> Option<Target> {
    let kind = GroupKind::new(&*resource.group, &*resource.kind);
    let version = discovery.served(&kind)?.versions.first()?.version.clone();
    let key = match &*resource.namespace {
        "" => ObjectKey::cluster(&kind, &resource.name),
        namespace => ObjectKey::namespaced(&kind, namespace, &resource.name),
    };
    Some(Target { key, version })
}

fn is_secret(resource: &Resource) -> bool {
    resource.group.is_empty() && resource.kind == "Secret"
}

async fn health(session: &Session, family: AppKind, target: Target) -> String {
    let kind = target.key.group_kind().at(target.version.clone());
    let word = match (session.get(target).await, family) {
        (Err(_), _) => "Unknown",
        (Ok(None), _) => "Missing",
        (Ok(Some(object)), AppKind::Application) => {
            trimtab_health::argo(&kind, &object).map_or("", |health| health.code.as_str())
        }
        (Ok(Some(object)), AppKind::Kustomization) => {
            word(trimtab_health::kstatus(&kind, &object, session.now()).code)
        }
    };
    word.to_owned()
}

/// The word of the other family: one column has one set of words.
fn word(code: StatusCode) -> &'static str {
    match code {
        StatusCode::Current => "Healthy",
        StatusCode::InProgress | StatusCode::Terminating => "Progressing",
        StatusCode::Failed => "Degraded",
        StatusCode::NotFound => "Missing",
        StatusCode::Unknown => "Unknown",
    }
}
