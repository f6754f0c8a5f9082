//! `trimtab run`: the operator, assembled and run.

use crate::cache::Cache;
use crate::keys::{self, ClusterKeys, Known};
use crate::logging;
use crate::system::{SystemClock, SystemRandomness, TokioTasks};
use anyhow::Context;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};
use trimtab_cli::Run;
use trimtab_cluster::{Cluster, Options, Requests, Seams};
use trimtab_controller::lease::{self, Holder, Standing, Tenure};
use trimtab_controller::sources::Pace;
use trimtab_controller::{Engine, Event, Families, Metrics, Repositories, Settings, World, inbox};
use trimtab_git::{Config, FileRemotes, Git, LinkLocal};
use trimtab_model::{Class, GroupKind, Namespace, ObjectKey, limit};
use trimtab_ports::clock::{Clock, sleep};
use trimtab_ports::cluster::{LeaseName, Target, Term};
use trimtab_ports::tasks::Tasks;
use trimtab_server::{Access, Operator, Push, Token};
use trimtab_store::Installation;

/// The name of the Lease of those who lead, in the namespace of their resources.
pub const LEASE: &str = "trimtab";

/// The namespace of an operator whose flags and kubeconfig name none.
const NAMESPACE: &str = "trimtab";

/// Runs the operator until a signal ends it.
pub fn run(flags: &Run) -> anyhow::Result<()> {
    logging::start(flags.log_format, &flags.log_level)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let cache = runtime.block_on(operate(flags));
    // Work that blocks a thread cannot be dropped: it has this long, and then ends with the process.
    runtime.shutdown_timeout(Duration::from_secs(limit::SHUTDOWN_SECONDS_MAX) / 8);
    // Only when nobody writes there any more may another process have the cache.
    cache.map(drop)
}

/// Returns the cache, for its claim to outlast all tasks.
async fn operate(flags: &Run) -> anyhow::Result<Option<Cache>> {
    let mut signals = Signals::new()?;
    let randomness = SystemRandomness::new();
    let secret_key = randomness.key();
    let seams = seams(randomness);
    let (clock, tasks) = (seams.clock.clone(), seams.tasks.clone());
    let (cluster, namespace) = reach(flags, seams.clone(), secret_key).await?;
    let (events, inbox) = inbox();
    let (stop, stopped) = watch::channel(false);
    let (standing, stands) = watch::channel(Standing::default());
    let state = Arc::new(Shared {
        metrics: Arc::new(Metrics::default()),
        requests: cluster.requests(),
        events: events.clone(),
        observes: flags.observe,
        standing: stands,
    });
    listen(flags, state.clone(), &*tasks, stopped.clone()).await?;
    let installation = tokio::select! {
        biased;
        () = signals.any() => return Ok(None),
        found = found_installation(&*cluster, &*clock, &namespace) => found,
    };
    let cache = Cache::claim(flags.cache_root().as_deref(), installation)
        .context("no directory for caches can be made; name one with --cache-dir")?;
    let (declare, declared) = watch::channel(None);
    let follow = keys::follow(cluster.clone(), namespace.clone(), declare);
    tasks.spawn("declared repositories", Box::pin(follow));
    let world = World {
        git: Arc::new(git(flags, &cache, tasks.clone(), clock.clone())?),
        keys: Arc::new(ClusterKeys {
            cluster: cluster.clone(),
            timeout: Duration::from_secs(limit::GIT_TIMEOUT_SECONDS_MAX),
            known: Known::default(),
            declared: declared.clone(),
        }),
        term: Term::default(),
        store: cache.store(tasks.clone()),
        randomness: seams.randomness,
        tasks: tasks.clone(),
        clock,
        cluster,
    };
    let engine = engine(flags, &namespace, secret_key, state.metrics.clone());
    let tenure = if flags.observe {
        tracing::info!(%namespace, "observing: nothing is written");
        None
    } else {
        let holder = holder(&world, &namespace);
        Some(Tenure::begin(holder, events.clone(), standing, &*tasks))
    };
    tell_declared(declared.clone(), events.clone(), &*tasks);
    let mut engine = begin_loop(world, engine, (events, inbox), (declared, stopped), &*tasks);
    tokio::select! {
        biased;
        () = signals.any() => {}
        // Whoever waits for the Lease goes on in a few seconds; what was written stands.
        _ = &mut engine => anyhow::bail!("the loop has ended by itself: a bug of ours; please report it"),
    }
    tracing::info!("ending");
    let _ = stop.send(true);
    end(tenure, engine).await;
    Ok(Some(cache))
}

/// The machine's clock, randomness and tasks.
fn seams(randomness: SystemRandomness) -> Seams {
    Seams {
        clock: Arc::new(SystemClock::start()),
        randomness: Arc::new(randomness),
        tasks: Arc::new(TokioTasks::new()),
    }
}

