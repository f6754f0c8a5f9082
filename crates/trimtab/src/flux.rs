//! `trimtab suspend`, `resume` and `reconcile`: Flux's resources, by the fields and annotations that its
//! own command line uses.

use crate::app::{
    Session, annotation, block_on, code, follow_at, of_reconcile, warn_where_nobody_leads,
    warn_where_suspended,
};
use crate::terminal;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::time::Duration;
use trimtab_cli::{FluxName, FluxReconcile, FluxSource, FluxTarget, FluxWait, exit, printable};
use trimtab_crd::read::is_true;
use trimtab_fluxcd::names::REQUESTED_AT;
use trimtab_model::{GroupVersionKind, Namespace, ObjectKey, Scope};
use trimtab_ports::cluster::{Detail, Target, WatchRequest};

/// The kinds that are named by their own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Kustomization,
    GitRepository,
}

/// One resource, as it was read last.
struct Resource {
    target: Target,
    collection: WatchRequest,
    value: Value,
}

/// Leaves a resource alone from now on.
pub fn suspend(target: &FluxTarget<FluxName, FluxName>) -> anyhow::Result<u8> {
    let (kind, name) = named(target, |name| name, |name| name);
    block_on(async {
        let (session, resource) = Resource::find(kind, name).await?;
        let key = &resource.target.key;
        let body = json!({"spec": {"suspend": true}});
        let written = session.merge(resource.target.clone(), body, None).await;
        written.with_context(|| format!("{key} was not suspended"))?;
        terminal::print(&format!("{key}: suspended\n"))?;
        Ok(exit::OK)
    })
}

/// Goes on with a resource, and waits until it was reconciled.
pub fn resume(target: &FluxTarget<FluxWait, FluxWait>) -> anyhow::Result<u8> {
    let (kind, wait) = named(target, |wait| wait, |wait| wait);
    block_on(async {
        let (session, resource) = Resource::find(kind, &wait.resource).await?;
        let body = json!({"spec": {"suspend": null}});
        resource.reconciled(&session, body, wait.timeout).await
    })
}

/// Has a resource reconciled now, after its source if that is asked for, and waits for it.
pub fn reconcile(target: &FluxTarget<FluxReconcile, FluxWait>) -> anyhow::Result<u8> {
    let (kind, wait) = named(target, |with_source| &with_source.wait, |wait| wait);
    let with_source = matches!(target, FluxTarget::Kustomization(flags) if flags.with_source);
    block_on(async {
        let (session, resource) = Resource::find(kind, &wait.resource).await?;
        if with_source {
            let source = resource.source(&session).await?;
            let ended = source.asked(&session, wait.timeout).await?;
            if ended != exit::OK {
                return Ok(ended);
            }
        }
        resource.asked(&session, wait.timeout).await
    })
}

/// Whether a Kustomization that is not there has the name of an Application.
async fn is_application(session: &Session, key: &ObjectKey) -> bool {
    let namespace = key.namespace.as_ref().map_or("", Namespace::as_str);
    let kind = GroupVersionKind::of("argoproj.io/v1alpha1", "Application");
    let application = ObjectKey::namespaced(&kind.group_kind(), namespace, key.name.as_str());
    let is_kustomization = key.kind.as_str() == trimtab_fluxcd::names::KUSTOMIZATION;
    let target = Target { key: application, version: kind.version };
    is_kustomization && matches!(session.get(target).await, Ok(Some(_)))
}

/// That a resource is not there, and what helps.
fn absent(key: &ObjectKey, plural: &str, is_application: bool) -> String {
    let namespace = key.namespace.as_ref().map_or("", Namespace::as_str);
    let (kind, name) = (&key.kind, &key.name);
    let helps = if is_application {
        format!(
            "; an Application has this name: `trimtab app refresh {namespace}/{name}` looks at it now, and \
             `trimtab app sync {namespace}/{name}` syncs it"
        )
    } else {
        format!(": --namespace names another namespace, and `kubectl get {plural} -A` lists all")
    };
    format!("there is no {kind} {namespace}/{name}{helps}")
}

