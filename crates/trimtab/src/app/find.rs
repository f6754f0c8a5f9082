//! Where applications are.

use super::{Session, absent, application, kustomization};
use anyhow::{anyhow, bail};
use futures::StreamExt;
use serde_json::Value;
use std::time::Duration;
use trimtab_api::Application;
use trimtab_cli::{AppKind, AppName};
use trimtab_model::{GroupVersionKind, Namespace, ObjectKey, Scope};
use trimtab_ports::cluster::{Detail, Discovery, Target, Trouble, WatchEvent, WatchRequest};

/// One resource that describes an application.
pub struct Found {
    /// Its kind.
    pub kind: AppKind,
    /// Where it is.
    pub target: Target,
    /// As it was read last.
    pub resource: Value,
    /// How its collection is watched.
    pub collection: WatchRequest,
}

impl Found {
    /// The application that it describes.
    pub fn application(&self) -> Application {
        read(self.kind, &self.resource)
    }
}

/// What a resource says.
pub fn read(kind: AppKind, resource: &Value) -> Application {
    match kind {
        AppKind::Application => application::read(resource),
        AppKind::Kustomization => kustomization::read(resource),
    }
}

/// The one application of that name; an error says where it was looked for.
pub async fn one(session: &Session, name: &AppName) -> anyhow::Result<Found> {
    let (namespace, short) = match name.name.split_once('/') {
        Some((namespace, short)) => (Namespace::from(namespace), short),
        None => (session.namespace.clone(), &*name.name),
    };
    let mut found = Vec::new();
    for (kind, collection) in collections(session, Some(&namespace)).await? {
        if name.kind.is_some_and(|wanted| wanted != kind) {
            continue;
        }
        let key = ObjectKey::namespaced(&collection.kind.group_kind(), namespace.as_str(), short);
        let target = Target { key, version: collection.kind.version.clone() };
        if let Some(resource) = session.get(target.clone()).await? {
            found.push(Found { kind, target, resource, collection });
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(found), true) => Ok(found),
        (Some(_), false) => bail!(
            "{namespace}/{short} is an Application and a Kustomization: say which one with --kind"
        ),
        (None, _) => {
            let known = known(session).await;
            bail!(absent::sentence((&namespace, short), name.kind, &known))
        }
    }
}

/// The applications that this user may see.
async fn known(session: &Session) -> Vec<Application> {
    match all(session, true).await {
        Ok(everywhere) => everywhere,
        Err(_) => all(session, false).await.unwrap_or_default(),
    }
}

/// All applications of the session's namespace, or of all, by namespace and name.
pub async fn all(session: &Session, all_namespaces: bool) -> anyhow::Result<Vec<Application>> {
    let namespace = (!all_namespaces).then_some(&session.namespace);
    let mut applications = Vec::new();
    for (kind, collection) in collections(session, namespace).await? {
        let resources = contents(session, collection).await?;
        applications.extend(resources.iter().map(|resource| read(kind, resource)));
    }
    applications
        .sort_by(|a, b| (&a.namespace, &a.name, &a.kind).cmp(&(&b.namespace, &b.name, &b.kind)));
    Ok(applications)
}

/// The kinds of applications that the cluster serves.
async fn collections(
    session: &Session,
    namespace: Option<&Namespace>,
) -> anyhow::Result<Vec<(AppKind, WatchRequest)>> {
    let discovery = session.discovery().await?;
    let kinds = [AppKind::Application, AppKind::Kustomization];
    let served: Vec<_> = kinds
        .into_iter()
        .filter_map(|kind| Some((kind, collection(kind, &discovery, namespace)?)))
        .collect();
    if served.is_empty() {
        bail!(
            "the cluster serves no applications: install the definitions with \
             `trimtab install --crds-only | kubectl apply --server-side -f -`"
        );
    }
    Ok(served)
}

fn collection(
    kind: AppKind,
    discovery: &Discovery,
    namespace: Option<&Namespace>,
) -> Option<WatchRequest> {
    let kind = match kind {
        AppKind::Application => GroupVersionKind::of("argoproj.io/v1alpha1", "Application"),
        AppKind::Kustomization => {
            GroupVersionKind::of("kustomize.toolkit.fluxcd.io/v1", "Kustomization")
        }
    };
    let served = discovery.served(&kind.group_kind())?;
    served.at(&kind.version)?;
    Some(WatchRequest {
        kind,
        plural: served.plural.clone(),
        scope: Scope::Namespaced,
        namespace: namespace.cloned(),
        detail: Detail::Whole,
    })
}

/// How long a server that does not answer is waited for.
const OUTAGE_MAX: Duration = Duration::from_secs(30);

/// Everything that is in a collection now. A server that is only starting is waited for.
pub async fn contents(session: &Session, collection: WatchRequest) -> anyhow::Result<Vec<Value>> {
    let plural = collection.plural.clone();
    let mut events = session.watch(collection);
    let deadline = session.deadline(OUTAGE_MAX);
    let mut objects = Vec::new();
    let mut outage = None;
    loop {
        let event = tokio::select! {
            biased;
            event = events.next() => event,
            () = session.until(deadline), if outage.is_some() => None,
        };
        match event {
            Some(WatchEvent::Started) => objects.clear(),
            Some(WatchEvent::Object(object)) => objects.push(*object),
            Some(WatchEvent::Synced) => return Ok(objects),
            Some(WatchEvent::Broken { trouble: Trouble::Outage, message }) => {
                outage = Some(message);
            }
            Some(WatchEvent::Broken { trouble, message }) => {
                return Err(broken(trouble, message, &plural));
            }
            Some(WatchEvent::Row(_) | WatchEvent::Gone { .. } | WatchEvent::Progress(_)) => {}
            None => {
                let message =
                    outage.unwrap_or_else(|| "the list ended before it was whole".to_owned());
                return Err(broken(Trouble::Outage, message, &plural));
            }
        }
    }
}

/// Why a collection cannot be read, and what to do.
pub fn broken(trouble: Trouble, message: String, plural: &str) -> anyhow::Error {
    let next = match trouble {
        Trouble::Outage => "check that the cluster is up, and try again",
        Trouble::Forbidden => "ask for the permission to list and watch them",
        Trouble::NotServed => "check that the definitions are installed",
    };
    anyhow!(message).context(format!("the {plural} cannot be read: {next}"))
}
