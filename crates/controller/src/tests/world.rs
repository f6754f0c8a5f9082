//! A cluster and a repository in memory, as far as the engine's effects need them.

use crate::effect::{ApplyTask, DeleteTask, Effect, RenderTask, ShardChange, WriteTask};
use crate::event::{Event, RenderOutcome, Rendering, WatchId};
use crate::sources::{Ask, Pace};
use crate::{Engine, Families, Metrics, Settings, annotations, in_cluster, marks};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use trimtab_crd::patch;
use trimtab_index::{Decoder, MarkRule, Rules, SecretKey};
use trimtab_inventory::parse_id;
use trimtab_merge::{Apply, Force, Schema};
use trimtab_model::{AppId, GroupKind, GroupVersionKind, ObjectKey, Scope, Timestamp, Uid};
use trimtab_plan::{Baseline, DryRun, LiveObject};
use trimtab_ports::cluster::{
    Detail, Discovery, GroupFact, Mode, ServedGroup, ServedKind, ServedVersion, Trouble,
    VersionFact, WatchEvent, WatchRequest, WriteError,
};
use trimtab_ports::git::{Ancestry, Head, Id, RefRow, Refs};
use trimtab_render::{FileTree, Kept, MemoryTree, TreeInputs};
use trimtab_sync::{Change, Outcome};

/// Where applications live, and where they deploy to.
pub const HOME: &str = "argocd";
pub const SHOP: &str = "shop";

const KEY: [u8; 32] = [7; 32];

/// Kinds that the cluster serves: group and version, kind, plural, whether in namespaces.
const KINDS: [(&str, &str, &str, bool); 8] = [
    ("v1", "Namespace", "namespaces", false),
    ("v1", "ConfigMap", "configmaps", true),
    ("v1", "Secret", "secrets", true),
    ("apps/v1", "Deployment", "deployments", true),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false),
    ("argoproj.io/v1alpha1", "Application", "applications", true),
    ("argoproj.io/v1alpha1", "AppProject", "appprojects", true),
    ("trimtab.dev/v1alpha1", "Inventory", "inventories", true),
];

