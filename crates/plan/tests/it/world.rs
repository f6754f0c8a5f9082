//! A world of a few applications and one cluster, as maps.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use trimtab_health::{Status, StatusCode};
use trimtab_inventory::{Entries, Entry as Inventoried, Inventory};
use trimtab_merge::Schema;
use trimtab_model::*;
use trimtab_plan::*;
use trimtab_project::{Cluster, Project};
use trimtab_render::Rendered;

/// The names of a family that exists only here.
pub const MARK: &str = "test/owner";
const INSTALLATION: &str = "test/installation";

/// The applications and the cluster.
#[derive(Default)]
pub struct Setting {
    /// Names of applications that another namespace has; `false` where nobody can tell.
    pub elsewhere: BTreeMap<String, bool>,
    pub apps: BTreeMap<String, Application>,
    pub live: Cluster1,
    pub baselines: BTreeMap<(String, ObjectKey), Baseline>,
    /// What an earlier process left, for every application.
    pub recalled: BTreeMap<ObjectKey, Baseline>,
    pub dry_runs: BTreeMap<ObjectKey, DryRun>,
}

/// One application: what its render has, and what it applied.
#[derive(Clone)]
pub struct Application {
    pub app: App,
    pub project: Option<Project>,
    pub rendered: Rendered,
    /// The revision of that render.
    pub revision: u8,
    /// Whether the others know what its render has.
    pub known: bool,
    pub inventory: Inventory,
}

/// The watched cluster.
#[derive(Clone, Default)]
pub struct Cluster1 {
    pub objects: BTreeMap<ObjectKey, (LiveObject, Value)>,
    /// Kinds whose collections cannot be read.
    pub unreadable: BTreeSet<GroupKind>,
    /// Groups whose discovery failed.
    pub undiscovered: BTreeSet<Name>,
}

const CLUSTER_KINDS: [&str; 7] = [
    "Namespace",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
    "StorageClass",
    "PriorityClass",
    "PersistentVolume",
];

impl Live for Cluster1 {
    fn sighting(&self, key: &ObjectKey) -> Sighting<'_> {
        if self.unreadable.contains(&key.group_kind()) {
            return Sighting::Unknown("the kind cannot be read");
        }
        self.objects.get(key).map_or(Sighting::Absent, |(live, _)| Sighting::Seen(live))
    }

    fn owned_by(&self, claim: &OwnerClaim) -> Vec<ObjectKey> {
        let ours = self.objects.values().filter(|(live, _)| live.claims.contains(claim));
        ours.map(|(live, _)| live.key.clone()).collect()
    }

    fn kind(&self, kind: &GroupKind, version: &Version) -> KindFact {
        if self.undiscovered.contains(kind.group.as_str()) {
            return KindFact::Unknown("discovery of the group failed".into());
        }
        let scope = if CLUSTER_KINDS.contains(&kind.kind.as_str()) {
            Scope::Cluster
        } else {
            Scope::Namespaced
        };
        if Schema::built_in(&kind.at(version.clone())).is_some() {
            KindFact::Served(scope)
        } else if Schema::built_in(&kind.at("v1")).is_some() {
            KindFact::OtherVersions(scope, vec!["v1".into()])
        } else {
            KindFact::Absent
        }
    }

    fn body(&self, object: &LiveObject) -> Option<Value> {
        match object.content {
            Content::Kept(_) => self.objects.get(&object.key).map(|(_, body)| body.clone()),
            Content::OnDemand => None,
        }
    }
}

/// One application's look at the setting.
pub struct Eyes<'a> {
    setting: &'a Setting,
    name: &'a str,
    cluster: Cluster,
}

impl Memory for Eyes<'_> {
    fn baseline(&self, key: &ObjectKey) -> Option<&Baseline> {
        self.setting.baselines.get(&(self.name.to_owned(), key.clone()))
    }

    fn recalled(&self, key: &ObjectKey) -> Option<&Baseline> {
        self.setting.recalled.get(key)
    }

    fn dry_run(&self, key: &ObjectKey) -> Option<&DryRun> {
        self.setting.dry_runs.get(key)
    }
}

impl Schemas for Eyes<'_> {
    fn schema(&self, _kind: &GroupVersionKind) -> Option<Arc<Schema>> {
        None
    }
}

