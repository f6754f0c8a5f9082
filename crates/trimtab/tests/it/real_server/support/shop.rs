//! Both doors on one repository that a test breaks, with others that have to go on.

use super::place::{ARGOPROJ, KUSTOMIZE, SOURCE};
use super::{Place, Repository};
use serde_json::Value;
use trimtab_testkit::git_server::GitServer;

/// An Application `shop` (directory `app`) and a Kustomization `shop-too` (directory `too`) on the
/// repository `env`; an Application `beside` in another directory of it, and one, `other`, on another
/// repository of another server.
pub struct Shop {
    pub place: Place,
    pub env: Repository,
    pub server: GitServer,
    pub other: Repository,
    _other_server: GitServer,
    before: Vec<Value>,
}

/// The objects that must stay.
const KEPT: [&str; 4] = ["app-a", "app-b", "too-a", "too-b"];

impl Shop {
    /// Everything synced.
    pub fn open() -> Self {
        let place = Place::new();
        let folder = place.folder().join("served");
        let others = place.folder().join("served-too");
        for folder in [&folder, &others] {
            std::fs::create_dir(folder).expect("a folder");
        }
        let (env, other) = (Repository::new(&folder, "env"), Repository::new(&others, "other"));
        for name in KEPT {
            let (directory, file) = name.split_once('-').expect("a directory");
            env.write(&format!("{directory}/{file}.yaml"), config_map(name, "first"));
        }
        env.write("beside/map.yaml", config_map("beside", "first")).push();
        other.write("map.yaml", config_map("other", "first")).push();
        let server = GitServer::start(&folder, None).expect("a server");
        let other_server = GitServer::start(&others, None).expect("a server");
        place.application("shop", &server.url("env.git"), "app");
        place.application("beside", &server.url("env.git"), "beside");
        place.application("other", &other_server.url("other.git"), ".");
        place.git_repository("env", &server.url("env.git"), None);
        place.kustomization("shop-too", "env", "./too");
        place.operate(&[]);
        let mut shop =
            Self { place, env, server, other, _other_server: other_server, before: Vec::new() };
        for app in ["shop", "beside", "other"] {
            shop.place.until_synced(app);
        }
        shop.place.until_ready(KUSTOMIZE, "kustomizations", "shop-too");
        shop.before = shop.kept();
        shop
    }

    /// Waits until the Application says this.
    pub fn application_says(&self, kind: &str, words: &[&str]) -> String {
        let (applications, name) =
            (self.place.at(ARGOPROJ, "applications"), self.place.app("shop"));
        self.place.until_said(&applications, &name, kind, words)
    }

    /// Waits until the Kustomization says this.
    pub fn kustomization_says(&self, kind: &str, words: &[&str]) -> String {
        let kustomizations = self.place.at(KUSTOMIZE, "kustomizations");
        self.place.until_said(&kustomizations, "shop-too", kind, words)
    }

    /// Waits until the GitRepository says this.
    pub fn source_says(&self, kind: &str, words: &[&str]) -> String {
        self.place.until_said(&self.place.at(SOURCE, "gitrepositories"), "env", kind, words)
    }

    /// The application on another repository is synced with another commit.
    pub fn another_repository_goes_on(&self) {
        self.other.write("map.yaml", config_map("other", "second")).push();
        self.place.until_value("other", "second");
    }

    /// So is the one in another directory of the broken repository.
    pub fn another_directory_goes_on(&self) {
        self.env.write("beside/map.yaml", config_map("beside", "second")).push();
        self.place.until_value("beside", "second");
    }

    /// No delete was even tried, and every object is the one that it was.
    pub fn nothing_was_deleted(&self) {
        let deletes = self.place.deletes();
        assert!(deletes.is_empty(), "{deletes:#?}");
        let (now, before) = (self.kept(), &self.before);
        assert_eq!(uids(&now), uids(before));
    }

    /// Every object is as it was, to the version.
    pub fn nothing_was_changed(&self) {
        self.nothing_was_deleted();
        assert_eq!(self.kept(), self.before);
    }

    fn kept(&self) -> Vec<Value> {
        let maps = self.place.at("v1", "configmaps");
        KEPT.iter().map(|name| self.place.read(&maps, name).expect("it is there")).collect()
    }
}

fn uids(objects: &[Value]) -> Vec<&Value> {
    objects.iter().map(|object| &object["metadata"]["uid"]).collect()
}

/// A ConfigMap with one value.
pub fn config_map(name: &str, value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  value: {value}\n")
}
