//! A cluster and a repository in memory, as far as the engine's effects need them.

mod ignored;
mod repository;
mod server;
mod writes;

use crate::effect::{ApplyTask, Effect, RenderTask};
use crate::event::{Event, WatchId};
use crate::interest::Seen;
use crate::sources::{Ask, Pace, Trouble};
use crate::{Engine, Families, Metrics, Settings, in_cluster, rules};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use trimtab_index::Decoder;
use trimtab_inventory::parse_id;
use trimtab_model::{AppId, Class, GroupKind, GroupVersionKind, ObjectKey, Propagation, Timestamp};
use trimtab_plan::DryRun;
use trimtab_ports::cluster::{Mode, Term, WatchRequest};
use trimtab_ports::git::Ancestry;
use trimtab_render::MemoryTree;
use trimtab_sync::Failure;

pub use ignored::Ignored;
pub use repository::config_maps;

/// The second at which each world begins: 2026-01-01T00:00:00Z.
const BEGINNING: i64 = 1_767_225_600;

/// Where applications live, and where they deploy to.
pub const HOME: &str = "argocd";
pub const SHOP: &str = "shop";

const KEY: [u8; 32] = [7; 32];

/// Kinds that the cluster serves: group and version, kind, plural, whether in namespaces.
const KINDS: [(&str, &str, &str, bool); 10] = [
    ("v1", "Namespace", "namespaces", false),
    ("v1", "ConfigMap", "configmaps", true),
    ("v1", "Secret", "secrets", true),
    ("apps/v1", "Deployment", "deployments", true),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false),
    ("argoproj.io/v1alpha1", "Application", "applications", true),
    ("argoproj.io/v1alpha1", "AppProject", "appprojects", true),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "kustomizations", true),
    ("source.toolkit.fluxcd.io/v1", "GitRepository", "gitrepositories", true),
    ("trimtab.dev/v1alpha1", "Inventory", "inventories", true),
];

/// The repository that there is.
pub const URL: &str = "https://example.org/env.git";

/// What becomes of status writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Statuses {
    /// They are made.
    Written,
    /// Their answers are lost, and no watch tells of them.
    Unheard,
    /// Somebody edits the resource just before the next one that must be of the state that was seen.
    OvertakenOnce,
}

pub struct World {
    pub engine: Engine,
    pub metrics: Arc<Metrics>,
    pub now: Timestamp,
    pub objects: BTreeMap<ObjectKey, Value>,
    /// What was written, in order.
    pub log: Vec<String>,
    /// When each line of it was written, in seconds since the beginning.
    pub times: Vec<i64>,
    /// What the engine does not get to see of resources.
    pub ignored: Option<Ignored>,
    /// Refs beside the branch `main`, each with the number of its commit.
    pub refs: BTreeMap<String, usize>,
    /// Without this credential nobody reads the repository.
    pub credential: Option<String>,
    /// How each further commit stands to the one before.
    pub ancestry: Ancestry,
    /// Looks at repositories: when, and the longest that each may take.
    pub looks: Vec<(i64, Option<Duration>)>,
    /// Every message of a condition that was ever written, with its type.
    pub said: BTreeSet<(String, String)>,
    /// How the dependents of deleted objects were to go.
    pub propagations: Vec<Propagation>,
    /// Objects that the server refuses, and why.
    pub refused: BTreeMap<ObjectKey, String>,
    /// The kind that the cluster serves at a second version, `v2`, as well.
    pub second_version: Option<&'static str>,
    /// Kinds that the cluster does not serve.
    pub unserved: Vec<&'static str>,
    /// A version of Deployments that the cluster serves beside v1.
    pub also_at: Option<&'static str>,
    /// After so many more writes the process is killed: nothing is told any more.
    pub writes_left: Option<usize>,
    /// Whether answers come one by one.
    pub one_by_one: bool,
    /// Answers to steps, where they are withheld.
    pub withheld: Option<VecDeque<Event>>,
    /// Applies that wait for their turn, where it does not come.
    pub waiting: Option<VecDeque<ApplyTask>>,
    /// Commits that nobody can fetch.
    pub absent: BTreeSet<String>,
    /// Answers to writes of resources, where they come late.
    pub late_answers: Option<VecDeque<Event>>,
    /// What becomes of status writes.
    pub statuses: Statuses,
    /// The kind that is listed when all others have been, and everything that this led to was done.
    pub late: Option<&'static str>,
    /// The application that is rendered when everything that can go on without has.
    pub rendered_late: Option<&'static str>,
    later: VecDeque<Event>,
    /// How renders end.
    pub renders_end: RendersEnd,
    /// The renders that were asked for: of whom, and whether somebody still waits for them.
    pub renders: Vec<(String, Seen)>,
    /// Discoveries: when.
    pub discoveries: Vec<i64>,
    /// Whether the cluster is away: discovery fails.
    pub away: bool,
    /// The name of the installation, from the next process on.
    pub installation: Option<&'static str>,
    /// Kinds that may not be read.
    pub forbidden: Vec<&'static str>,
    /// The kind that the server cannot read at the moment.
    pub starting: Option<&'static str>,
    watches: BTreeMap<WatchId, WatchRequest>,
    events: VecDeque<Event>,
    trees: Vec<MemoryTree>,
    /// The numbers of commits that do not go on from the one before.
    forced: BTreeSet<usize>,
    version: u64,
    decoder: Decoder,
}

