//! The edge itself.

use crate::connection::{Dialer, Pool, Wire};
use crate::limiter::Limiter;
use crate::resources::Resources;
use crate::watch;
use crate::wire::Exchange;
use crate::{Error, Requests, discovery};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use kube::Config;
use kube::client::ConfigExt;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use tower::{BoxError, ServiceBuilder};
use trimtab_index::{Decoder, Rules};
use trimtab_model::limit::WRITES_IN_FLIGHT_MAX;
use trimtab_model::{FieldManager, Name, Namespace};
use trimtab_ports::clock::{Clock, Monotonic, Randomness};
use trimtab_ports::cluster::{
    Apply, ApplyAnswer, Delete, Discovery, EventPost, JsonPatch, Lease, LeaseName, MergePatch,
    SecretData, Target, Terms, WatchEvent, WatchRequest, WriteError,
};
use trimtab_ports::tasks::Tasks;
use trimtab_sync::{Failure, Outcome};

/// What the edge needs from its surroundings.
#[derive(Clone)]
pub struct Seams {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub randomness: Arc<dyn Randomness>,
    /// Where its tasks run.
    pub tasks: Arc<dyn Tasks>,
}

/// How the edge works.
#[derive(Clone)]
pub struct Options {
    /// What the decoder looks for.
    pub rules: Rules,
    /// The most writes that are under way at a time.
    pub writes_in_flight_max: u16,
}

impl Options {
    /// These rules, and everything else as usual.
    pub fn new(rules: Rules) -> Self {
        let writes_in_flight_max = u16::try_from(WRITES_IN_FLIGHT_MAX).unwrap_or(u16::MAX);
        Self { rules, writes_in_flight_max }
    }
}

/// One cluster.
#[derive(Clone)]
pub struct Cluster(pub(crate) Arc<Edge>);

/// What all requests to one cluster share.
pub struct Edge {
    pub exchange: Exchange,
    pub decoder: Decoder,
    pub limiter: Arc<Limiter>,
    pub resources: Resources,
    pub seams: Seams,
}

impl Cluster {
    /// The cluster that a client reaches. The client must not repeat requests.
    pub fn new(client: kube::Client, seams: Seams, options: Options) -> Self {
        let limiter =
            Limiter::new(options.writes_in_flight_max, seams.clock.clone(), seams.tasks.clone());
        Self(Arc::new(Edge {
            exchange: Exchange::new(client, seams.clone()),
            decoder: Decoder::new(options.rules),
            limiter,
            resources: Resources::default(),
            seams,
        }))
    }

    /// The namespace that a kubeconfig's context names, if it names one. Path and context as for
    /// [`Cluster::from_kubeconfig`].
    pub fn namespace_of_context(
        path: Option<&Path>,
        context: Option<&str>,
    ) -> Result<Option<Namespace>, Error> {
        let file = kubeconfig(path)?;
        let chosen = context.or(file.current_context.as_deref());
        let named = file.contexts.iter().find(|known| Some(known.name.as_str()) == chosen);
        let namespace = named.and_then(|named| named.context.as_ref()?.namespace.as_deref());
        Ok(namespace.filter(|namespace| !namespace.is_empty()).map(Namespace::from))
    }

    /// The namespace of the Pod that this process runs in.
    pub fn namespace_of_pod() -> Option<Namespace> {
        let config = Config::incluster().ok()?;
        Some(config.default_namespace.as_str().into())
    }

    /// The cluster of a kubeconfig. Without a path, `KUBECONFIG` and the usual file are read;
    /// without a context, the current one counts.
    pub async fn from_kubeconfig(
        path: Option<&Path>,
        context: Option<&str>,
        seams: Seams,
        options: Options,
    ) -> Result<Self, Error> {
        let file = kubeconfig(path)?;
        let current = file.current_context.clone();
        let known: Vec<String> = file.contexts.iter().map(|known| known.name.clone()).collect();
        let chosen =
            KubeConfigOptions { context: context.map(ToOwned::to_owned), ..Default::default() };
        let config = Config::from_custom_kubeconfig(file, &chosen).await;
        let config = config.map_err(|error| {
            Error::of_kubeconfig(path.map(Path::to_owned), current.as_deref(), known, &error)
        })?;
        Self::from_config(&config, seams, options)
    }