/// The cluster that the flags name, and the namespace of our resources in it.
async fn reach(
    flags: &Run,
    seams: Seams,
    secret_key: [u8; 32],
) -> anyhow::Result<(Arc<Cluster>, Namespace)> {
    let mut options = Options::new(trimtab_controller::rules(secret_key));
    options.writes_in_flight_max = u16::try_from(flags.writes_in_flight).unwrap_or(u16::MAX);
    let reached = crate::reach::cluster(&flags.cluster.kubeconfig, seams, options).await?;
    let named = flags.cluster.namespace.as_deref().map(Namespace::from);
    let namespace = named.or(reached.namespace).unwrap_or_else(|| NAMESPACE.into());
    Ok((Arc::new(reached.cluster), namespace))
}

fn engine(
    flags: &Run,
    namespace: &Namespace,
    secret_key: [u8; 32],
    metrics: Arc<Metrics>,
) -> Engine {
    let settings = Settings {
        namespace: namespace.clone(),
        observe: flags.observe,
        pace: Pace { poll: flags.git_poll, jitter: flags.git_poll_jitter },
        secret_key,
    };
    let families = Families::new(namespace)
        .with_prune_limit(flags.prune_budget)
        .with_installation(flags.installation.installation_id.as_deref());
    Engine::new(settings, families, trimtab_controller::in_cluster(), metrics)
}

/// Ends the loop and the tenure: writes that were begun come to their end before the Lease is given
/// away.
#[expect(clippy::disallowed_methods, reason = "the process ends by the machine's own clock")]
async fn end(tenure: Option<Tenure>, engine: oneshot::Receiver<()>) {
    let longest = Duration::from_secs(limit::SHUTDOWN_SECONDS_MAX);
    let holder = match tenure {
        Some(tenure) => tenure.end().await,
        None => None,
    };
    if tokio::time::timeout(longest / 2, engine).await.is_err() {
        tracing::warn!("some writes have had no answer yet");
    }
    if let Some(holder) = holder {
        let _ = tokio::time::timeout(longest / 4, holder.release()).await;
    }
}

/// Asks which cluster this is, as often as it takes: without its API server there is nothing to do.
/// `None` when we may not know.
async fn found_installation(
    cluster: &dyn trimtab_ports::cluster::Cluster,
    clock: &dyn Clock,
    namespace: &Namespace,
) -> Option<Installation> {
    let key = ObjectKey::cluster(&GroupKind::new("", "Namespace"), "kube-system");
    let target = Target { key, version: "v1".into() };
    let mut failures = 0;
    loop {
        match cluster.get(target.clone()).await {
            Ok(found) => {
                let uid = found.as_ref()?.pointer("/metadata/uid")?.as_str()?;
                return Some(Installation { cluster: uid.into(), namespace: namespace.clone() });
            }
            Err(failure) if failure.class == Class::User => {
                tracing::warn!(reason = failure.message, "cannot tell which cluster this is");
                return None;
            }
            Err(failure) if failures == 0 => {
                tracing::warn!(reason = failure.message, "waiting for the API server");
            }
            Err(_) => {}
        }
        sleep(clock, lease::RETRY.pause(failures)).await;
        failures += 1;
    }
}

/// Tells the loop how repositories are reached, and each change of it.
fn tell_declared(
    mut declared: watch::Receiver<Option<Arc<Repositories>>>,
    events: mpsc::Sender<Event>,
    tasks: &dyn Tasks,
) {
    let tell = async move {
        while let Ok(repositories) = declared.wait_for(Option::is_some).await.map(|r| r.clone()) {
            let Some(repositories) = repositories else { return };
            if events.send(Event::Repositories(repositories)).await.is_err()
                || declared.changed().await.is_err()
            {
                return;
            }
        }
    };
    tasks.spawn("declared repositories", Box::pin(tell));
}

/// Begins the loop, as a task; the receiver hears of its end. It begins when it is known how repositories
/// are reached, so that none is asked without its credential.
fn begin_loop(
    world: World,
    mut engine: Engine,
    queue: (mpsc::Sender<Event>, trimtab_controller::Inbox),
    (mut declared, mut stopped): (
        watch::Receiver<Option<Arc<Repositories>>>,
        watch::Receiver<bool>,
    ),
    tasks: &dyn Tasks,
) -> oneshot::Receiver<()> {
    let (ended, wait) = oneshot::channel();
    let run = async move {
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => return,
            known = declared.wait_for(Option::is_some) => match known.map(|known| known.clone()) {
                Ok(Some(repositories)) => {
                    engine.handle(Event::Repositories(repositories), world.clock.now());
                }
                // Whoever follows them has ended: so does everything.
                Ok(None) | Err(_) => return,
            },
        }
        let _engine = trimtab_controller::run(engine, world, queue, stopped).await;
        let _ = ended.send(());
    };
    tasks.spawn("engine", Box::pin(run));
    wait
}