/// How renders end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RendersEnd {
    /// As they should.
    Well,
    /// They are broken off, because they take longer than they may.
    TooLate,
    /// They have not ended yet.
    Never,
}

fn engine(observe: bool, installation: Option<&str>, metrics: &Arc<Metrics>) -> Engine {
    let settings = Settings {
        namespace: HOME.into(),
        observe,
        pace: Pace { poll: Duration::from_mins(2), jitter: Duration::ZERO },
        secret_key: KEY,
    };
    let families = Families::new(&HOME.into()).with_installation(installation);
    Engine::new(settings, families, in_cluster(), metrics.clone())
}

fn decoder() -> Decoder {
    Decoder::new(rules(KEY))
}

pub fn key(kind: &str, namespace: &str, name: &str) -> ObjectKey {
    let (api, kind, ..) = KINDS.iter().find(|known| known.1 == kind).expect("a kind");
    let kind = GroupVersionKind::of(api, kind).group_kind();
    ObjectKey::namespaced(&kind, namespace, name)
}

pub fn app_id(name: &str) -> AppId {
    AppId {
        kind: GroupKind::new("argoproj.io", "Application"),
        namespace: HOME.into(),
        name: name.into(),
    }
}

impl World {
    /// An empty cluster with the kinds that we serve, and an empty repository.
    pub fn new() -> Self {
        let metrics = Arc::new(Metrics::default());
        let mut world = Self {
            engine: engine(false, None, &metrics),
            metrics,
            now: "2026-01-01T00:00:00Z".parse().expect("a time"),
            objects: BTreeMap::new(),
            log: Vec::new(),
            times: Vec::new(),
            ignored: None,
            refs: BTreeMap::new(),
            credential: None,
            ancestry: Ancestry::Descendant,
            looks: Vec::new(),
            said: BTreeSet::new(),
            propagations: Vec::new(),
            refused: BTreeMap::new(),
            second_version: None,
            unserved: Vec::new(),
            also_at: None,
            writes_left: None,
            one_by_one: false,
            withheld: None,
            waiting: None,
            absent: BTreeSet::new(),
            late_answers: None,
            statuses: Statuses::Written,
            late: None,
            rendered_late: None,
            later: VecDeque::new(),
            renders_end: RendersEnd::Well,
            renders: Vec::new(),
            discoveries: Vec::new(),
            away: false,
            installation: None,
            forbidden: Vec::new(),
            starting: None,
            watches: BTreeMap::new(),
            events: VecDeque::new(),
            trees: vec![MemoryTree::default()],
            forced: BTreeSet::new(),
            version: 100,
            decoder: decoder(),
        };
        for namespace in [HOME, SHOP] {
            world.put(
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
            );
        }
        for (group, kind, plural) in [
            ("argoproj.io", "Application", "applications"),
            ("kustomize.toolkit.fluxcd.io", "Kustomization", "kustomizations"),
        ] {
            world.put(json!({
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {"name": format!("{plural}.{group}")},
                "spec": {"group": group, "names": {"kind": kind, "plural": plural},
                    "scope": "Namespaced", "versions": []},
            }));
        }
        world.put(json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {"name": "default", "namespace": HOME},
            "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}],
                "clusterResourceWhitelist": [{"group": "*", "kind": "*"}]},
        }));
        world.events.push_back(Event::Leading(Some(Term::endless())));
        world
    }

    /// An application `one` of three ConfigMaps, which is synced.
    pub fn synced() -> Self {
        let mut world = Self::new();
        world.push("one/all.yaml", &config_maps(0..3));
        world.application("one", |_| {});
        world.run(30);
        assert_eq!(world.count("ConfigMap", SHOP), 3);
        world
    }

    /// An application that syncs by itself, prunes and heals.
    pub fn application(&mut self, name: &str, change: impl FnOnce(&mut Value)) {
        let mut app = json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": name, "namespace": HOME,
                "annotations": {"trimtab.dev/prune-budget": "100000"},
                "finalizers": ["resources-finalizer.argocd.argoproj.io"]},
            "spec": {
                "project": "default",
                "source": {"repoURL": URL, "path": name,
                    "targetRevision": "main"},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": SHOP},
                "syncPolicy": {"automated": {"prune": true, "selfHeal": true}},
            },
        });
        change(&mut app);
        self.put(app);
    }

    /// A Kustomization of a directory, and its source.
    pub fn kustomization(&mut self, name: &str) {
        let metadata = json!({"name": name, "namespace": HOME, "generation": 1});
        self.put(json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
            "metadata": metadata,
            "spec": {"url": "https://example.org/env.git", "interval": "1h", "ref": {"branch": "main"}},
        }));
        self.put(json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": metadata,
            "spec": {
                "interval": "1h", "prune": true, "path": name, "targetNamespace": SHOP,
                "sourceRef": {"kind": "GitRepository", "name": name},
            },
        }));
    }

    /// The process ends where it stands, and another one begins.
    pub fn restart(&mut self, observe: bool) {
        self.engine = engine(observe, self.installation, &self.metrics);
        self.watches.clear();
        self.events.clear();
        self.writes_left = None;
        if !observe {
            self.events.push_back(Event::Leading(Some(Term::endless())));
        }
    }

    /// The Lease is won or lost.
    pub fn lead(&mut self, leading: bool) {
        self.events.push_back(Event::Leading(leading.then(Term::endless)));
    }

    /// Something happens.
    pub fn happens(&mut self, event: Event) {
        self.events.push_back(event);
    }

    /// Goes on for so long, or until the process is killed.
    pub fn run(&mut self, seconds: i64) {
        let until = self.now + Duration::from_secs(seconds.unsigned_abs());
        loop {
            let effects = self.engine.settle(self.now);
            for effect in effects {
                if self.writes_left == Some(0) {
                    return;
                }
                self.carry_out(effect);
            }
            if !self.events.is_empty() {
                while let Some(event) = self.events.pop_front() {
                    self.engine.handle(event, self.now);
                    if self.one_by_one {
                        break;
                    }
                }
                continue;
            }
            if !self.later.is_empty() {
                self.events.append(&mut self.later);
                continue;
            }
            match self.engine.next_wake() {
                Some(at) if at <= until => self.now = at.max(self.now),
                _ => break,
            }
        }
        self.now = until;
    }

    pub fn app(&self, name: &str) -> &Value {
        &self.objects[&key("Application", HOME, name)]
    }

    /// Changes an object as a person does.
    pub fn edit(&mut self, key: &ObjectKey, change: impl FnOnce(&mut Value)) {
        let mut object = self.objects[key].clone();
        change(&mut object);
        self.put(object);
    }

    /// The messages of an application's conditions of a type.
    pub fn conditions(&self, name: &str, kind: &str) -> Vec<String> {
        let conditions = self.app(name)["status"]["conditions"].as_array().cloned();
        conditions
            .into_iter()
            .flatten()
            .filter(|condition| condition["type"] == kind)
            .map(|condition| condition["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    pub fn count(&self, kind: &str, namespace: &str) -> usize {
        let kind = key(kind, namespace, "x").group_kind();
        self.objects
            .keys()
            .filter(|key| key.group_kind() == kind)
            .filter(|key| key.namespace.as_ref().is_some_and(|n| n.as_str() == namespace))
            .count()
    }

    /// An object as the cluster has it.
    pub fn get(&self, kind: &str, namespace: &str, name: &str) -> &Value {
        &self.objects[&key(kind, namespace, name)]
    }

    /// Whether an object is there.
    pub fn has(&self, kind: &str, namespace: &str, name: &str) -> bool {
        self.objects.contains_key(&key(kind, namespace, name))
    }

    /// The names that all shards hold.
    pub fn inventoried(&self) -> Vec<String> {
        let shards = self.objects.values().filter(|object| object["kind"] == "Inventory");
        let mut names: Vec<String> = shards
            .flat_map(|shard| shard["spec"]["entries"].as_array().expect("entries").clone())
            .map(|entry| parse_id(entry["id"].as_str().expect("an id")).expect("an id"))
            .map(|key| key.name.to_string())
            .collect();
        names.sort();
        names
    }

    /// The writes of the log, without what follows the verb and the kind.
    pub fn verbs(&self) -> Vec<String> {
        let mut verbs: Vec<String> = self
            .log
            .iter()
            .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
            .collect();
        verbs.dedup();
        verbs
    }

    /// Seconds since the beginning.
    pub fn seconds(&self) -> i64 {
        self.now.as_second() - BEGINNING
    }

    fn note(&mut self, line: String) {
        self.times.push(self.seconds());
        self.log.push(line);
    }

    fn wrote(&mut self, line: String) {
        self.note(line);
        if let Some(left) = &mut self.writes_left {
            *left -= 1;
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Discover => {
                self.discoveries.push(self.seconds());
                let away = Failure { class: Class::Retry, message: "no connection".to_owned() };
                let answer = if self.away { Err(away) } else { Ok(self.discovery()) };
                self.events.push_back(Event::Discovered(answer));
            }
            Effect::Watch(id, request) => self.watch(id, request),
            Effect::Unwatch(id) => drop(self.watches.remove(&id)),
            Effect::Git(Ask::Look { remote, timeout, .. }) => {
                self.looks.push((self.seconds(), timeout));
                let answer = self.looked(&remote).map(Into::into);
                self.events.push_back(Event::Looked(remote, answer, 0.0));
            }
            Effect::Git(Ask::Fetch { remote, commit, known_tip, .. }) => {
                let ancestry =
                    known_tip.map_or(Ancestry::First, |known| self.ancestry(&commit, &known));
                let refuse = |message| Trouble {
                    class: Class::User,
                    message,
                    of_access: false,
                    retry_after: None,
                };
                let answer = if self.absent.contains(commit.as_str()) {
                    Err(refuse(format!("{remote} has no revision `{}`", commit.as_str())))
                } else {
                    Ok(ancestry)
                };
                self.events.push_back(Event::Fetched(remote, commit, answer));
            }
            Effect::Git(Ask::Relate { remote, commit, before, .. }) => {
                let answer = Ok(self.ancestry(&commit, &before));
                self.events.push_back(Event::Related { remote, commit, before, answer });
            }
            Effect::Follow(_) | Effect::Keep(_) => {}
            Effect::Render(tasks) => {
                let asked = tasks.iter();
                self.renders
                    .extend(asked.map(|task| (task.app.name.to_string(), task.interest.clone())));
                if self.renders_end == RendersEnd::Never {
                    return;
                }
                let is_late =
                    |task: &RenderTask| Some(&*task.app.name.to_string()) == self.rendered_late;
                let (late, now): (Vec<_>, Vec<_>) = tasks.into_iter().partition(is_late);
                let done = now.into_iter().map(|task| self.render(task)).collect();
                self.events.push_back(Event::Rendered(done));
                let done = late.into_iter().map(|task| self.render(task)).collect();
                self.later.push_back(Event::Rendered(done));
            }
            Effect::Apply(task) => self.apply_in_turn(task),
            Effect::Migrate(task, entries) => {
                self.migrate(&task, &entries);
                self.apply_in_turn(task);
            }
            Effect::Delete(task) => self.delete(task),
            Effect::DryRun(task) => {
                self.note(format!("dry-run {}", task.key));
                let changes = Ok(self.would_change(&task));
                let Mode::Update { seen: against, .. } = task.mode else { unreachable!() };
                let dry_run = DryRun { desired: task.desired, against, changes };
                self.events.push_back(Event::DryRan(task.app, task.key, dry_run));
            }
            Effect::Read(app, target) => {
                let found = self.objects.get(&target.key).cloned();
                self.events.push_back(Event::Read(app, target.key, Ok(found)));
            }
            Effect::Write(task) => self.write(task),
            Effect::Shard(task) => {
                let answer = self.shard(task.change);
                self.events.push_back(Event::ShardWritten(task.app, task.ticket, answer));
            }
            Effect::Create(object) => self.put(object),
            Effect::Announce(task) => {
                self.note(format!("announce {}: {}", task.event.reason, task.event.message));
            }
        }
    }
}
