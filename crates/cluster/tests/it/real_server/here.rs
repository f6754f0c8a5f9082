//! One test's own place on the real server.

use crate::fixtures::{apply, config, config_target, options, terms};
use crate::seams::{blocking, seams};
use futures::stream::{BoxStream, StreamExt as _};
use http::Request;
use kube::Config;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use trimtab_cluster::Cluster;
use trimtab_plan::LiveObject;
use trimtab_ports::cluster::{ApplyAnswer, Cluster as _, Mode, WatchEvent};
use trimtab_sync::{Change, Failure};
use trimtab_testkit::control_plane::{Tenant, tenant};
use trimtab_testkit::https::Client;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct Here {
    pub tenant: Tenant,
    pub cluster: Cluster,
    pub admin: Client,
}

impl Here {
    pub async fn new() -> Self {
        // Starting a control plane, or waiting for a namespace, blocks.
        let tenant = blocking(|| tenant().expect("a tenant")).await;
        let path = tenant.server.kubeconfig(&tenant.user);
        let cluster = Cluster::from_kubeconfig(Some(&path), None, seams(), options()).await;
        let admin = tenant.server.client("admin").expect("admin is a user");
        Self { tenant, cluster: cluster.expect("the kubeconfig is good"), admin }
    }

    /// The configuration of the tenant's user, for tests that change it.
    pub async fn config(&self) -> Config {
        config_of(&self.tenant.server.kubeconfig(&self.tenant.user)).await
    }

    pub fn namespace(&self) -> &str {
        &self.tenant.namespace
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/namespaces/{}/{rest}", self.namespace())
    }

    /// Applies a ConfigMap of the application `shop`.
    pub async fn apply(&self, name: &str, data: &Value, mode: Mode) -> ApplyAnswer {
        let body = config(self.namespace(), name, data);
        self.cluster.apply(apply(config_target(self.namespace(), name), &body, mode)).await
    }

    pub async fn created(&self, name: &str, data: &Value) -> LiveObject {
        let (change, row) = applied(self.apply(name, data, Mode::Create).await);
        assert_eq!(change, Change::Created);
        row
    }

    pub async fn delete(&self, row: &LiveObject) -> trimtab_sync::Outcome {
        let delete = trimtab_ports::cluster::Delete {
            target: config_target(self.namespace(), row.key.name.as_str()),
            uid: row.uid.clone(),
            seen: row.resource_version.clone(),
            propagation: trimtab_model::Propagation::Background,
            terms: terms("shop"),
        };
        self.cluster.delete(delete).await
    }

    /// Changes a ConfigMap as somebody else.
    pub fn edit(&self, name: &str, manager: &str, patch: &Value) {
        let path = self.path(&format!("configmaps/{name}?fieldManager={manager}"));
        let merge = "application/merge-patch+json";
        self.admin.must("PATCH", &path, merge, patch).expect("the patch is taken");
    }
}

pub fn applied(answer: ApplyAnswer) -> (Change, LiveObject) {
    match answer {
        ApplyAnswer::Applied { change, object } => (change, *object),
        other => panic!("{other:?}"),
    }
}

pub fn failed(answer: ApplyAnswer) -> Failure {
    match answer {
        ApplyAnswer::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

/// Events until one that is wanted, itself included.
pub async fn until(
    watch: &mut BoxStream<'static, WatchEvent>,
    what: &str,
    wanted: impl Fn(&WatchEvent) -> bool,
) -> Vec<WatchEvent> {
    let mut events = Vec::new();
    let all = async {
        while let Some(event) = watch.next().await {
            let is_last = wanted(&event);
            events.push(event);
            if is_last {
                return;
            }
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, all).await.is_ok();
    assert!(in_time, "not within a minute: {what}; {events:?}");
    events
}

pub fn is_row(event: &WatchEvent, name: &str) -> bool {
    matches!(event, WatchEvent::Row(row) if row.key.name.as_str() == name)
}

pub fn is_gone(event: &WatchEvent, name: &str) -> bool {
    matches!(event, WatchEvent::Gone { key, .. } if key.name.as_str() == name)
}

/// The server of a configuration, with what a test does to the requests before they are sent.
pub fn behind(
    mut config: Config,
    change: impl Fn(Request<Body>) -> Request<Body> + Clone + Send + Sync + 'static,
) -> Cluster {
    config.default_retry = false;
    let client = kube::Client::try_from(config).expect("a good config");
    let service = tower::service_fn(move |request| {
        let (client, request) = (client.clone(), change(request));
        async move { client.send(request).await }
    });
    Cluster::new(kube::Client::new(service, "default"), seams(), options())
}

/// The URI with another value of a parameter that it has.
pub fn with_parameter(uri: &str, name: &str, value: &str) -> String {
    let Some((path, query)) = uri.split_once('?') else { return uri.to_owned() };
    let parts = query.split('&').map(|part| match part.split_once('=') {
        Some((known, _)) if known == name => format!("{name}={value}"),
        _ => part.to_owned(),
    });
    format!("{path}?{}", parts.collect::<Vec<_>>().join("&"))
}

/// The configuration of a kubeconfig, for tests that change it.
pub async fn config_of(path: &Path) -> Config {
    let file = Kubeconfig::read_from(path).expect("a kubeconfig");
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await;
    config.expect("the kubeconfig is good")
}
