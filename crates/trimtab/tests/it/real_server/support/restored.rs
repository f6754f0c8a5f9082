//! A real API server of a test's own, and a cluster as another controller left it.

use super::place::{Place, SOURCE, define, path};
use super::repository::Repository;
use serde_json::{Value, json};
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use trimtab_testkit::control_plane::{ControlPlane, Options};
use trimtab_testkit::git_server::GitServer;

/// The namespace of the other controller's resources.
const RESOURCES: &str = "peer";
/// The namespace of what it had applied.
const OBJECTS: &str = "bench";
/// Who asks for the audit log's judgement.
const USER: &str = "operator";

/// Collections in the order in which they are restored: what is managed before who manages it.
const COLLECTIONS: [(&str, &str, &str); 7] = [
    ("configmaps", "v1", OBJECTS),
    ("serviceaccounts", "v1", OBJECTS),
    ("services", "v1", OBJECTS),
    ("deployments", "apps/v1", OBJECTS),
    ("gitrepositories", "source.toolkit.fluxcd.io/v1", RESOURCES),
    ("kustomizations", "kustomize.toolkit.fluxcd.io/v1", RESOURCES),
    ("applications", "argoproj.io/v1alpha1", RESOURCES),
];

/// A real API server of its own with the reference's definitions, and a repository on a Git server.
pub struct Alone {
    pub place: Place,
    pub env: Repository,
    pub git: GitServer,
    _control_plane: ControlPlane,
}

impl Alone {
    /// Nothing in it but the definitions and the namespace.
    pub fn start() -> Self {
        let control_plane = ControlPlane::start(&Options::default()).expect("a control plane");
        let place = Place::of((*control_plane).clone(), RESOURCES, USER);
        reference_definitions(&place);
        create_namespace(&place, RESOURCES);
        let env = Repository::new(place.folder(), "env");
        let git = GitServer::start(place.folder(), None).expect("a server");
        Self { place, env, git, _control_plane: control_plane }
    }
}

/// The cluster, with the tree that it was made from on a Git server.
pub struct Restored {
    pub alone: Alone,
    /// The commit that the branch points at, which is not the one that was applied.
    pub commit: String,
}

impl Deref for Restored {
    type Target = Alone;

    fn deref(&self) -> &Alone {
        &self.alone
    }
}

impl Restored {
    /// Restores one of the folders of `tests/fixtures`. The definitions are the reference's own.
    pub fn from(folder: &str) -> Self {
        let alone = Alone::start();
        create_namespace(&alone.place, OBJECTS);
        let fixtures = trimtab_testkit::repository().join("tests/fixtures");
        copy(&fixtures.join("repo"), &fixtures.join("repo"), &alone.env);
        let commit = alone.env.push();
        for (plural, api_version, namespace) in COLLECTIONS {
            let file = fixtures.join(folder).join(format!("{plural}.json"));
            let Ok(text) = fs::read_to_string(file) else { continue };
            let objects: Vec<Value> = serde_json::from_str(&text).expect("a list");
            let collection = path(namespace, api_version, plural);
            for mut object in objects {
                rewrite(&mut object, &alone.git.url("env.git"));
                restore(&alone.place, &collection, &object);
            }
        }
        Self { alone, commit }
    }

    /// Asks for a look at the second family's source: its recorded interval is an hour.
    pub fn ask(&self) {
        let sources = self.place.at(SOURCE, "gitrepositories");
        let asked = json!({
            "metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}},
        });
        if self.place.read(&sources, "env").is_some() {
            self.place.patch(&sources, "env", "person", &asked);
        }
    }

    /// The path of a collection in the namespace of the objects.
    pub fn objects(api_version: &str, plural: &str) -> String {
        path(OBJECTS, api_version, plural)
    }

    /// What the operator wrote to anything but the families' own resources.
    pub fn writes_to_workloads(&self) -> Vec<String> {
        let own = ["applications", "appprojects", "kustomizations", "gitrepositories", "events"];
        let writes = self.place.writes().into_iter();
        let workloads = writes.filter(|write| !own.contains(&write.resource.as_str()));
        workloads.map(|write| write.to_string()).collect()
    }
}

fn create_namespace(place: &Place, name: &str) {
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    place.admin.create("/api/v1/namespaces", &namespace).expect("a namespace");
}

/// The definitions that the reference's own installations bring.
fn reference_definitions(place: &Place) {
    let folder = trimtab_testkit::repository().join("crates/crd/tests/fixtures");
    for file in fs::read_dir(folder).expect("a folder") {
        let file = file.expect("an entry").path();
        let name = file.file_stem().and_then(|name| name.to_str()).expect("a name");
        define(&place.admin, name, &fs::read(&file).expect("a definition"));
    }
}

fn copy(root: &Path, folder: &Path, env: &Repository) {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            copy(root, &path, env);
        } else {
            let name = path.strip_prefix(root).expect("below").to_str().expect("UTF-8");
            env.write(name, fs::read(&path).expect("a file"));
        }
    }
}

/// The recorded repository's URL stands in spec and status; ours takes its place.
fn rewrite(value: &mut Value, url: &str) {
    match value {
        Value::String(text) if text.starts_with("http://") && text.ends_with("/env.git") => {
            url.clone_into(text);
        }
        Value::Array(all) => all.iter_mut().for_each(|one| rewrite(one, url)),
        Value::Object(all) => all.values_mut().for_each(|one| rewrite(one, url)),
        _ => {}
    }
}

/// Posts the object, gives it its status, and then exactly the recorded managers.
fn restore(place: &Place, collection: &str, recorded: &Value) {
    let mut object = recorded.clone();
    let metadata = object["metadata"].as_object_mut().expect("metadata");
    for field in ["uid", "resourceVersion", "creationTimestamp", "generation"] {
        metadata.remove(field);
    }
    let managers = metadata.remove("managedFields").expect("managers");
    let name = metadata["name"].as_str().expect("a name").to_owned();
    place.admin.create(collection, &object).expect("restored");
    let path = format!("{collection}/{name}");
    let is_second = collection.contains("fluxcd.io");
    if is_second {
        let status = json!({"status": recorded["status"]});
        let merge = "application/merge-patch+json";
        place.admin.must("PATCH", &format!("{path}/status"), merge, &status).expect("a status");
    }
    let replace = json!([{"op": "replace", "path": "/metadata/managedFields", "value": managers}]);
    let taken = place.admin.must("PATCH", &path, "application/json-patch+json", &replace);
    assert_eq!(taken.expect("taken")["metadata"]["managedFields"], managers, "{path}");
}