impl Claims for Eyes<'_> {
    fn status_of(&self, claim: &OwnerClaim, key: &ObjectKey) -> Claimant {
        let mut others = self.setting.apps.values();
        match others.find(|other| other.app.tracking.claim == *claim) {
            None => Claimant::Gone,
            Some(other) if !other.known => Claimant::Unknown,
            Some(other) if other.has(key) => Claimant::HasIt,
            Some(_) => Claimant::NoLongerHasIt,
        }
    }

    fn elsewhere(&self, claim: &OwnerClaim) -> Elsewhere {
        match self.setting.elsewhere.get(&*claim.owner) {
            _ if claim.installation.is_some() => Elsewhere::Nobody,
            None => Elsewhere::Nobody,
            Some(true) => Elsewhere::Is(OwnerClaim::new(MARK, format!("other/{}", claim.owner))),
            Some(false) => Elsewhere::Unknown("it is forbidden".into()),
        }
    }

    fn wanted(&self, key: &ObjectKey, ours: &OwnerClaim) -> Wanted {
        let others = || self.setting.apps.values().filter(|o| o.app.tracking.claim != *ours);
        if let Some(owner) = others().find(|other| other.known && other.has(key)) {
            return Wanted::By(owner.app.tracking.claim.clone());
        }
        let unknown = others().find(|other| !other.known);
        unknown.map_or(Wanted::ByNobody, |other| {
            Wanted::Unknown(Some(other.app.tracking.claim.clone()))
        })
    }

    fn creator(&self, _key: &ObjectKey, _ours: &OwnerClaim) -> Option<OwnerClaim> {
        None
    }
}

impl Application {
    pub fn has(&self, key: &ObjectKey) -> bool {
        self.rendered.objects.iter().any(|manifest| manifest.key == *key)
    }
}

