//! One command's way to the cluster.

use crate::plan::rules;
use crate::reach;
use crate::system::{SystemClock, SystemRandomness, TokioTasks};
use anyhow::{Context, anyhow};
use futures::stream::BoxStream;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use trimtab_cli::{ClusterFlags, KubeconfigFlags};
use trimtab_cluster::{Options, Seams};
use trimtab_model::{Namespace, Timestamp};
use trimtab_ports::clock::{Clock, Monotonic};
use trimtab_ports::cluster::{
    Cluster, Discovery, MergePatch, PartOfWork, Target, Term, Terms, WatchEvent, WatchRequest,
    WriteError,
};
use trimtab_ports::tasks::Tasks;

/// The namespace of applications where nothing names one.
const NAMESPACE: &str = "trimtab";

/// The manager under which a command's fields are written, which is how who began a sync is called, too: a
/// person, and not the operator.
pub const MANAGER: &str = "trimtab-cli";

/// One command's way to the cluster. Its connections end with it.
pub struct Session {
    /// The cluster.
    pub cluster: Arc<dyn Cluster>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The namespace of applications whose name has none.
    pub namespace: Namespace,
    /// What runs beside the command; it ends with it.
    pub tasks: Arc<dyn Tasks>,
}

/// Runs one command to its end.
pub fn block_on(command: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    runtime.block_on(command)
}

impl Session {
    /// Reaches the applications that the flags name.
    pub async fn start(flags: &ClusterFlags) -> anyhow::Result<Self> {
        Self::within(&flags.kubeconfig, flags.namespace.as_deref(), NAMESPACE).await
    }

    /// Reaches a cluster, in the namespace that is named, else in that of the kubeconfig's context, else
    /// in the usual one.
    pub async fn within(
        flags: &KubeconfigFlags,
        named: Option<&str>,
        usual: &str,
    ) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let tasks: Arc<dyn Tasks> = Arc::new(TokioTasks::new());
        let randomness = Arc::new(SystemRandomness::new());
        let seams = Seams { clock: clock.clone(), randomness, tasks: tasks.clone() };
        let reached = reach::cluster(flags, seams, Options::new(rules())).await?;
        let namespace = named.map(Namespace::from).or(reached.namespace);
        let namespace = namespace.unwrap_or_else(|| usual.into());
        Ok(Self { cluster: Arc::new(reached.cluster), clock, namespace, tasks })
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The moment that is so much later.
    pub fn deadline(&self, longest: Duration) -> Monotonic {
        self.clock.monotonic() + longest
    }

    /// Ends at that moment.
    pub async fn until(&self, moment: Monotonic) {
        self.clock.sleep_until(moment).await;
    }

    /// What the cluster serves.
    pub async fn discovery(&self) -> anyhow::Result<Discovery> {
        let answer = self.cluster.discover().await;
        answer.map_err(|failure| {
            anyhow!(
                "the cluster does not say what it serves: {}; check the server and the user of the \
                 kubeconfig's context",
                failure.message
            )
        })
    }

    /// Reads one object.
    pub async fn get(&self, target: Target) -> anyhow::Result<Option<Value>> {
        let key = target.key.clone();
        let answer = self.cluster.get(target).await;
        answer
            .map_err(|failure| anyhow!(failure.message))
            .with_context(|| format!("{key} cannot be read"))
    }

    /// Watches a collection.
    pub fn watch(&self, request: WatchRequest) -> BoxStream<'static, WatchEvent> {
        self.cluster.watch(request)
    }

    /// Merges fields into a resource. Where `seen` is given, only into exactly that state.
    pub async fn merge(
        &self,
        target: Target,
        body: Value,
        seen: Option<&str>,
    ) -> Result<Value, WriteError> {
        let patch = MergePatch {
            target,
            subresource: None,
            body,
            manager: MANAGER.into(),
            uid: None,
            seen: seen.map(Into::into),
            terms: Terms {
                lane: "command".into(),
                part: PartOfWork::GoesOn,
                term: Term::endless(),
            },
        };
        self.cluster.merge_patch(patch).await
    }
}
