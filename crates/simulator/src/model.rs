//! What a world's people want: applications, their files, and what each commit says.

use crate::chance::Chance;
use crate::git::{BRANCH, Files, Repositories};
use crate::objects::{Item, Sort};
use crate::ownership::{self, Called, NAMESPACE, Owner};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trimtab_model::Commit;

/// By which door an application comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// An Application.
    First,
    /// A Kustomization with its `GitRepository`.
    Second,
}

/// One application as its people want it.
#[expect(clippy::struct_excessive_bools, reason = "switches of the resource, each for itself")]
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its door.
    pub door: Door,
    /// Its repository.
    pub url: Arc<str>,
    /// Where its objects go.
    pub namespace: String,
    /// Whether it syncs by itself.
    pub automated: bool,
    /// Whether it prunes by itself.
    pub prune: bool,
    /// Whether it repairs drift by itself.
    pub self_heal: bool,
    /// Whether its objects go with it.
    pub cascade: bool,
    /// Whether its resource is there.
    pub exists: bool,
    /// Its objects, by file.
    pub files: BTreeMap<String, Item>,
    /// The file that cannot be read.
    pub broken: Option<String>,
    /// Whether its destination's namespace is created by it.
    pub creates_namespace: bool,
    /// Whether its directory stays when its last object goes: Git knows no empty ones.
    pub keeps_directory: bool,
}

/// What one commit says of one application.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Its objects, their namespace filled in.
    pub objects: BTreeMap<Called, Value>,
    /// Whether a file cannot be read, or the directory is not there.
    pub broken: bool,
}

/// An application's files, and the one that cannot be read.
pub type Written = (BTreeMap<String, Item>, Option<String>);

/// Everything that people want, and have wanted.
#[derive(Default)]
pub struct Model {
    /// The repositories.
    pub repositories: Repositories,
    /// The applications.
    pub apps: Vec<Wanted>,
    /// What each commit said.
    pub said: BTreeMap<(Owner, Commit), Snapshot>,
    /// What each commit's people wanted of each application: its files, and the unreadable one.
    pub wanted: BTreeMap<(Owner, Commit), Written>,
    /// Objects that persons made and nobody deploys: path and uid.
    pub foreign: BTreeMap<String, String>,
    /// Applications whose resource another controller writes, or has written and nobody has said whose
    /// it is.
    pub strange: BTreeSet<Owner>,
    /// Commits that rewrote their branch.
    pub forced: BTreeSet<Commit>,
    /// Numbers commits and data.
    pub count: u64,
}

impl Wanted {
    /// The path of its resource.
    pub fn owner(&self) -> Owner {
        match self.door {
            Door::First => ownership::application(&self.name),
            Door::Second => ownership::kustomization(&self.name),
        }
    }

    /// Whether its objects of that sort carry its mark: the first door marks no definitions.
    pub fn marks(&self, called: &Called) -> bool {
        self.door == Door::Second || called.kind != "CustomResourceDefinition"
    }

    /// The directory of its files.
    pub fn directory(&self) -> String {
        format!("apps/{}", self.name)
    }

    /// Its files in the repository.
    pub fn texts(&self) -> Files {
        let text = |(file, item): (&String, &Item)| {
            let text = match &self.broken {
                Some(broken) if broken == file => BROKEN.to_owned(),
                _ => trimtab_yaml::emit(&item.document()),
            };
            (format!("{}/{file}", self.directory()), text)
        };
        let kept =
            self.keeps_directory.then(|| (format!("{}/.gitkeep", self.directory()), String::new()));
        self.files.iter().map(text).chain(kept).collect()
    }

    /// What its files say.
    pub fn snapshot(&self) -> Snapshot {
        let placed = |item: &Item| {
            let mut document = item.document();
            if !item.is_of_cluster() {
                document["metadata"]["namespace"] = self.namespace.as_str().into();
            }
            (Called::of(&document), document)
        };
        Snapshot {
            objects: self.files.values().map(placed).collect(),
            broken: self.broken.as_ref().is_some_and(|file| self.files.contains_key(file))
                || (self.files.is_empty() && !self.keeps_directory),
        }
    }

    /// The resource, as a person applies it.
    pub fn resource(&self) -> Value {
        match self.door {
            Door::First => self.application(),
            Door::Second => self.kustomization(),
        }
    }

    fn application(&self) -> Value {
        let mut policy = json!({
            "syncOptions": [format!("CreateNamespace={}", self.creates_namespace)],
            "retry": {"limit": 5, "backoff": {"duration": "2s", "factor": 2, "maxDuration": "1m"}},
        });
        if self.automated {
            policy["automated"] = json!({"prune": self.prune, "selfHeal": self.self_heal});
        }
        let mut resource = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": self.name, "namespace": NAMESPACE},
            "spec": {
                "project": "default",
                "source": {
                    "repoURL": &*self.url, "path": self.directory(), "targetRevision": BRANCH,
                },
                "destination": {
                    "server": "https://kubernetes.default.svc", "namespace": self.namespace,
                },
                "syncPolicy": policy,
            },
        });
        if self.cascade {
            resource["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]);
        }
        resource
    }

    fn kustomization(&self) -> Value {
        json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": self.name, "namespace": NAMESPACE},
            "spec": {
                "interval": "2m", "retryInterval": "30s", "timeout": "1m", "wait": self.self_heal,
                "path": format!("./{}", self.directory()), "prune": self.prune,
                "targetNamespace": self.namespace,
                "sourceRef": {"kind": "GitRepository", "name": source_name(&self.url)},
            },
        })
    }
}