impl Setting {
    /// Looks with the eyes of one application.
    pub fn with<T>(&self, name: &str, look: impl FnOnce(&World<'_>) -> T) -> T {
        let application = &self.apps[name];
        let cluster = Cluster { name: "in-cluster".into(), server: "https://kube".into() };
        let eyes = Eyes { setting: self, name, cluster };
        look(&World {
            app: &application.app,
            project: application.project.as_ref(),
            cluster: &eyes.cluster,
            inventory: &application.inventory,
            live: &self.live,
            memory: &eyes,
            claims: &eyes,
            schemas: &eyes,
            secret_key: &[7; 32],
        })
    }

    /// Plans a sync of one application, and has the plan looked at again.
    pub fn plan(&self, name: &str, request: &SyncRequest) -> (Desired, Assessment, Plan) {
        self.with(name, |world| {
            let desired = self.desired(name, world);
            let assessment = assess(world, &desired);
            let plan = plan(world, &desired, &assessment, request);
            lint(&plan, world, &desired, request).expect("the plan keeps the invariants");
            (desired, assessment, plan)
        })
    }

    pub fn desired(&self, name: &str, world: &World<'_>) -> Desired {
        let application = &self.apps[name];
        let part = Part {
            source: &application.app.sources[0],
            revision: revision(application.revision),
            rendered: &application.rendered,
        };
        desired(world, &[part])
    }
}

pub fn revision(number: u8) -> SourceRevision {
    let commit = Commit::parse(&format!("{number:040x}")).expect("forty digits");
    SourceRevision { commit, found_as: Some("main".into()) }
}

/// An application with everything switched as the families do by default.
pub fn application(name: &str, order: Order) -> Application {
    let stages = order == Order::Stages;
    let directory = Directory {
        recurse: true,
        include: None,
        exclude: None,
        files: FileSelection::LooksLikeManifests,
        duplicate_keys: if stages { DuplicateKeys::Refuse } else { DuplicateKeys::LastWins },
        unknown_fields: UnknownFields::Refuse,
        namespace_override: None,
        common_labels: BTreeMap::new(),
        common_annotations: BTreeMap::new(),
    };
    let source = Source {
        remote: Remote { url: "https://git/shop".into(), credential: None },
        revision: RevisionSpec::Branch("main".into()),
        path: "".into(),
        renderer: Renderer::Directory(directory),
    };
    let app = App {
        id: AppId {
            kind: GroupKind::new("test", "App"),
            namespace: "apps".into(),
            name: name.into(),
        },
        uid: name.into(),
        created: None,
        digest: Digest::of(name.as_bytes()),
        project: "default".into(),
        sources: vec![source],
        destination: Destination { cluster: None, namespace: Some("shop".into()) },
        tracking: tracking(name),
        annotations: Arc::new(annotations()),
        policy: policy(order),
        deleting: None,
        suspended: false,
        not_supported: Vec::new(),
    };
    let rendered = rendered(Vec::new());
    let inventory = Inventory::default();
    Application { app, project: None, rendered, revision: 1, known: true, inventory }
}

pub fn tracking(name: &str) -> Tracking {
    Tracking {
        mark: Mark::Annotation {
            name: MARK.into(),
            installation: INSTALLATION.into(),
            unmarked: vec![GroupKind::new("apiextensions.k8s.io", "CustomResourceDefinition")],
        },
        claim: OwnerClaim::new(MARK, name),
        manager: "test".into(),
        predecessors: vec!["kubectl*".into()],
    }
}

pub fn annotations() -> Annotations {
    let values = [
        ("Prune=false", Meaning::NeverPrune),
        ("Delete=false", Meaning::NeverDelete),
        ("PruneLast=true", Meaning::PruneLast),
        ("Validate=false", Meaning::DropUnknownFields),
        ("IgnoreExtraneous", Meaning::IgnoreExtraneous),
        ("LeaveAlone", Meaning::LeaveAlone),
        ("CreateOnly", Meaning::CreateOnly),
        ("Replace=true", Meaning::Restrains),
    ];
    let types =
        [("PreSync", HookType::Restrains), ("PostSync", HookType::Adds), ("Skip", HookType::Skip)];
    Annotations {
        wave: vec!["test/wave".into()],
        hooks: vec![HookAnnotation {
            name: "test/hook".into(),
            types: types.map(|(name, kind)| (name.into(), kind)).to_vec(),
        }],
        switches: vec![Switch {
            name: "test/options".into(),
            place: Place::Annotation,
            form: Form::List,
            values: values.map(|(name, meaning)| (name.into(), meaning)).to_vec(),
            otherwise: Meaning::Adds,
        }],
    }
}

fn policy(order: Order) -> SyncPolicy {
    SyncPolicy {
        trigger: Trigger::Automatic,
        prune: true,
        allow_empty: false,
        self_heal: SelfHeal::Immediate,
        order,
        retry: Retry {
            limit: Some(5),
            backoff: Backoff { first: Duration::from_secs(5), factor: 2, longest: None },
            refresh: false,
        },
        health: HealthWait::Between,
        create_namespace: NamespaceCreation::Never,
        options: Options {
            prune: PruneOption::Prune,
            delete: true,
            drop_unknown_fields: false,
            only_out_of_sync: false,
            prune_last: false,
            fail_on_shared: false,
            propagation: Propagation::Foreground,
        },
        ignore: Vec::new(),
        deletion: DeletionPolicy::Cascade(Propagation::Foreground),
        prune_limit: PruneLimit::Budget { objects: 20, percent: 50 },
        approval: None,
        rewritten_branch: None,
        history_max: 10,
    }
}

pub fn rendered(objects: Vec<Manifest>) -> Rendered {
    let mut rendered = Rendered::unreadable(String::new());
    rendered.problems.clear();
    rendered.objects = objects;
    rendered.complete = true;
    rendered
}

pub fn manifest(body: Value) -> Manifest {
    let origin = Origin { file: "shop.yaml".into(), line: 1 };
    Manifest::new(body, origin).expect("a manifest")
}

/// A live object with a body; its mark and annotations are read from the body, as an index does.
pub fn live(body: Value, uid: &str, resource_version: u64) -> (LiveObject, Value) {
    let manifest = manifest(body.clone());
    let claims = tracking("").mark.read(&manifest.key, &body["metadata"]).into_iter().collect();
    let annotation = |name: &str| Some((name.into(), manifest.annotation(name)?.into()));
    let object = LiveObject {
        key: manifest.key.clone(),
        version: manifest.version.clone(),
        uid: uid.into(),
        resource_version: resource_version.to_string().into(),
        generation: None,
        owners: Vec::new(),
        claims,
        deleting: None,
        health: None,
        status: Status { code: StatusCode::Current, message: String::new(), changes_at: None },
        annotations: ["test/wave", "test/options"].into_iter().filter_map(annotation).collect(),
        entry: None,
        content: Content::Kept(Arc::from([])),
    };
    (object, body)
}

pub fn inventory(keys: impl IntoIterator<Item = ObjectKey>) -> Inventory {
    let entries: Entries =
        keys.into_iter().map(|key| (key, Inventoried { version: "v1".into() })).collect();
    Inventory::Known(entries)
}

/// A manifest of a kind, valid for its schema, whose content is a label.
pub fn body(api_version: &str, kind: &str, (namespace, name): (Option<&str>, &str)) -> Value {
    let mut body = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}});
    if let Some(namespace) = namespace {
        body["metadata"]["namespace"] = namespace.into();
    }
    body
}
