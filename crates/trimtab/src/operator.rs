//! `trimtab run`: the operator, assembled and run.

use crate::keys::ClusterKeys;
use crate::logging;
use crate::system::{SystemClock, SystemRandomness, TokioTasks};
use anyhow::Context;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use trimtab_cli::Run;
use trimtab_cluster::{Cluster, Options, Requests, Seams};
use trimtab_controller::lease::Holder;
use trimtab_controller::sources::Pace;
use trimtab_controller::{Engine, Event, Families, Metrics, Settings, World, inbox};
use trimtab_git::{Config, FileRemotes, Git};
use trimtab_index::{MarkRule, Rules, SecretKey};
use trimtab_model::{Namespace, limit};
use trimtab_ports::clock::Clock;
use trimtab_ports::cluster::{LeaseName, Term};
use trimtab_ports::tasks::Tasks;
use trimtab_server::{Access, Operator, Push, Token};

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
    runtime.block_on(operate(flags))
}

async fn operate(flags: &Run) -> anyhow::Result<()> {
    let randomness = Arc::new(SystemRandomness::new());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let scope = Arc::new(TokioTasks::new());
    let tasks: Arc<dyn Tasks> = scope.clone();
    let secret_key = randomness.key();
    let seams =
        Seams { clock: clock.clone(), randomness: randomness.clone(), tasks: tasks.clone() };
    let mut options = Options::new(rules(secret_key));
    options.writes_in_flight_max = u16::try_from(flags.writes_in_flight).unwrap_or(u16::MAX);
    let reached = crate::reach::cluster(&flags.cluster, seams, options).await?;
    let namespace: Namespace = flags
        .cluster
        .namespace
        .as_deref()
        .unwrap_or(reached.namespace.as_deref().unwrap_or(NAMESPACE))
        .into();
    let requests = reached.cluster.requests();
    let cluster: Arc<Cluster> = Arc::new(reached.cluster);
    let git = git(flags, tasks.clone(), clock.clone())?;
    let term = Term::default();
    let keys = Arc::new(ClusterKeys {
        cluster: cluster.clone(),
        timeout: Duration::from_secs(limit::GIT_TIMEOUT_SECONDS_MAX),
        known: std::sync::Mutex::default(),
    });
    let world = World {
        clock: clock.clone(),
        randomness: randomness.clone(),
        tasks: tasks.clone(),
        cluster: cluster.clone(),
        git: Arc::new(git),
        keys,
        term: term.clone(),
    };
    let metrics = Arc::new(Metrics::default());
    let settings = Settings {
        namespace: namespace.clone(),
        observe: flags.observe,
        pace: Pace { poll: flags.git_poll, jitter: flags.git_poll_jitter },
        secret_key,
    };
    let ours = trimtab_controller::in_cluster();
    let engine = Engine::new(settings, Families::new(&namespace), ours, metrics.clone());
    let (events, inbox) = inbox();
    let (stop, stopped) = watch::channel(false);
    let state = Arc::new(Shared {
        metrics,
        requests,
        events: events.clone(),
        ready: AtomicBool::new(flags.observe),
    });
    listen(flags, state.clone(), &*tasks, stopped.clone()).await?;
    let holder = holder(&world, &namespace, &randomness);
    if flags.observe {
        tracing::info!(%namespace, "observing: nothing is written");
    } else {
        hold(holder, events.clone(), state.clone(), &*tasks);
    }
    let engine = tasks_run(world.clone(), engine, (events, inbox), stopped, &*tasks);
    wait_for_signal().await?;
    tracing::info!("ending");
    let _ = stop.send(true);
    let longest = Duration::from_secs(limit::SHUTDOWN_SECONDS_MAX);
    // Writes that were sent come back before the Lease is given away.
    let _ = tokio::time::timeout(longest / 2, engine).await;
    let holder = holder_of(&world, &namespace);
    if !flags.observe {
        let _ = tokio::time::timeout(longest / 4, holder.release()).await;
    }
    drop(scope);
    Ok(())
}

