//! Repositories that the first family declares: Secrets with its label, and certificates by host.

use futures::StreamExt;
use futures::stream::select;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;
use trimtab_controller::Repositories;
use trimtab_model::{GroupVersionKind, Name, Namespace, Scope};
use trimtab_ports::cluster::{Cluster, Detail, Trouble, WatchEvent, WatchRequest};

/// Source: argo-cd `util/db/repository_secrets.go`.
const SECRETS: &str = "argocd.argoproj.io/secret-type%20in%20(repository,repo-creds)";
/// The family reads only its own `ConfigMaps`. Source: argo-cd `util/settings/settings.go`.
const CERTIFICATES: &str = "app.kubernetes.io/part-of%3Dargocd";

/// What was read so far.
#[derive(Default)]
struct Seen {
    secrets: Collection,
    certificates: Collection,
}

#[derive(Default)]
struct Collection {
    objects: BTreeMap<Name, Value>,
    /// Whether it was read as far as it can be.
    whole: bool,
    /// Why it cannot be read at the moment.
    trouble: Option<String>,
}

/// Follows what is declared in a namespace for ever. Nothing is told until all of it was read, so that
/// no repository is looked at without its credential.
pub async fn follow(
    cluster: Arc<dyn Cluster>,
    namespace: Namespace,
    tell: watch::Sender<Option<Arc<Repositories>>>,
) {
    let secrets = cluster.watch(request("Secret", "secrets", &namespace, SECRETS));
    let maps = cluster.watch(request("ConfigMap", "configmaps", &namespace, CERTIFICATES));
    let mut events = select(secrets.map(|event| (true, event)), maps.map(|event| (false, event)));
    let mut seen = Seen::default();
    while let Some((is_secret, event)) = events.next().await {
        let collection = if is_secret { &mut seen.secrets } else { &mut seen.certificates };
        if collection.take(event) && seen.secrets.whole && seen.certificates.whole {
            let repositories = Arc::new(seen.repositories());
            tell.send_if_modified(|told| {
                let is_news = told.as_ref() != Some(&repositories);
                *told = Some(repositories);
                is_news
            });
        }
    }
}

impl Seen {
    fn repositories(&self) -> Repositories {
        let certificates = self.certificates.objects.get(trimtab_argoproj::names::CERTIFICATES);
        Repositories::new(self.secrets.objects.values(), certificates)
    }
}

impl Collection {
    /// Takes an event in. Returns whether it says anything about what is there.
    fn take(&mut self, event: WatchEvent) -> bool {
        match event {
            WatchEvent::Object(object) => {
                let name = object["metadata"]["name"].as_str().unwrap_or_default().into();
                self.objects.insert(name, *object);
            }
            WatchEvent::Gone { key, .. } => drop(self.objects.remove(&key.name)),
            WatchEvent::Synced => (self.whole, self.trouble) = (true, None),
            WatchEvent::Broken { trouble, message } => {
                // An outage says the same again and again.
                if self.trouble.as_ref() != Some(&message) {
                    tracing::warn!(
                        reason = message,
                        "repositories' Secrets and certificates cannot be read"
                    );
                }
                self.trouble = Some(message);
                // What we may not read is not there for us. An outage passes.
                self.whole |= trouble != Trouble::Outage;
            }
            WatchEvent::Started | WatchEvent::Row(_) | WatchEvent::Progress(_) => return false,
        }
        true
    }
}

fn request(
    kind: &str,
    plural: &str,
    namespace: &Namespace,
    selector: &'static str,
) -> WatchRequest {
    WatchRequest {
        kind: GroupVersionKind::of("v1", kind),
        plural: plural.into(),
        scope: Scope::Namespaced,
        namespace: Some(namespace.clone()),
        detail: Detail::Selected(selector),
    }
}
