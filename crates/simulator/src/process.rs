//! One process of the operator: assembled as the binary assembles it, over simulated edges.

use crate::disk::{Disk, Saves};
use crate::git::Reader;
use crate::life::{Life, Mortality};
use crate::mutant::{Mutant, MutatedCluster, MutatedTree};
use crate::ownership::NAMESPACE;
use crate::scope::Scope;
use crate::wire::{self, Network, Wire};
use futures::future::BoxFuture;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use trimtab_cluster::{Cluster, Options, Seams};
use trimtab_controller::lease::{Holder, Standing, Tenure};
use trimtab_controller::sources::Pace;
use trimtab_controller::{
    Engine, Event, Families, Keys, Metrics, NoAccess, Settings, World, inbox,
};
use trimtab_model::Remote;
use trimtab_ports::clock::Clock;
use trimtab_ports::cluster::{LeaseName, Term};
use trimtab_ports::git::{Access, Credential, Git};
use trimtab_ports::tasks::Tasks;

/// A process that runs.
pub struct Process {
    /// Its life.
    pub life: Life,
    /// Its queue of events, for webhooks.
    pub events: mpsc::Sender<Event>,
    /// Until when its connection is dead, in milliseconds of the world.
    pub stalled_until: Arc<AtomicU64>,
    /// Its time with the Lease, which ends when it is dropped.
    _tenure: Tenure,
    /// Ends the loop when it is dropped or told.
    _stop: watch::Sender<bool>,
}

/// What a process is started with.
pub struct Start {
    /// Its name.
    pub name: Arc<str>,
    /// The network.
    pub network: Arc<Network>,
    /// When processes die.
    pub mortality: Arc<Mortality>,
    /// The server as its user sees it.
    pub server: kube::Client,
    /// Git.
    pub repositories: crate::git::Repositories,
    /// What earlier processes left on its machine.
    pub disk: Disk,
    /// Its own chance.
    pub chance: crate::chance::SharedChance,
    /// What is wrong with it.
    pub mutant: Option<Mutant>,
}

/// Starts a process with nothing in its memory.
pub fn start(start: Start) -> Process {
    let scope = Arc::new(Scope::default());
    let tasks: Arc<dyn Tasks> = scope.clone();
    let clock: Arc<dyn Clock> = start.network.clock.clone();
    let randomness = Arc::new(start.chance.clone());
    let stalled_until = Arc::new(AtomicU64::new(0));
    let life =
        Life { process: start.name.clone(), scope: scope.clone(), mortality: start.mortality };
    let client = wire::client(Arc::new(Wire {
        network: start.network.clone(),
        life: life.clone(),
        stalled_until: stalled_until.clone(),
        server: start.server,
        mutant: start.mutant,
    }));
    let secret_key = [start.chance.draw(|chance| u8::try_from(chance.below(256)).unwrap_or(0)); 32];
    let seams =
        Seams { clock: clock.clone(), randomness: randomness.clone(), tasks: tasks.clone() };
    let cluster = Cluster::new(client, seams, Options::new(trimtab_controller::rules(secret_key)));
    let cluster = Arc::new(MutatedCluster {
        inner: cluster,
        mutant: start.mutant,
        clock: clock.clone(),
        tasks: tasks.clone(),
    });
    let reader = Reader::new(start.repositories, clock.clone(), start.chance, life.clone());
    let git: Arc<dyn Git> = Arc::new(MutatedTree { inner: reader, mutant: start.mutant });
    let term = Term::default();
    let world = World {
        clock: clock.clone(),
        randomness,
        tasks: tasks.clone(),
        cluster: cluster.clone(),
        git,
        keys: Arc::new(Anonymous),
        store: Arc::new(Saves { disk: start.disk, life: life.clone() }),
        term: term.clone(),
    };
    let (events, inbox) = inbox();
    let (stop, stopped) = watch::channel(false);
    let engine = engine(secret_key);
    let queue = (events.clone(), inbox);
    let run = async move {
        let _engine = trimtab_controller::run(engine, world, queue, stopped).await;
    };
    tasks.spawn("engine", Box::pin(run));
    let holder = Holder {
        cluster,
        clock,
        name: LeaseName { namespace: NAMESPACE.into(), name: "trimtab".into() },
        identity: start.name.clone(),
        term,
    };
    let (standing, _) = watch::channel(Standing::default());
    let tenure = Tenure::begin(holder, events.clone(), standing, &*tasks);
    Process { life, events, stalled_until, _tenure: tenure, _stop: stop }
}

fn engine(secret_key: [u8; 32]) -> Engine {
    let pace = Pace { poll: Duration::from_secs(20), jitter: Duration::from_secs(10) };
    let settings = Settings { namespace: NAMESPACE.into(), observe: false, pace, secret_key };
    let families = Families::new(&NAMESPACE.into());
    Engine::new(settings, families, trimtab_controller::in_cluster(), Arc::new(Metrics::default()))
}

/// Every remote is read by anybody.
struct Anonymous;

impl Keys for Anonymous {
    fn access<'a>(
        &'a self,
        _remote: &'a Remote,
        _renew: bool,
    ) -> BoxFuture<'a, Result<Arc<Access>, NoAccess>> {
        let access = Access {
            credential: Credential::Anonymous,
            authorities: None,
            certificate: None,
            timeout: Duration::from_secs(30),
        };
        Box::pin(std::future::ready(Ok(Arc::new(access))))
    }

    fn retain(&self, _remotes: &BTreeSet<Remote>) {}
}

/// A push to a repository, as a webhook tells it.
pub fn pushed(url: &str) -> Event {
    Event::Pushed(vec![url.to_owned()], None)
}
