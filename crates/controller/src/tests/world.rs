//! A cluster and a repository in memory, as far as the engine's effects need them.

mod ignored;

use crate::effect::{ApplyTask, DeleteTask, Effect, Entries, RenderTask, ShardChange, WriteTask};
use crate::event::{Carried, Event, RenderOutcome, Rendering, WatchId};
use crate::shell::baseline;
use crate::sources::{Ask, Pace, Trouble};
use crate::{Engine, Families, Metrics, Settings, in_cluster, rules};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use trimtab_crd::patch;
use trimtab_index::Decoder;
use trimtab_inventory::parse_id;
use trimtab_merge::{Apply, Force, Schema};
use trimtab_model::{
    AppId, Class, Commit, GroupKind, GroupVersionKind, ObjectKey, Propagation, Remote, Scope,
    Timestamp, Uid,
};
use trimtab_plan::{DryRun, LiveObject};
use trimtab_ports::cluster::{
    Detail, Discovery, GroupFact, Mode, ServedGroup, ServedKind, ServedVersion,
    Trouble as ClusterTrouble, VersionFact, WatchEvent, WatchRequest, WriteError,
};
use trimtab_ports::git::{Ancestry, Head, Id, RefRow, Refs};
use trimtab_render::{FileTree, Kept, MemoryTree, TreeInputs};
use trimtab_sync::{Change, Failure, Outcome};

pub use ignored::Ignored;

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
    /// Kinds that the cluster does not serve.
    pub unserved: Vec<&'static str>,
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
    /// Whether the answers to status writes are lost, and no watch tells of them.
    pub unheard: bool,
    /// The kind that is listed when all others have been, and everything that this led to was done.
    pub late: Option<&'static str>,
    later: VecDeque<Event>,
    /// Discoveries: when.
    pub discoveries: Vec<i64>,
    /// Whether the cluster is away: discovery fails.
    pub away: bool,
    /// Kinds that may not be read.
    pub forbidden: Vec<&'static str>,
    watches: BTreeMap<WatchId, WatchRequest>,
    events: VecDeque<Event>,
    trees: Vec<MemoryTree>,
    /// The numbers of commits that do not go on from the one before.
    forced: BTreeSet<usize>,
    version: u64,
    decoder: Decoder,
}

fn engine(observe: bool, metrics: &Arc<Metrics>) -> Engine {
    let settings = Settings {
        namespace: HOME.into(),
        observe,
        pace: Pace { poll: Duration::from_mins(2), jitter: Duration::ZERO },
        secret_key: KEY,
    };
    Engine::new(settings, Families::new(&HOME.into()), in_cluster(), metrics.clone())
}

fn decoder() -> Decoder {
    Decoder::new(rules(KEY))
}