pub struct World {
    pub engine: Engine,
    pub metrics: Arc<Metrics>,
    pub now: Timestamp,
    pub objects: BTreeMap<ObjectKey, Value>,
    /// What was written, in order.
    pub log: Vec<String>,
    /// Whether the cluster serves Inventory objects.
    pub serves_inventories: bool,
    /// After so many more writes the process is killed: nothing is told any more.
    pub writes_left: Option<usize>,
    /// Kinds that may not be read.
    pub forbidden: Vec<&'static str>,
    watches: BTreeMap<WatchId, WatchRequest>,
    events: VecDeque<Event>,
    trees: Vec<MemoryTree>,
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
    let rule = |(mark, manager, predecessors)| MarkRule { mark, manager, predecessors };
    Decoder::new(Rules {
        marks: marks().into_iter().map(rule).collect(),
        annotations: annotations(),
        secret_key: SecretKey(KEY),
    })
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
            serves_inventories: true,
            writes_left: None,
            forbidden: Vec::new(),
            watches: BTreeMap::new(),
            events: VecDeque::new(),
            trees: vec![MemoryTree::default()],
            version: 100,
            decoder: decoder(),
        };
        for namespace in [HOME, SHOP] {
            world.put(
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
            );
        }
        world.put(json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "applications.argoproj.io"},
            "spec": {"group": "argoproj.io", "names": {"kind": "Application", "plural": "applications"},
                "scope": "Namespaced", "versions": []},
        }));
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
                "source": {"repoURL": "https://example.org/env.git", "path": name,
                    "targetRevision": "main"},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": SHOP},
                "syncPolicy": {"automated": {"prune": true, "selfHeal": true}},
            },
        });
        change(&mut app);
        self.put(app);
    }

    /// A commit that makes a file say this.
    pub fn push(&mut self, path: &str, content: &str) {
        let tree = self.trees.last().expect("there is a first one").clone();
        self.trees.push(tree.with(path, content));
        let urls = vec!["https://example.org/env.git".to_owned()];
        self.events.push_back(Event::Pushed(urls, None));
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
                }
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

    /// The cluster begins to serve Inventory objects.
    pub fn install_inventories(&mut self) {
        self.serves_inventories = true;
        self.events.push_back(Event::Discovered(Ok(self.discovery())));
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
            let event = self.told(key, detail);
            self.events.push_back(Event::Watched(id, event));
        }
    }

    fn told(&self, key: &ObjectKey, detail: Detail) -> WatchEvent {
        match detail {
            Detail::Whole | Detail::Selected(_) => {
                WatchEvent::Object(Box::new(self.objects[key].clone()))
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

    fn wrote(&mut self, line: String) {
        self.log.push(line);
        if let Some(left) = &mut self.writes_left {
            *left -= 1;
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Discover => self.events.push_back(Event::Discovered(Ok(self.discovery()))),
            Effect::Watch(id, request) => self.watch(id, request),
            Effect::Unwatch(id) => drop(self.watches.remove(&id)),
            Effect::Git(Ask::Look { remote, .. }) => {
                let event = Event::Looked(remote, Ok(self.refs()), 0.0);
                self.events.push_back(event);
            }
            Effect::Git(Ask::Fetch { remote, commit, known_tip }) => {
                let ancestry = known_tip.map_or(Ancestry::First, |_| Ancestry::Descendant);
                self.events.push_back(Event::Fetched(remote, commit, Ok(ancestry)));
            }
            Effect::Follow(_) | Effect::Keep(_) => {}
            Effect::Render(tasks) => {
                let done = tasks.into_iter().map(|task| self.render(task)).collect();
                self.events.push_back(Event::Rendered(done));
            }
            // There are no predecessors here.
            Effect::Apply(task) | Effect::Migrate(task, _) => self.apply(task),
            Effect::Delete(task) => self.delete(task),
            Effect::DryRun(task) => {
                self.log.push(format!("dry-run {}", task.key));
                let Mode::Update { seen: against, .. } = task.mode else { unreachable!() };
                let dry_run = DryRun { desired: task.desired, against, changes: Ok(false) };
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
                self.log.push(format!("announce {}: {}", task.event.reason, task.event.message));
            }
        }
    }

    fn discovery(&self) -> Discovery {
        let mut discovery = Discovery::default();
        for (api_version, kind, plural, namespaced) in KINDS {
            if kind == "Inventory" && !self.serves_inventories {
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
        let kind = &self.watches[&id].kind.kind;
        if self.forbidden.iter().any(|forbidden| kind.as_str() == *forbidden) {
            let (trouble, message) = (Trouble::Forbidden, "we may not list it".to_owned());
            self.events.push_back(Event::Watched(id, WatchEvent::Broken { trouble, message }));
            return;
        }
        let keys: Vec<ObjectKey> = self.objects.keys().cloned().collect();
        for key in keys {
            if self.watching(&key).iter().any(|(known, _)| *known == id) {
                let event = self.told(&key, detail);
                self.events.push_back(Event::Watched(id, event));
            }
        }
        self.events.push_back(Event::Watched(id, WatchEvent::Synced));
    }

    fn refs(&self) -> Arc<Refs> {
        let number = u8::try_from(self.trees.len()).expect("few commits");
        let id = Id::from_bytes([number; 20]);
        let head = Head { target: Some("refs/heads/main".into()), commit: Some(id) };
        let rows = vec![RefRow { name: "refs/heads/main".into(), object: id, peeled: id }];
        Arc::new(Refs::new(Some(head), rows))
    }

    fn render(&self, task: RenderTask) -> Rendering {
        let parts = task.sources.iter().map(|(source, commit)| {
            let id = Id::of(commit).expect("a commit of ours");
            let tree: &dyn FileTree = &self.trees[usize::from(id.as_bytes()[0]) - 1];
            let inputs = TreeInputs::new(tree);
            Arc::new(Kept::new(trimtab_render::render(&source.path, &source.renderer, &inputs)))
        });
        let outcome = RenderOutcome::Rendered(parts.collect());
        Rendering { app: task.app, ticket: task.ticket, outcome }
    }

    fn apply(&mut self, task: ApplyTask) {
        self.wrote(format!("apply {} {}", task.key.kind, task.key.name));
        let live = self.objects.get(&task.key).cloned();
        let outcome = if live.is_some() == (task.mode == Mode::Create) {
            Outcome::Stale
        } else {
            let kind = task.key.group_kind().at(task.version.clone());
            let schema = Schema::built_in(&kind).unwrap_or_else(Schema::deduced);
            let applied = trimtab_merge::apply(&Apply {
                schema: &schema,
                live: live.as_ref(),
                desired: &task.body.value(),
                manager: &task.manager,
                subresource: "",
                force: Force::Take,
                now: self.now,
            });
            let applied = applied.expect("a good object");
            self.put(applied.object);
            let row = self.row(&task.key);
            let baseline = Baseline {
                uid: row.uid.clone(),
                desired: task.desired,
                entry: row.entry.expect("our entry"),
                resource_version: row.resource_version.clone(),
            };
            let change = if live.is_some() { Change::Configured } else { Change::Created };
            let outcome = Outcome::Applied { change, baseline };
            self.events.push_back(Event::Carried(task.app, task.key, outcome, Some(Box::new(row))));
            return;
        };
        self.events.push_back(Event::Carried(task.app, task.key, outcome, None));
    }

    fn delete(&mut self, task: DeleteTask) {
        self.wrote(format!("delete {} {}", task.key.kind, task.key.name));
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
        self.events.push_back(Event::Carried(task.app, task.key, outcome, None));
    }

    fn patch(&mut self, key: &ObjectKey, body: &Value) -> Result<Box<Value>, WriteError> {
        let mut object = self.objects.get(key).cloned().ok_or(WriteError::Gone)?;
        patch::apply(&mut object, body);
        self.put(object.clone());
        Ok(Box::new(self.objects.get(key).cloned().unwrap_or(object)))
    }

    fn write(&mut self, task: WriteTask) {
        let what =
            if task.patch["metadata"]["finalizers"].is_null() { "status" } else { "finalizer" };
        self.wrote(format!("{what} {} {}", task.app.kind.kind, task.app.name));
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

fn key_of(object: &Value) -> ObjectKey {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let kind = GroupVersionKind::of(text("/apiVersion"), text("/kind")).group_kind();
    match text("/metadata/namespace") {
        "" => ObjectKey::cluster(&kind, text("/metadata/name")),
        namespace => ObjectKey::namespaced(&kind, namespace, text("/metadata/name")),
    }
}
