//! One world: a server, repositories, people, and the operator among them.

use crate::api::Api;
use crate::chance::{Chance, SharedChance};
use crate::checks::{Judge, Violation};
use crate::disk::Disk;
use crate::faults::Rates;
use crate::life::Mortality;
use crate::model::{Model, git_repository};
use crate::mutant::Mutant;
use crate::ownership::NAMESPACE;
use crate::process::{self, Process, Start};
use crate::scope::Scope;
use crate::time::VirtualClock;
use crate::trace::Trace;
use crate::wire::Network;
use futures::StreamExt as _;
use futures::channel::mpsc;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use trimtab_ports::clock::{Clock, sleep};
use trimtab_ports::tasks::Tasks;
use trimtab_sandbox::{Sandbox, Seams};

/// Where the operator's Lease is.
pub const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/trimtab/leases/trimtab";

/// One world.
pub struct World {
    /// Time.
    pub clock: Arc<VirtualClock>,
    /// What happened.
    pub trace: Trace,
    /// The server.
    pub sandbox: Sandbox,
    /// A person's access.
    pub person: Api,
    /// What people want.
    pub model: Arc<Mutex<Model>>,
    /// Who watches over the invariants.
    pub judge: Arc<Judge>,
    /// The network.
    pub network: Arc<Network>,
    /// The processes that run.
    pub processes: Mutex<Vec<Process>>,
    /// Tasks that are no process's.
    pub tasks: Arc<Scope>,
    /// Chance of the people.
    pub chance: SharedChance,
    /// When the last write of an operator that changed something was done, in milliseconds; Leases and
    /// events left out.
    pub last_write: Arc<AtomicU64>,
    /// When processes die.
    pub mortality: Arc<Mortality>,
    disk: Disk,
    mutant: Option<Mutant>,
    started: AtomicU64,
}

impl World {
    /// A world with its applications in Git and nothing of them in the cluster, and one operator.
    pub async fn new(seed: u64, model: Model, mutant: Option<Mutant>) -> Arc<Self> {
        let root = Chance::new(seed);
        let clock = Arc::new(VirtualClock::start());
        let trace = Trace::new(clock.clone());
        let seams = Seams {
            clock: clock.clone(),
            randomness: Arc::new(SharedChance::new(root.fork("server"))),
        };
        let sandbox = Sandbox::new(seams);
        let person = Api(sandbox.client("person"));
        let tasks = Arc::new(Scope::default());
        let model = Arc::new(Mutex::new(model));
        let judge = Arc::new(Judge::new(model.clone()));
        let last_write = Arc::<AtomicU64>::default();
        let (died, deaths) = mpsc::unbounded();
        let mortality = Arc::new(Mortality::new(died, trace.clone()));
        let (hears, loses, refuses) = (judge.clone(), judge.clone(), judge.clone());
        let last = last_write.clone();
        let network = Arc::new(Network {
            clock: clock.clone(),
            chance: SharedChance::new(root.fork("network")),
            tasks: tasks.clone(),
            trace: trace.clone(),
            judge: Api(sandbox.client("judge")),
            rates: Mutex::new(Rates::NONE),
            turn: tokio::sync::Mutex::new(()),
            told: Box::new(move |write| {
                hears.hear(write);
                let rests = write.facts.is_lease() || write.facts.plural == "events";
                if !rests && write.changed() {
                    let at = u64::try_from(write.arrived.as_millis()).unwrap_or(u64::MAX);
                    last.store(at, Ordering::SeqCst);
                }
            }),
            lost: Box::new(move |object| loses.unanswered(object)),
            refused: Box::new(move |object| refuses.refused(object)),
            writes: AtomicU64::new(0),
        });
        let world = Arc::new(Self {
            clock,
            trace,
            sandbox,
            person,
            model,
            judge,
            network,
            processes: Mutex::default(),
            tasks,
            chance: SharedChance::new(root.fork("people")),
            last_write,
            mortality,
            disk: Disk::default(),
            mutant,
            started: AtomicU64::new(0),
        });
        world.prepare().await;
        world.clone().tend(deaths);
        world
    }

    /// What is there before the operator.
    async fn prepare(&self) {
        let core = "/api/v1/namespaces";
        for name in [NAMESPACE, "alpha", "beta"] {
            let namespace =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            self.expect(self.person.create(core, &namespace).await, "a namespace");
        }
        let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        for definition in trimtab_crd::all() {
            self.expect(self.person.create(definitions, &definition).await, "a definition");
        }
        self.controllers();
        self.pause(500).await;
        let (apps, urls): (Vec<_>, BTreeSet<_>) = {
            let model = self.model();
            let urls = model.apps.iter().map(|app| app.url.clone()).collect();
            (model.apps.clone(), urls)
        };
        let sources =
            format!("/apis/source.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}/gitrepositories");
        for url in urls {
            let answer = self.person.create(&sources, &git_repository(&url)).await;
            self.expect(answer, "a source");
        }
        for app in apps {
            self.create_app(&app).await;
        }
    }