fn named<'a, K: clap::Args, S: clap::Args, T>(
    target: &'a FluxTarget<K, S>,
    kustomization: impl FnOnce(&'a K) -> &'a T,
    source: impl FnOnce(&'a S) -> &'a T,
) -> (Kind, &'a T) {
    match target {
        FluxTarget::Kustomization(flags) => (Kind::Kustomization, kustomization(flags)),
        FluxTarget::Source(FluxSource::Git(flags)) => (Kind::GitRepository, source(flags)),
    }
}

impl Resource {
    async fn find(kind: Kind, flags: &FluxName) -> anyhow::Result<(Session, Self)> {
        let session = Session::start(&flags.cluster).await?;
        let (namespace, name) = match flags.name.split_once('/') {
            Some((namespace, name)) => (Namespace::from(namespace), name),
            None => (session.namespace.clone(), &*flags.name),
        };
        let resource = Self::read(&session, kind, namespace, name).await?;
        Ok((session, resource))
    }

    async fn read(
        session: &Session,
        kind: Kind,
        namespace: Namespace,
        name: &str,
    ) -> anyhow::Result<Self> {
        let kind = match kind {
            Kind::Kustomization => {
                GroupVersionKind::of("kustomize.toolkit.fluxcd.io/v1", "Kustomization")
            }
            Kind::GitRepository => {
                GroupVersionKind::of("source.toolkit.fluxcd.io/v1", "GitRepository")
            }
        };
        let discovery = session.discovery().await?;
        let served =
            discovery.served(&kind.group_kind()).filter(|it| it.at(&kind.version).is_some());
        let Some(served) = served else {
            bail!(
                "the cluster serves no {}: install the definitions with `trimtab install`",
                kind.kind
            )
        };
        let key = ObjectKey::namespaced(&kind.group_kind(), namespace.as_str(), name);
        let target = Target { key, version: kind.version.clone() };
        let collection = WatchRequest {
            plural: served.plural.clone(),
            scope: Scope::Namespaced,
            namespace: Some(namespace.clone()),
            detail: Detail::Whole,
            kind,
        };
        let Some(value) = session.get(target.clone()).await? else {
            let is_application = is_application(session, &target.key).await;
            bail!(absent(&target.key, &collection.plural, is_application))
        };
        Ok(Self { target, collection, value })
    }

    /// The source that a Kustomization names.
    async fn source(&self, session: &Session) -> anyhow::Result<Self> {
        let key = &self.target.key;
        let source = trimtab_fluxcd::source_ref(&self.value);
        let source = source.with_context(|| format!("{key} names no source"))?;
        if *source.kind != *trimtab_fluxcd::names::GIT_REPOSITORY {
            bail!(
                "{key} has the source {} {}, which is not supported yet",
                source.kind,
                source.name
            )
        }
        Self::read(session, Kind::GitRepository, source.namespace, source.name.as_str()).await
    }

    /// Asks for a reconcile, unless nobody would do it, and waits for its end.
    async fn asked(&self, session: &Session, longest: Duration) -> anyhow::Result<u8> {
        let key = &self.target.key;
        if is_true(&self.value, "spec.suspend") {
            let words = match key.kind.as_str() {
                "GitRepository" => "source git",
                _ => "kustomization",
            };
            let namespace = key.namespace.as_ref().map_or("", Namespace::as_str);
            bail!(
                "{key} is suspended: `trimtab resume {words} {namespace}/{}` goes on with it",
                key.name
            )
        }
        warn_where_suspended(session, &self.value).await;
        self.reconciled(session, json!({}), longest).await
    }

    /// Merges fields into the resource together with a request, and waits until that was answered.
    async fn reconciled(
        &self,
        session: &Session,
        mut body: Value,
        longest: Duration,
    ) -> anyhow::Result<u8> {
        let key = &self.target.key;
        if let Some(namespace) = &key.namespace {
            warn_where_nobody_leads(session, namespace).await;
        }
        let token = session.now().to_string();
        body["metadata"] = annotation(REQUESTED_AT, &token)["metadata"].take();
        let written = session.merge(self.target.clone(), body, None).await;
        written.with_context(|| format!("{key}: nothing was asked for"))?;
        let (mut told, mut last) = (String::new(), String::new());
        let place = (&self.target, &self.collection);
        let ended = follow_at(session, place, longest, |resource| {
            let end = of_reconcile(resource, &token);
            last = printable(&end.message);
            let line = format!("{}  {}", end.phase, end.message).trim_end().to_owned();
            if line != told && end.succeeded != Some(true) {
                eprintln!("{}", printable(&format!("{key}: {line}")));
                told = line;
            }
            end.succeeded.map_or(ControlFlow::Continue(()), ControlFlow::Break)
        })
        .await?;
        if ended == Some(true) {
            terminal::print(&format!("{key}: {last}\n"))?;
        }
        Ok(code(ended, key, longest, "the reconcile has not ended"))
    }
}

#[cfg(test)]
mod tests {
    use super::absent;
    use trimtab_model::{GroupKind, ObjectKey};

    #[test]
    fn the_name_of_an_application_is_told_with_what_is_done_to_one() {
        let kind = GroupKind::new("kustomize.toolkit.fluxcd.io", "Kustomization");
        let key = ObjectKey::namespaced(&kind, "trimtab", "guestbook");
        let said = absent(&key, "kustomizations", true);
        assert!(
            said.starts_with("there is no Kustomization trimtab/guestbook; an Application"),
            "{said}"
        );
        assert!(said.contains("`trimtab app refresh trimtab/guestbook`"), "{said}");
        let said = absent(&key, "kustomizations", false);
        assert!(said.ends_with("`kubectl get kustomizations -A` lists all"), "{said}");
    }
}