fn git(
    flags: &Run,
    cache: &Cache,
    tasks: Arc<dyn Tasks>,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Git> {
    let config = Config {
        cache: cache.directory().to_owned(),
        pack_bytes_max: limit::GIT_PACK_BYTES_MAX,
        object_bytes_max: limit::GIT_OBJECT_BYTES_MAX,
        unpacked_bytes_max: limit::GIT_UNPACKED_BYTES_MAX,
        pack_objects_max: limit::GIT_PACK_OBJECTS_MAX,
        chain_deltas_max: u32::try_from(limit::GIT_CHAIN_DELTAS_MAX).unwrap_or(u32::MAX),
        refs_bytes_max: limit::GIT_REFS_BYTES_MAX,
        index_time_max: Duration::from_secs(limit::GIT_INDEX_SECONDS_MAX),
        file_remotes: file_remotes(flags.allow_file_repositories.as_deref()),
        link_local: if flags.allow_link_local_repositories {
            LinkLocal::Allowed
        } else {
            LinkLocal::Refused
        },
    };
    Git::open(config, tasks, clock)
        .context("the Git cache cannot be used; name another directory with --cache-dir")
}

/// Whoever may write an application names its repository: this machine's disk is not for them unless
/// the operator's own flags say so.
fn file_remotes(allowed: Option<&Path>) -> FileRemotes {
    match allowed {
        None => FileRemotes::Refused,
        Some(root) if root == Path::new("/") => FileRemotes::Allowed,
        Some(root) => FileRemotes::Below(root.to_owned()),
    }
}

fn holder(world: &World, namespace: &Namespace) -> Holder {
    Holder {
        cluster: world.cluster.clone(),
        clock: world.clock.clone(),
        name: LeaseName { namespace: namespace.clone(), name: LEASE.into() },
        identity: identity(),
        term: world.term.clone(),
    }
}

/// Who we are in the Lease: unique for each process of a machine or Pod.
fn identity() -> Arc<str> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let unique = trimtab_model::Digest::of(&SystemRandomness::new().key()).short();
    format!("{}_{}_{unique}", host.trim(), std::process::id()).into()
}

#[expect(clippy::disallowed_methods, reason = "this is the one address that is listened at")]
async fn listen(
    flags: &Run,
    state: Arc<Shared>,
    tasks: &dyn Tasks,
    mut stopped: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let access = Access {
        webhook: secret(flags.webhook_secret_file.as_deref(), "--webhook-secret-file")?,
        metrics: secret(flags.metrics_token_file.as_deref(), "--metrics-token-file")?,
    };
    let listener = TcpListener::bind(flags.listen)
        .await
        .with_context(|| format!("--listen {}: the address cannot be used", flags.listen))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let router = trimtab_server::router(state, access);
    let serve = async move {
        let ended = async move { drop(stopped.wait_for(|stopped| *stopped).await) };
        trimtab_server::serve(listener, router, ended).await;
    };
    tasks.spawn("http", Box::pin(serve));
    Ok(())
}

fn secret(file: Option<&Path>, flag: &str) -> anyhow::Result<Option<Token>> {
    let Some(file) = file else { return Ok(None) };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{flag} {}: the file cannot be read", file.display()))?;
    let token = Token::new(&text);
    anyhow::ensure!(token.is_some(), "{flag} {}: the file is empty", file.display());
    Ok(token)
}

/// The signals that end us, waited for from the start.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        let terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be waited for")?;
        let interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be waited for")?;
        Ok(Self { terminate, interrupt })
    }

    async fn any(&mut self) {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What the HTTP routes see of the operator.
struct Shared {
    metrics: Arc<Metrics>,
    requests: Arc<Requests>,
    events: mpsc::Sender<Event>,
    observes: bool,
    standing: watch::Receiver<Standing>,
}

impl Operator for Shared {
    fn ready(&self) -> Result<(), String> {
        let standing = self.standing.borrow();
        if let Some(trouble) = &standing.trouble {
            return Err(format!("the Lease cannot be kept: {trouble}"));
        }
        let works = standing.leading || self.observes;
        if !works && !standing.is_known {
            return Err("the Lease has not been read yet".to_owned());
        }
        if works && self.metrics.complete.get() == 0 {
            return Err("what is in the cluster has not been read whole yet".to_owned());
        }
        Ok(())
    }

    fn metrics(&self) -> String {
        let mut text = self.metrics.text();
        text.push_str("# HELP trimtab_api_requests Requests to the API server.\n# TYPE trimtab_api_requests counter\n");
        for row in self.requests.counts() {
            let kind = &row.kind;
            let _ = writeln!(
                text,
                "trimtab_api_requests_total{{verb=\"{}\",resource=\"{}\",code=\"{}\"}} {}",
                kind.verb, kind.resource, kind.code, row.count
            );
        }
        text.push_str("# EOF\n");
        text
    }

    fn pushed(&self, push: Push) {
        // Events of this source wait nowhere: a full queue means that everything is looked at anyway,
        // and the next poll finds the push.
        if self.events.try_send(Event::Pushed(push.urls, push.commit)).is_err() {
            tracing::warn!("a webhook was dropped: the queue is full");
        }
    }
}