/// So many ConfigMaps, as one file.
pub fn config_maps(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers.into_iter().fold(String::new(), |mut text, number| {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{number}}}\ndata: {{a: b}}\n"
        );
        text
    })
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
            engine: engine(false, &metrics),
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
            unserved: Vec::new(),
            writes_left: None,
            one_by_one: false,
            withheld: None,
            waiting: None,
            absent: BTreeSet::new(),
            unheard: false,
            late: None,
            later: VecDeque::new(),
            discoveries: Vec::new(),
            away: false,
            forbidden: Vec::new(),
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
        world.events.push_back(Event::Leading(true));
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

    /// A commit that makes a file say this.
    pub fn push(&mut self, path: &str, content: &str) {
        let tree = self.trees.last().expect("there is a first one").clone();
        self.trees.push(tree.with(path, content));
        self.events.push_back(Event::Pushed(vec![URL.to_owned()], None));
    }

    /// A commit that takes the place of the branch's last one.
    pub fn force(&mut self, path: &str, content: &str) {
        self.push(path, content);
        self.forced.insert(self.trees.len());
    }

    /// A commit that nobody tells of.
    pub fn push_quietly(&mut self, path: &str, content: &str) {
        self.push(path, content);
        self.events.pop_back();
    }

    /// Gives the newest commit another name: `refs/tags/v1`.
    pub fn name(&mut self, full_ref: &str) {
        self.refs.insert(full_ref.to_owned(), self.trees.len());
    }

    /// The newest commit.
    pub fn commit(&self) -> String {
        format!("{:02x}", self.trees.len()).repeat(20)
    }

    /// The process ends where it stands, and another one begins.
    pub fn restart(&mut self, observe: bool) {
        self.engine = engine(observe, &self.metrics);
        self.watches.clear();
        self.events.clear();
        self.writes_left = None;
        if !observe {
            self.events.push_back(Event::Leading(true));
        }
    }

    /// The Lease is won or lost.
    pub fn lead(&mut self, leading: bool) {
        self.events.push_back(Event::Leading(leading));
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

    /// Makes an object what it says, as a write of somebody else.
    pub fn put(&mut self, mut object: Value) {
        let key = key_of(&object);
        self.version += 1;
        let uid = self.objects.get(&key).map_or_else(
            || format!("uid-{}", self.version),
            |old| old["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
        );
        object["metadata"]["uid"] = uid.into();
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        object["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
        if object["apiVersion"].as_str().is_some_and(|version| version.contains(".fluxcd.io/")) {
            let old = self.objects.get(&key);
            let moved = old.is_none_or(|old| old["spec"] != object["spec"]);
            let generation = old.and_then(|old| old["metadata"]["generation"].as_i64());
            let generation = generation.unwrap_or(0) + i64::from(moved);
            object["metadata"]["generation"] = generation.into();
        }
        let ends = object["metadata"]["deletionTimestamp"].is_string()
            && object["metadata"]["finalizers"].as_array().is_none_or(Vec::is_empty);
        if ends {
            self.objects.insert(key.clone(), object);
            self.remove(&key);
            return;
        }
        self.objects.insert(key.clone(), object);
        self.tell(&key);
    }

    /// Takes an object away; what names it as its owner goes with it.
    pub fn remove(&mut self, key: &ObjectKey) {
        let Some(object) = self.objects.remove(key) else { return };
        self.version += 1;
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        for (id, _) in self.watching(key) {
            let event = WatchEvent::Gone {
                key: key.clone(),
                uid: Uid::from(uid.as_str()),
                resource_version: self.version.to_string().as_str().into(),
            };
            self.events.push_back(Event::Watched(id, event));
        }
        let owned = |object: &Value| object["metadata"]["ownerReferences"][0]["uid"] == *uid;
        let children: Vec<ObjectKey> =
            self.objects.iter().filter(|(_, o)| owned(o)).map(|(key, _)| key.clone()).collect();
        for child in children {
            self.remove(&child);
        }
    }

    /// The cluster begins to serve all kinds.
    pub fn install_all(&mut self) {
        self.unserved.clear();
        self.events.push_back(Event::Discovered(Ok(self.discovery())));
    }

    /// Watches that may not read are tried again, and are refused again.
    pub fn refuse_again(&mut self) {
        let refused = self.watches.iter().filter(|(_, request)| self.is_forbidden(request));
        let refusals: Vec<Event> = refused.map(|(id, request)| refusal(*id, request)).collect();
        self.events.extend(refusals);
    }

    /// Everything may be read again.
    pub fn permit_all(&mut self) {
        let refused = self.watches.iter().filter(|(_, request)| self.is_forbidden(request));
        let refused: Vec<(WatchId, WatchRequest)> =
            refused.map(|(id, request)| (*id, request.clone())).collect();
        self.forbidden.clear();
        for (id, request) in refused {
            self.watch(id, request);
        }
    }

    fn is_forbidden(&self, request: &WatchRequest) -> bool {
        self.forbidden.iter().any(|forbidden| request.kind.kind.as_str() == *forbidden)
    }

    fn watching(&self, key: &ObjectKey) -> Vec<(WatchId, Detail)> {
        let watches = self.watches.iter();
        let meant = watches.filter(|(_, request)| {
            let ours = request.namespace.as_ref().is_none_or(|n| key.namespace.as_ref() == Some(n));
            ours && request.kind.group_kind() == key.group_kind()
        });
        meant.map(|(id, request)| (*id, request.detail)).collect()
    }

    fn tell(&mut self, key: &ObjectKey) {
        for (id, detail) in self.watching(key) {
            let event = self.event_of(key, detail);
            self.events.push_back(Event::Watched(id, event));
        }
    }

    fn event_of(&self, key: &ObjectKey, detail: Detail) -> WatchEvent {
        match detail {
            Detail::Whole | Detail::Selected(_) => {
                WatchEvent::Object(Box::new(self.seen(&self.objects[key])))
            }
            Detail::Rows => WatchEvent::Row(Box::new(self.row(key))),
        }
    }

    fn row(&self, key: &ObjectKey) -> LiveObject {
        let object = &self.objects[key];
        let kind = GroupVersionKind::of(
            object["apiVersion"].as_str().unwrap_or_default(),
            object["kind"].as_str().unwrap_or_default(),
        );
        self.decoder.row(&kind, &object.to_string(), self.now).expect("an object")
    }

    /// An object as the engine gets to see it.
    fn seen(&self, object: &Value) -> Value {
        let mut object = object.clone();
        if let Some(ignored) = &self.ignored {
            ignored.hide(&mut object);
        }
        object
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
                let ancestry = known_tip.map_or(Ancestry::First, |_| self.ancestry(&commit));
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
                let answer = Ok(self.ancestry(&commit));
                self.events.push_back(Event::Related { remote, commit, before, answer });
            }
            Effect::Follow(_) | Effect::Keep(_) => {}
            Effect::Render(tasks) => {
                let done = tasks.into_iter().map(|task| self.render(task)).collect();
                self.events.push_back(Event::Rendered(done));
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

    fn discovery(&self) -> Discovery {
        let mut discovery = Discovery::default();
        for (api_version, kind, plural, namespaced) in KINDS {
            if self.unserved.contains(&kind) {
                continue;
            }
            let kind = GroupVersionKind::of(api_version, kind);
            let group = discovery
                .groups
                .entry(kind.group.clone())
                .or_insert_with(|| GroupFact::Served(ServedGroup::default()));
            let GroupFact::Served(group) = group else { unreachable!() };
            let version = ServedVersion {
                version: kind.version.clone(),
                verbs: vec![],
                subresources: vec![],
            };
            group.versions = vec![VersionFact { version: kind.version, unknown: None }];
            let scope = if namespaced { Scope::Namespaced } else { Scope::Cluster };
            let served = ServedKind { plural: plural.into(), scope, versions: vec![version] };
            group.kinds.insert(kind.kind, served);
        }
        discovery
    }

    fn watch(&mut self, id: WatchId, request: WatchRequest) {
        let detail = request.detail;
        self.watches.insert(id, request);
        self.events.push_back(Event::Watched(id, WatchEvent::Started));
        let request = &self.watches[&id];
        if self.is_forbidden(request) {
            self.events.push_back(refusal(id, request));
            return;
        }
        let is_late = self.late.is_some_and(|late| request.kind.kind.as_str() == late);
        let keys: Vec<ObjectKey> = self.objects.keys().cloned().collect();
        let is_of_it = |key: &&ObjectKey| self.watching(key).iter().any(|(known, _)| *known == id);
        let mut listed: VecDeque<Event> = keys
            .iter()
            .filter(is_of_it)
            .map(|key| Event::Watched(id, self.event_of(key, detail)))
            .chain([Event::Watched(id, WatchEvent::Synced)])
            .collect();
        (if is_late { &mut self.later } else { &mut self.events }).append(&mut listed);
    }

    fn ancestry(&self, commit: &Commit) -> Ancestry {
        let number = Id::of(commit).expect("a commit of ours").as_bytes()[0];
        let forced = self.forced.contains(&number.into());
        if forced { Ancestry::Rewritten } else { self.ancestry }
    }

    fn refs(&self) -> Arc<Refs> {
        let number = u8::try_from(self.trees.len()).expect("few commits");
        let id = Id::from_bytes([number; 20]);
        let head = Head { target: Some("refs/heads/main".into()), commit: Some(id) };
        let mut rows = vec![RefRow { name: "refs/heads/main".into(), object: id, peeled: id }];
        for (name, number) in &self.refs {
            let id = Id::from_bytes([u8::try_from(*number).expect("few commits"); 20]);
            rows.push(RefRow { name: name.as_str().into(), object: id, peeled: id });
        }
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        Arc::new(Refs::new(Some(head), rows))
    }

    fn looked(&self, remote: &Remote) -> Result<Arc<Refs>, Trouble> {
        let refuse = |message, of_access| {
            Err(Trouble { class: Class::User, message, of_access, retry_after: None })
        };
        if &*remote.url != URL {
            return refuse(format!("there is no repository {}", remote.url), false);
        }
        if self.credential.is_some() && self.credential.as_deref() != remote.credential.as_deref() {
            return refuse(format!("{} asks for a credential", remote.url), true);
        }
        Ok(self.refs())
    }

    fn render(&self, task: RenderTask) -> Rendering {
        let parts = task.sources.iter().enumerate().map(|(number, (source, commit))| {
            let id = Id::of(commit).expect("a commit of ours");
            let tree: &dyn FileTree = &self.trees[usize::from(id.as_bytes()[0]) - 1];
            let inputs = TreeInputs::new(tree);
            let last = task.last.get(number).filter(|last| last.still_holds(&inputs));
            let rendered =
                || Kept::new(trimtab_render::render(&source.path, &source.renderer, &inputs));
            (last.is_some(), last.cloned().unwrap_or_else(|| Arc::new(rendered())))
        });
        let (held, parts): (Vec<bool>, Vec<Arc<Kept>>) = parts.unzip();
        let outcome = if held.iter().all(|held| *held) {
            RenderOutcome::Unchanged
        } else {
            RenderOutcome::Rendered(parts)
        };
        Rendering { app: task.app, ticket: task.ticket, outcome }
    }

    fn after_apply(&self, task: &ApplyTask, live: Option<&Value>) -> Value {
        let kind = task.key.group_kind().at(task.version.clone());
        let schema = Schema::built_in(&kind).unwrap_or_else(Schema::deduced);
        let applied = trimtab_merge::apply(&Apply {
            schema: &schema,
            live,
            desired: &task.body.value(),
            manager: &task.manager,
            subresource: "",
            force: Force::Take,
            now: self.now,
        });
        applied.expect("a good object").object
    }

    fn would_change(&self, task: &ApplyTask) -> bool {
        let Some(live) = self.objects.get(&task.key) else { return true };
        let mut both = [live.clone(), self.after_apply(task, Some(live))];
        for object in &mut both {
            object["metadata"]["managedFields"] = Value::Null;
        }
        both[0] != both[1]
    }

    /// Applies at once, unless writes wait for their turn.
    fn apply_in_turn(&mut self, task: ApplyTask) {
        match &mut self.waiting {
            Some(waiting) => waiting.push_back(task),
            None => self.apply(&task),
        }
    }

    /// What predecessors own becomes ours.
    fn migrate(&mut self, task: &ApplyTask, entries: &Entries) {
        let Some(live) = self.objects.get_mut(&task.key) else { return };
        let patch = trimtab_merge::migration(live, &task.manager, &entries.predecessors);
        let Some(patch) = patch.expect("a good object") else { return };
        let managed = |part: &&Value| part["path"] == "/metadata/managedFields";
        if let Some(part) = patch.as_array().into_iter().flatten().find(managed) {
            live["metadata"]["managedFields"] = part["value"].clone();
        }
    }

    fn apply(&mut self, task: &ApplyTask) {
        self.wrote(format!("apply {} {}", task.key.kind, task.key.name));
        let (app, life, key) = (task.app.clone(), task.life, task.key.clone());
        let answer = |outcome, object| Carried { app, life, key, outcome, object };
        if let Some(message) = self.refused.get(&task.key) {
            let failure = Failure { class: Class::User, message: message.clone() };
            self.answer(answer(Outcome::Failed(failure), None));
            return;
        }
        let live = self.objects.get(&task.key).cloned();
        if live.is_some() == (task.mode == Mode::Create) {
            self.answer(answer(Outcome::Stale, None));
            return;
        }
        let applied = self.after_apply(task, live.as_ref());
        self.put(applied);
        let row = self.row(&task.key);
        let baseline = baseline(&row, task.desired, &task.body).expect("our entry");
        let change = if live.is_some() { Change::Configured } else { Change::Created };
        self.answer(answer(Outcome::Applied { change, baseline }, Some(Box::new(row))));
    }

    fn answer(&mut self, carried: Carried) {
        let answers = self.withheld.as_mut().unwrap_or(&mut self.events);
        answers.push_back(Event::Carried(carried));
    }

    /// Tells the oldest answer that was withheld.
    pub fn tell_withheld(&mut self) {
        let answer = self.withheld.as_mut().and_then(VecDeque::pop_front);
        self.events.push_back(answer.expect("an answer was withheld"));
    }

    fn delete(&mut self, task: DeleteTask) {
        self.wrote(format!("delete {} {}", task.key.kind, task.key.name));
        self.propagations.push(task.propagation);
        let outcome = match self.objects.get(&task.key) {
            None => Outcome::Gone,
            Some(live) if live["metadata"]["uid"] != task.uid.as_str() => Outcome::Stale,
            Some(live) if live["metadata"]["resourceVersion"] != task.seen.as_str() => {
                Outcome::Stale
            }
            Some(_) => {
                self.remove(&task.key);
                Outcome::Deleted
            }
        };
        let (app, life, key) = (task.app, task.life, task.key);
        self.answer(Carried { app, life, key, outcome, object: None });
    }

    fn patch(&mut self, key: &ObjectKey, body: &Value) -> Result<Box<Value>, WriteError> {
        let mut object = self.objects.get(key).cloned().ok_or(WriteError::Gone)?;
        patch::apply(&mut object, body);
        self.put(object.clone());
        Ok(Box::new(self.seen(self.objects.get(key).unwrap_or(&object))))
    }

    fn write(&mut self, task: WriteTask) {
        let what =
            if task.patch["metadata"]["finalizers"].is_null() { "status" } else { "finalizer" };
        self.wrote(format!("{what} {} {}", task.app.kind.kind, task.app.name));
        for condition in task.patch["status"]["conditions"].as_array().into_iter().flatten() {
            let text = |name: &str| condition[name].as_str().unwrap_or_default().to_owned();
            self.said.insert((text("type"), text("message")));
        }
        let key = ObjectKey::namespaced(
            &task.app.kind,
            task.app.namespace.as_str(),
            task.app.name.as_str(),
        );
        let stale = task.seen.as_ref().is_some_and(|seen| {
            self.objects
                .get(&key)
                .is_some_and(|live| live["metadata"]["resourceVersion"] != seen.as_str())
        });
        let answer = if stale {
            Err(WriteError::Stale("it was changed".to_owned()))
        } else if let Some(message) = self.refused.get(&key) {
            Err(WriteError::Refused(Failure { class: Class::User, message: message.clone() }))
        } else if self.unheard {
            let told = self.events.len();
            drop(self.patch(&key, &task.patch));
            self.events.truncate(told);
            Err(WriteError::Uncertain("no answer".to_owned()))
        } else {
            self.patch(&key, &task.patch)
        };
        self.events.push_back(Event::Written(task.app, task.ticket, answer));
    }

    fn shard(&mut self, change: ShardChange) -> Result<Option<Box<Value>>, WriteError> {
        match change {
            ShardChange::Create(object) => {
                let key = key_of(&object);
                self.wrote(format!("create-shard {} {}", key.kind, key.name));
                if self.objects.contains_key(&key) {
                    return Err(WriteError::Stale("it is there".to_owned()));
                }
                self.put(object);
                Ok(Some(Box::new(self.objects[&key].clone())))
            }
            ShardChange::Replace { key, patch, seen, .. } => {
                self.wrote(format!("replace-shard {} {}", key.kind, key.name));
                if self.objects[&key]["metadata"]["resourceVersion"] != seen.as_str() {
                    return Err(WriteError::Stale("it was changed".to_owned()));
                }
                self.patch(&key, &patch).map(Some)
            }
            ShardChange::Delete { key, .. } => {
                self.wrote(format!("delete-shard {} {}", key.kind, key.name));
                self.remove(&key);
                Ok(None)
            }
        }
    }
}

/// What the server says of a collection that may not be listed.
fn refusal(id: WatchId, request: &WatchRequest) -> Event {
    let message = format!("cannot list resource \"{}\": we may not list it", request.plural);
    Event::Watched(id, WatchEvent::Broken { trouble: ClusterTrouble::Forbidden, message })
}

fn key_of(object: &Value) -> ObjectKey {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let kind = GroupVersionKind::of(text("/apiVersion"), text("/kind")).group_kind();
    match text("/metadata/namespace") {
        "" => ObjectKey::cluster(&kind, text("/metadata/name")),
        namespace => ObjectKey::namespaced(&kind, namespace, text("/metadata/name")),
    }
}