    /// The cluster that this process runs in.
    pub fn in_cluster(seams: Seams, options: Options) -> Result<Self, Error> {
        let config = Config::incluster().map_err(|error| Error::NotInCluster(Box::new(error)))?;
        Self::from_config(&config, seams, options)
    }

    /// The cluster of a configuration.
    pub fn from_config(config: &Config, seams: Seams, options: Options) -> Result<Self, Error> {
        if let Some(program) = &config.auth_info.exec {
            return Err(Error::Program(program.command.clone().unwrap_or_default()));
        }
        let identity = |error| Error::Identity(Box::new(error));
        let dialer = Dialer::new(config, seams.clock.clone())?;
        let wire = Wire::new(Pool::new(dialer, seams.tasks.clone()), seams.clock.clone());
        let service = ServiceBuilder::new()
            .layer(config.base_uri_layer())
            .option_layer(config.auth_layer().map_err(identity)?)
            .layer(config.extra_headers_layer().map_err(identity)?)
            .map_err(BoxError::from)
            .service(wire);
        let client = kube::Client::new(service, config.default_namespace.clone());
        Ok(Self::new(client, seams, options))
    }

    /// The counts of requests.
    pub fn requests(&self) -> Arc<Requests> {
        self.0.exchange.requests().clone()
    }
}

fn kubeconfig(path: Option<&Path>) -> Result<Kubeconfig, Error> {
    let file = path.map_or_else(Kubeconfig::read, Kubeconfig::read_from);
    file.map_err(|error| Error::of_kubeconfig(path.map(Path::to_owned), None, Vec::new(), &error))
}

impl trimtab_ports::cluster::Cluster for Cluster {
    fn discover(&self) -> BoxFuture<'_, Result<Discovery, Failure>> {
        Box::pin(discovery::discover(&self.0))
    }

    fn watch(&self, request: WatchRequest) -> BoxStream<'static, WatchEvent> {
        watch::stream(self.0.clone(), request)
    }

    fn get(&self, target: Target) -> BoxFuture<'_, Result<Option<Value>, Failure>> {
        Box::pin(self.0.get(target))
    }

    fn read_secret(
        &self,
        namespace: Namespace,
        name: Name,
    ) -> BoxFuture<'_, Result<Option<SecretData>, Failure>> {
        Box::pin(self.0.secret(namespace, name))
    }

    fn apply(&self, apply: Apply) -> BoxFuture<'_, ApplyAnswer> {
        Box::pin(self.0.apply(apply))
    }

    fn migrate(&self, patch: JsonPatch) -> BoxFuture<'_, ApplyAnswer> {
        Box::pin(self.0.migrate(patch))
    }

    fn delete(&self, delete: Delete) -> BoxFuture<'_, Outcome> {
        Box::pin(self.0.delete(delete))
    }

    fn create(
        &self,
        object: Value,
        manager: FieldManager,
        terms: Terms,
    ) -> BoxFuture<'_, Result<Value, WriteError>> {
        Box::pin(self.0.create(object, manager, terms))
    }

    fn merge_patch(&self, patch: MergePatch) -> BoxFuture<'_, Result<Value, WriteError>> {
        Box::pin(self.0.merge_patch(patch))
    }

    fn json_patch(&self, patch: JsonPatch) -> BoxFuture<'_, Result<Value, WriteError>> {
        Box::pin(self.0.json_patch(patch))
    }

    fn post_event(&self, event: EventPost) -> BoxFuture<'_, Result<(), WriteError>> {
        Box::pin(self.0.post_event(event))
    }

    fn lease(&self, name: LeaseName) -> BoxFuture<'_, Result<Option<Lease>, Failure>> {
        Box::pin(self.0.lease(name))
    }

    fn create_lease(
        &self,
        lease: Lease,
        not_after: Monotonic,
    ) -> BoxFuture<'_, Result<Lease, WriteError>> {
        Box::pin(self.0.create_lease(lease, not_after))
    }

    fn update_lease(
        &self,
        lease: Lease,
        not_after: Monotonic,
    ) -> BoxFuture<'_, Result<Lease, WriteError>> {
        Box::pin(self.0.update_lease(lease, not_after))
    }
}