/// Runs the loop as a task; the receiver hears of its end.
fn tasks_run(
    world: World,
    engine: Engine,
    queue: (mpsc::Sender<Event>, trimtab_controller::Inbox),
    stopped: watch::Receiver<bool>,
    tasks: &dyn Tasks,
) -> tokio::sync::oneshot::Receiver<()> {
    let (ended, wait) = tokio::sync::oneshot::channel();
    let run = async move {
        let _engine = trimtab_controller::run(engine, world, queue, stopped).await;
        let _ = ended.send(());
    };
    tasks.spawn("engine", Box::pin(run));
    wait
}

fn rules(secret_key: [u8; 32]) -> Rules {
    let marks = trimtab_controller::marks()
        .into_iter()
        .map(|(mark, manager, predecessors)| MarkRule { mark, manager, predecessors })
        .collect();
    Rules {
        marks,
        annotations: trimtab_controller::annotations(),
        secret_key: SecretKey(secret_key),
    }
}

fn git(flags: &Run, tasks: Arc<dyn Tasks>, clock: Arc<dyn Clock>) -> anyhow::Result<Git> {
    let cache = flags.cache_dir.clone().unwrap_or_else(default_cache);
    let config = Config {
        cache,
        pack_bytes_max: limit::GIT_PACK_BYTES_MAX,
        object_bytes_max: limit::GIT_OBJECT_BYTES_MAX,
        refs_bytes_max: limit::GIT_REFS_BYTES_MAX,
        index_time_max: Duration::from_secs(limit::GIT_INDEX_SECONDS_MAX),
        file_remotes: FileRemotes::Allowed,
    };
    Git::open(config, tasks, clock)
        .context("the Git cache cannot be used; name another directory with --cache-dir")
}

/// A directory of this process alone: two operators on one machine do not share a cache unless told.
fn default_cache() -> PathBuf {
    std::env::temp_dir().join(format!("trimtab-{}", std::process::id()))
}

fn holder_of(world: &World, namespace: &Namespace) -> Holder {
    Holder {
        cluster: world.cluster.clone(),
        clock: world.clock.clone(),
        name: LeaseName { namespace: namespace.clone(), name: "trimtab".into() },
        identity: identity(),
        term: world.term.clone(),
    }
}

fn holder(world: &World, namespace: &Namespace, _randomness: &SystemRandomness) -> Holder {
    holder_of(world, namespace)
}

/// Who we are in the Lease: unique for each process of a machine or Pod.
fn identity() -> Arc<str> {
    static IDENTITY: std::sync::OnceLock<Arc<str>> = std::sync::OnceLock::new();
    let new = || {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let unique = SystemRandomness::new().key();
        let unique = trimtab_model::Digest::of(&unique).short();
        format!("{}_{}_{unique}", host.trim(), std::process::id()).into()
    };
    IDENTITY.get_or_init(new).clone()
}

fn hold(holder: Holder, events: mpsc::Sender<Event>, state: Arc<Shared>, tasks: &dyn Tasks) {
    let (changes, mut told) = mpsc::channel::<bool>(16);
    let hold = async move {
        holder
            .hold(move |leading| {
                // A full queue only delays the news; the term itself stops the writes.
                let _ = changes.try_send(leading);
            })
            .await;
    };
    tasks.spawn("lease", Box::pin(hold));
    let tell = async move {
        while let Some(leading) = told.recv().await {
            if leading {
                tracing::info!("holding the Lease");
            } else {
                tracing::warn!("the Lease is lost: nothing is written");
            }
            state.ready.store(true, Ordering::Relaxed);
            if events.send(Event::Leading(leading)).await.is_err() {
                return;
            }
        }
    };
    tasks.spawn("lease news", Box::pin(tell));
    tracing::info!("waiting for the Lease");
}

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
        if let Err(error) = trimtab_server::serve(listener, router, ended).await {
            tracing::error!(%error, "the HTTP server ended");
        }
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

async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be waited for")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be waited for")?;
    tokio::select! {
        biased;
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// What the HTTP routes see of the operator.
struct Shared {
    metrics: Arc<Metrics>,
    requests: Arc<Requests>,
    events: mpsc::Sender<Event>,
    ready: AtomicBool,
}

impl Operator for Shared {
    fn ready(&self) -> Result<(), String> {
        if self.ready.load(Ordering::Relaxed) {
            Ok(())
        } else {
            Err("waiting for the Lease".to_owned())
        }
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