/// What stands in a file that cannot be read.
pub const BROKEN: &str = "apiVersion: v1\nkind: [never closed\nmetadata: {}\n";

/// The name of the source resource of a repository.
pub fn source_name(url: &str) -> String {
    let name = url.rsplit('/').next().unwrap_or_default();
    name.trim_end_matches(".git").to_owned()
}

/// The source resource of a repository.
pub fn git_repository(url: &str) -> Value {
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": source_name(url), "namespace": NAMESPACE},
        "spec": {"url": url, "ref": {"branch": BRANCH}, "interval": "30s"},
    })
}

impl Model {
    /// A model from a seed.
    pub fn drawn(chance: &mut Chance) -> Self {
        let mut model = Self::default();
        let repositories = 1 + chance.index(2);
        let count = 2 + chance.index(3);
        for index in 0..count {
            let url = format!("https://git.example/repo-{}.git", chance.index(repositories));
            let app = app(index, url.into(), chance);
            model.apps.push(app);
        }
        let urls: BTreeSet<Arc<str>> = model.apps.iter().map(|app| app.url.clone()).collect();
        for url in urls {
            model.commit(&url, "the first");
        }
        model
    }

    /// Commits what the applications of a repository want now.
    pub fn commit(&mut self, url: &str, message: &str) -> Commit {
        let parent = self.repositories.tip(url);
        self.commit_onto(url, parent, message)
    }

    /// The same on top of another commit than the tip: a forced push.
    pub fn commit_onto(&mut self, url: &str, parent: Option<Commit>, message: &str) -> Commit {
        self.count += 1;
        let mut files = Files::from([("README.md".to_owned(), format!("{}\n", self.count))]);
        for app in self.apps.iter().filter(|app| *app.url == *url) {
            files.extend(app.texts());
        }
        let message = format!("{} {message}", self.count);
        let commit = self.repositories.commit(url, parent, files, &message);
        for app in self.apps.iter().filter(|app| *app.url == *url) {
            let at = (app.owner(), commit.clone());
            self.said.insert(at.clone(), app.snapshot());
            self.wanted.insert(at, (app.files.clone(), app.broken.clone()));
        }
        commit
    }

    /// What a commit says of an application.
    pub fn snapshot(&self, owner: &str, commit: &Commit) -> Option<&Snapshot> {
        self.said.get(&(owner.to_owned(), commit.clone()))
    }

    /// Whether one of an application's last commits has an object.
    pub fn lately_wanted(&self, app: &Wanted, called: &Called) -> bool {
        let mut at = self.repositories.tip(&app.url);
        for _ in 0..3 {
            let Some(commit) = at else { return false };
            let said = self.snapshot(&app.owner(), &commit);
            if said.is_some_and(|said| said.objects.contains_key(called)) {
                return true;
            }
            at = self.repositories.parent(&app.url, &commit);
        }
        false
    }

    /// Whether some commit had an object in another application.
    pub fn was_wanted_by_another(&self, owner: &str, called: &Called) -> bool {
        self.said
            .iter()
            .any(|((other, _), said)| other != owner && said.objects.contains_key(called))
    }

    /// The application behind a resource.
    pub fn app(&self, owner: &str) -> Option<&Wanted> {
        self.apps.iter().find(|app| app.owner() == owner)
    }

    /// A number that was not given before.
    pub fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }
}

fn app(index: usize, url: Arc<str>, chance: &mut Chance) -> Wanted {
    let door = if chance.percent(65) { Door::First } else { Door::Second };
    let automated = door == Door::Second || chance.percent(80);
    let creates_namespace = door == Door::First && chance.percent(25);
    let namespace = if creates_namespace {
        format!("own-{index}")
    } else {
        (*chance.pick(&["alpha", "beta"])).to_owned()
    };
    let mut app = Wanted {
        name: format!("app-{index}"),
        door,
        url,
        namespace,
        automated,
        prune: chance.percent(80),
        self_heal: chance.percent(70),
        cascade: chance.percent(60),
        exists: true,
        files: BTreeMap::new(),
        broken: None,
        creates_namespace,
        keeps_directory: index.is_multiple_of(2),
    };
    for number in 0..2 + chance.index(5) {
        let item = item(&app.name, number, chance);
        app.files.insert(format!("{}.yaml", item.name), item);
    }
    if chance.percent(30) {
        add_definition(&mut app, chance);
    }
    app
}

/// An object with a name that no other application uses.
pub fn item(app: &str, number: usize, chance: &mut Chance) -> Item {
    let sorts = [Sort::ConfigMap, Sort::ConfigMap, Sort::Secret, Sort::Service, Sort::Deployment];
    Item {
        sort: *chance.pick(&sorts),
        name: format!("{app}-{number}"),
        data: chance.below(1000),
        wave: *chance.pick(&[0, 0, 0, -1, 1, 2]),
        kept: chance.percent(6),
        finalizer: chance.percent(4),
    }
}

fn add_definition(app: &mut Wanted, chance: &mut Chance) {
    let plural = format!("gear{}s", app.name.trim_start_matches("app-"));
    let plain = |sort, name: String, data| Item {
        sort,
        name,
        data,
        wave: 0,
        kept: false,
        finalizer: false,
    };
    let definition = plain(Sort::Definition, format!("{plural}.{}", crate::objects::GROUP), 0);
    let widget = plain(Sort::Widget, format!("{plural}-one"), chance.below(1000));
    app.files.insert("definition.yaml".to_owned(), definition);
    app.files.insert("widget.yaml".to_owned(), widget);
}
