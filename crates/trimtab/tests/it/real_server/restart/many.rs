//! Many synced applications in the shapes that people use.

use super::process::Process;
use crate::real_server::support::{ARGOPROJ, Place, Repository, config_map, define};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use trimtab_testkit::control_plane::Request;

/// How many applications of the shape of four there are, if the environment does not say.
const COUNT: usize = 60;
/// Directories of `tests/shapes` that are applications of their own.
const SHAPES: [&str; 3] = ["guestbook", "settings", "waves"];
/// An application of many kinds, of which some are never healthy where nothing runs them.
const KINDS: &str = "kinds";

/// A place whose applications were synced by an operator that has ended.
pub struct Many {
    place: Place,
    env: Repository,
    names: Vec<String>,
}

/// What a restart has cost, by the audit log.
pub struct Cost {
    pub writes: Vec<Request>,
    pub dry_runs: Vec<Request>,
}

impl Many {
    pub fn synced() -> Self {
        let place = Place::new();
        let env = Repository::new(place.folder(), "env");
        let mut names = Vec::new();
        let count = std::env::var("TRIMTAB_RESTART_APPLICATIONS");
        let count = count.map_or(COUNT, |text| text.parse().expect("a number"));
        for number in 0..count {
            let name = format!("app-{number:05}");
            for (file, text) in four(&name) {
                env.write(&format!("{name}/{file}"), text);
            }
            names.push(name);
        }
        let tests = trimtab_testkit::repository().join("tests");
        for shape in SHAPES {
            copy(&tests.join("shapes").join(shape), &env, shape);
            names.push(shape.to_owned());
        }
        copy(&tests.join("kinds/namespaced"), &env, KINDS);
        names.push(KINDS.to_owned());
        let group = format!("{}.restart.example.com", place.namespace);
        let definition = definition(&group);
        define(&place.admin, &format!("tides.{group}"), definition.as_bytes());
        env.write("custom/tide.yaml", custom(&group));
        env.write("secret/secret.yaml", SECRET);
        env.write("marker/map.yaml", config_map("marker", "first"));
        env.push();
        names.extend(["custom", "secret", "marker"].map(str::to_owned));
        for name in &names {
            place.application(name, &env.file_url(), name);
        }
        let many = Self { place, env, names };
        let mut process = Process::start(&many.place, &many.cache());
        many.until_all_synced();
        process.until_settled(many.names.len() as u64);
        let (status, _, log) = process.terminate();
        assert!(status.success(), "{status}\n{log}");
        many
    }

    pub fn count(&self) -> usize {
        self.names.len()
    }

    pub fn cache(&self) -> PathBuf {
        self.place.folder().join("cache")
    }

    /// Starts the operator after a commit that changes no application, lets it find that nothing is to
    /// be done, and has it do one thing to see that it is through. Returns what else it did.
    pub fn restart(&self) -> Cost {
        let before = self.audit().len();
        self.env.write("README.md", format!("After {before} requests.\n")).push();
        let mut process = Process::start(&self.place, &self.cache());
        process.until_settled(self.names.len() as u64);
        let value = format!("after {before} requests");
        self.env.write("marker/map.yaml", config_map("marker", &value)).push();
        self.place.until_value("marker", &value);
        let applications = self.place.at(ARGOPROJ, "applications");
        let commit = self.env.git(&["rev-parse", "HEAD"]);
        let name = self.place.app("marker");
        self.place.until(&applications, &name, "synced at the commit", |app| {
            app["status"]["sync"]["revision"] == *commit
                && app["status"]["sync"]["status"] == "Synced"
                && app["status"]["operationState"]["phase"] == "Succeeded"
        });
        let (status, _, log) = process.terminate();
        assert!(status.success(), "{status}\n{log}");
        let after = self.audit().split_off(before);
        let is_marker = |request: &Request| {
            request.name == "marker" || request.name == name || request.resource == "events"
        };
        let (_, others): (Vec<_>, Vec<_>) = after.into_iter().partition(is_marker);
        Cost {
            writes: others.iter().filter(|request| request.is_write()).cloned().collect(),
            dry_runs: others.into_iter().filter(|request| request.dry_run).collect(),
        }
    }

    fn until_all_synced(&self) {
        let applications = self.place.at(ARGOPROJ, "applications");
        for name in &self.names {
            if name == KINDS {
                let app = self.place.app(name);
                self.place.until(&applications, &app, "many kinds are synced", |app| {
                    let status = &app["status"];
                    status["sync"]["status"] == "Synced"
                        && status["operationState"]["phase"] == "Succeeded"
                });
            } else {
                self.place.until_synced(name);
            }
        }
    }

    fn audit(&self) -> Vec<Request> {
        self.place.server.audit_of(&self.place.user).expect("an audit log")
    }
}

/// The four objects that a small application has.
fn four(name: &str) -> [(&'static str, String); 4] {
    let head = |api_version: &str, kind: &str| {
        format!(
            "apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n  labels: {{app: {name}}}\n"
        )
    };
    let text = "x".repeat(400);
    let deployment = format!(
        "spec:\n  replicas: 0\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    \
         metadata: {{labels: {{app: {name}}}}}\n    spec:\n      serviceAccountName: {name}\n      \
         containers:\n      - {{name: app, image: 'example/app:1.0.0', ports: [{{containerPort: 8080}}]}}\n"
    );
    let service = format!(
        "spec:\n  selector: {{app: {name}}}\n  ports: [{{name: http, port: 80, targetPort: 8080}}]\n"
    );
    let mut map = head("v1", "ConfigMap");
    let _ = writeln!(map, "data: {{key: '1', text: {text}}}");
    [
        ("configmap.yaml", map),
        ("deployment.yaml", head("apps/v1", "Deployment") + &deployment),
        ("service.yaml", head("v1", "Service") + &service),
        ("account.yaml", head("v1", "ServiceAccount")),
    ]
}

/// A Secret as people write it, with text that becomes data.
const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {password: hunter2}\n\
                      data: {user: YWRtaW4=}\n";

/// A kind of the test's own, with a default and a list of maps.
fn definition(group: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: tides.{group}}}\n\
         spec:\n  group: {group}\n  scope: Namespaced\n  names: {{kind: Tide, plural: tides}}\n  versions:\n  \
         - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        \
         properties:\n          spec:\n            type: object\n            properties:\n              \
         height: {{type: integer}}\n              unit: {{type: string, default: metre}}\n              \
         gauges:\n                type: array\n                items:\n                  type: object\n                  \
         properties: {{name: {{type: string}}, kind: {{type: string, default: float}}}}\n"
    )
}

fn custom(group: &str) -> String {
    format!(
        "apiVersion: {group}/v1\nkind: Tide\nmetadata: {{name: spring}}\nspec:\n  height: 3\n  \
         gauges:\n  - name: harbour\n  - {{name: pier, kind: radar}}\n"
    )
}

fn copy(from: &Path, env: &Repository, to: &str) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        env.write(&format!("{to}/{name}"), std::fs::read(&path).expect("a file"));
    }
}