    /// Creates an application's resource.
    pub async fn create_app(&self, app: &crate::model::Wanted) {
        let owner = app.owner();
        // Nobody else has written the new one.
        self.model().strange.remove(&owner);
        self.judge.no_longer_foreign(&owner);
        let collection = owner.rsplit_once('/').map_or("", |(collection, _)| collection);
        let answer = self.person.create(collection, &app.resource()).await;
        self.trace.line("person", format_args!("creates {} -> {}", app.name, answer.0));
        self.expect(answer, "an application");
    }

    /// People's own requests must work: a world in which they do not proves nothing.
    pub fn expect(&self, (code, body): crate::api::Answer, what: &str) {
        if !(200..300).contains(&code) {
            let what = format!("{what} -> {code} {}", body["message"]);
            self.judge.accuse(self.clock.elapsed(), "world", what);
        }
    }

    /// Lets the server's own controllers work: those that make Deployments healthy, too.
    fn controllers(&self) {
        let (sandbox, clock) = (self.sandbox.clone(), self.clock.clone());
        let run = async move {
            loop {
                // When there is more to do changes with every write: it is asked for again and again.
                let _next = sandbox.tick();
                sleep(&*clock, Duration::from_millis(20)).await;
            }
        };
        self.tasks.spawn("controllers", Box::pin(run));
    }

    /// Starts a process anew a while after it died.
    fn tend(self: Arc<Self>, mut deaths: mpsc::UnboundedReceiver<Arc<str>>) {
        let world = Arc::downgrade(&self);
        let (tasks, clock) = (self.tasks.clone(), self.clock.clone());
        let tend = async move {
            while let Some(name) = deaths.next().await {
                let Some(pause) = world.upgrade().map(|world| {
                    world.trace.line(&name, "died");
                    world.chance.draw(|chance| chance.pause(50, 9_000))
                }) else {
                    return;
                };
                sleep(&*clock, pause).await;
                let Some(world) = world.upgrade() else { return };
                world.processes().retain(|process| process.life.process != name);
                world.start(name.split('.').next().unwrap_or("a"));
            }
        };
        tasks.spawn("tend", Box::pin(tend));
    }

    /// Starts a process.
    pub fn start(&self, letter: &str) {
        let number = self.started.fetch_add(1, Ordering::SeqCst) + 1;
        let name: Arc<str> = format!("{letter}.{number}").into();
        self.trace.line(&name, "starts");
        let seed = self.chance.draw(Chance::bits);
        if self.chance.draw(|chance| chance.percent(40)) {
            self.disk.wipe();
        }
        let process = process::start(Start {
            server: self.sandbox.client(&name),
            name,
            network: self.network.clone(),
            mortality: self.mortality.clone(),
            repositories: self.model().repositories.clone(),
            chance: SharedChance::new(Chance::new(seed)),
            disk: self.disk.clone(),
            mutant: self.mutant,
        });
        self.processes().push(process);
    }

    /// Kills all processes of a letter. `tend` starts nothing for them.
    pub fn stop(&self, letter: &str) {
        self.processes().retain(|process| {
            let meant = process.life.process.starts_with(letter);
            if meant {
                self.trace.line(&process.life.process, "stops");
                process.life.scope.kill();
            }
            !meant
        });
    }

    /// The processes.
    pub fn processes(&self) -> MutexGuard<'_, Vec<Process>> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The model.
    pub fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what goes wrong from now on.
    pub fn faults(&self, rates: Rates) {
        *self.network.rates.lock().unwrap_or_else(PoisonError::into_inner) = rates;
    }

    /// Waits so many milliseconds.
    pub async fn pause(&self, milliseconds: u64) {
        sleep(&*self.clock, Duration::from_millis(milliseconds)).await;
    }

    /// Waits.
    pub async fn sleep(&self, pause: Duration) {
        sleep(&*self.clock, pause).await;
    }

    /// Tells processes of a push, as a webhook does.
    pub fn push(&self, url: &str) {
        for process in self.processes().iter() {
            // Where the queue is full the next look finds the push.
            let _ = process.events.try_send(process::pushed(url));
        }
    }

    /// What was wrong, panics included.
    pub fn violations(&self) -> Vec<Violation> {
        let mut all = self.judge.violations();
        let now = self.clock.elapsed();
        let panicked = self.processes().iter().any(|process| process.life.scope.has_panicked());
        if panicked || self.tasks.has_panicked() {
            all.push(Violation { at: now, rule: "panic", what: "a task has panicked".to_owned() });
        }
        all
    }

    /// Ends everything.
    pub fn end(&self) {
        for process in self.processes().drain(..) {
            process.life.scope.kill();
        }
        self.tasks.kill();
    }

    /// The virtual time.
    pub fn now(&self) -> Duration {
        let start = trimtab_ports::clock::Monotonic::since_start(Duration::ZERO);
        self.clock.monotonic().since(start)
    }
}
