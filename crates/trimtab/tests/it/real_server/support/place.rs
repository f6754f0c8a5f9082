//! A namespace of the real server, and how a test looks into it.

use super::Operator;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use trimtab_testkit::control_plane::{Request, Server, tenant};
use trimtab_testkit::https::Client;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// The Applications' API.
pub const ARGOPROJ: &str = "argoproj.io/v1alpha1";
/// The Kustomizations' API.
pub const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io/v1";
/// The sources' API.
pub const SOURCE: &str = "source.toolkit.fluxcd.io/v1";

/// A namespace of the real server with our definitions in it, and a folder on disk.
pub struct Place {
    pub server: Server,
    /// The namespace of the applications and of their objects.
    pub namespace: String,
    /// As whom the operator acts: the audit log tells its requests apart.
    pub user: String,
    /// The test itself.
    pub admin: Client,
    folder: TempDir,
    operator: RefCell<Option<Operator>>,
}

impl Place {
    /// A tenant of the shared server.
    pub fn new() -> Self {
        let tenant = tenant().expect("a tenant");
        let place = Self::of(tenant.server, &tenant.namespace, &tenant.user);
        install(&place.admin);
        place
    }

    /// A namespace of a server, as one of its users.
    pub fn of(server: Server, namespace: &str, user: &str) -> Self {
        Self {
            admin: server.client("admin").expect("admin is a user"),
            server,
            namespace: namespace.to_owned(),
            user: user.to_owned(),
            folder: TempDir::new().expect("a folder"),
            operator: RefCell::default(),
        }
    }

    /// A folder that goes with the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the operator; one that runs is killed first.
    pub fn operate(&self, flags: &[&str]) {
        let flags = [&["--namespace", &self.namespace], flags].concat();
        self.operate_with(&self.server.kubeconfig(&self.user), &flags);
    }

    /// The same with a kubeconfig of the test's own.
    pub fn operate_with(&self, kubeconfig: &Path, flags: &[&str]) {
        *self.operator.borrow_mut() = None;
        *self.operator.borrow_mut() = Some(Operator::start(kubeconfig, self.folder.path(), flags));
    }

    /// Everything that the operator has said.
    pub fn log(&self) -> String {
        self.operator.borrow().as_ref().map(Operator::log).unwrap_or_default()
    }

    /// The path of a collection of the namespace.
    pub fn at(&self, api_version: &str, plural: &str) -> String {
        path(&self.namespace, api_version, plural)
    }

    /// Creates an object of the namespace.
    pub fn create(&self, api_version: &str, plural: &str, object: &Value) -> Value {
        self.admin.create(&self.at(api_version, plural), object).expect("created")
    }

    /// The name of an Application that no other test on the server has: the family's mark on objects
    /// is that name alone, so that two installations on one cluster must not share one.
    pub fn app(&self, name: &str) -> String {
        format!("{}-{name}", self.namespace)
    }

    /// Creates an Application of a directory that syncs by itself.
    pub fn application(&self, name: &str, url: &str, path: &str) -> Value {
        let object = self.application_of(name, url, path);
        self.create(ARGOPROJ, "applications", &object)
    }

    /// An Application of a directory that syncs by itself.
    pub fn application_of(&self, name: &str, url: &str, path: &str) -> Value {
        json!({
            "apiVersion": ARGOPROJ, "kind": "Application",
            "metadata": {"name": self.app(name), "namespace": self.namespace},
            "spec": {
                "project": "default",
                "source": {"repoURL": url, "path": path, "targetRevision": "main"},
                "destination": {
                    "server": "https://kubernetes.default.svc", "namespace": self.namespace,
                },
                "syncPolicy": {"automated": {"prune": true, "selfHeal": true}},
            },
        })
    }

    /// Creates a GitRepository of `main` that is looked at every second.
    pub fn git_repository(&self, name: &str, url: &str, secret: Option<&str>) -> Value {
        let mut object = json!({
            "apiVersion": SOURCE, "kind": "GitRepository",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {"url": url, "interval": "1s", "ref": {"branch": "main"}},
        });
        if let Some(secret) = secret {
            object["spec"]["secretRef"] = json!({"name": secret});
        }
        self.create(SOURCE, "gitrepositories", &object)
    }

    /// Creates a Kustomization of a directory.
    pub fn kustomization(&self, name: &str, source: &str, path: &str) -> Value {
        let object = json!({
            "apiVersion": KUSTOMIZE, "kind": "Kustomization",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {
                "interval": "10m", "retryInterval": "1s", "prune": true, "path": path,
                "targetNamespace": self.namespace,
                "sourceRef": {"kind": "GitRepository", "name": source},
            },
        });
        self.create(KUSTOMIZE, "kustomizations", &object)
    }

    /// Changes an object of the namespace by a merge patch, as somebody.
    pub fn patch(&self, collection: &str, name: &str, manager: &str, patch: &Value) -> Value {
        let path = format!("{collection}/{name}?fieldManager={manager}");
        let merge = "application/merge-patch+json";
        self.admin.must("PATCH", &path, merge, patch).expect("patched")
    }

    /// An object as it is now.
    pub fn read(&self, collection: &str, name: &str) -> Option<Value> {
        let answer = self.admin.get(&format!("{collection}/{name}")).expect("an answer");
        (answer.code == 200).then(|| answer.json().expect("an object"))
    }

    /// Waits until an object is as wanted.
    pub fn until(
        &self,
        collection: &str,
        name: &str,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        self.until_one(collection, &format!("metadata.name%3D{name}"), what, wanted)
    }

    /// Waits until one of the objects that a field selector chooses is as wanted.
    fn until_one(
        &self,
        collection: &str,
        fields: &str,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let (mut is, end) = (Value::Null, Instant::now() + PATIENCE);
        while Instant::now() < end {
            let selector = format!("{collection}?fieldSelector={fields}");
            let list = self.admin.read(&selector).expect("a list");
            for item in list["items"].as_array().into_iter().flatten() {
                if wanted(item) {
                    return item.clone();
                }
                is = item.clone();
            }
            let version = list["metadata"]["resourceVersion"].as_str().expect("a version");
            let left = end.saturating_duration_since(Instant::now()).as_secs().clamp(1, 30);
            let watch =
                format!("{selector}&watch=1&resourceVersion={version}&timeoutSeconds={left}");
            let mut is_wanted = false;
            let watched = self.admin.watch(&watch, |event| {
                is = event["object"].clone();
                is_wanted = event["type"] != "DELETED" && event["type"] != "ERROR" && wanted(&is);
                let over = is_wanted || event["type"] == "ERROR";
                if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            watched.expect("a watch");
            if is_wanted {
                return is;
            }
        }
        is["metadata"]["managedFields"].take();
        let said = self.log_tail();
        let writes: Vec<String> = self.writes().iter().map(ToString::to_string).collect();
        panic!("not within {PATIENCE:?}: {what}\nit is {is:#}\nwrites: {writes:#?}\nlog:\n{said}")
    }

    /// Waits until an object is gone.
    pub fn until_gone(&self, collection: &str, name: &str) {
        let end = Instant::now() + PATIENCE;
        while self.read(collection, name).is_some() {
            assert!(Instant::now() < end, "{name} is still there\nlog:\n{}", self.log_tail());
            let watch = format!(
                "{collection}?fieldSelector=metadata.name%3D{name}&watch=1&timeoutSeconds=5"
            );
            let watched = self.admin.watch(&watch, |event| {
                let gone = event["type"] == "DELETED";
                if gone { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            watched.expect("a watch");
        }
    }

    /// Waits until a ConfigMap has a value under the key `value`.
    pub fn until_value(&self, name: &str, value: &str) -> Value {
        let what = format!("ConfigMap {name} says {value}");
        self.until(&self.at("v1", "configmaps"), name, &what, |map| value_of(map) == value)
    }

    /// Waits until an Application is synced and healthy.
    pub fn until_synced(&self, name: &str) -> Value {
        let applications = self.at(ARGOPROJ, "applications");
        self.until(&applications, &self.app(name), &format!("{name} is synced"), |app| {
            let status = &app["status"];
            status["sync"]["status"] == "Synced" && status["health"]["status"] == "Healthy"
        })
    }

    /// Waits until an Application is synced and says nothing of any trouble.
    pub fn until_untroubled(&self, name: &str) -> Value {
        let (applications, what) =
            (self.at(ARGOPROJ, "applications"), format!("{name} has no trouble any more"));
        self.until(&applications, &self.app(name), &what, |app| {
            let status = &app["status"];
            status["sync"]["status"] == "Synced"
                && status["conditions"].as_array().is_none_or(Vec::is_empty)
        })
    }

    /// Waits until an Application is synced and healthy at a commit.
    pub fn until_synced_at(&self, name: &str, commit: &str) -> Value {
        let (applications, what) =
            (self.at(ARGOPROJ, "applications"), format!("{name} is synced at {commit}"));
        self.until(&applications, &self.app(name), &what, |app| {
            let status = &app["status"];
            status["sync"]["status"] == "Synced"
                && status["health"]["status"] == "Healthy"
                && status["sync"]["revision"] == commit
                && status["operationState"]["phase"] == "Succeeded"
        })
    }

    /// Waits until a Kustomization or GitRepository is ready.
    pub fn until_ready(&self, api_version: &str, plural: &str, name: &str) -> Value {
        self.until(&self.at(api_version, plural), name, &format!("{name} is ready"), |object| {
            let generation = &object["metadata"]["generation"];
            condition(object, "Ready").is_some_and(|ready| {
                ready["status"] == "True" && ready["observedGeneration"] == *generation
            })
        })
    }

    /// Waits until a resource has a condition whose message has all of these words, and returns the
    /// message.
    pub fn until_said(&self, collection: &str, name: &str, kind: &str, words: &[&str]) -> String {
        let what = format!("{name} says {kind} with {words:?}");
        let object =
            self.until(collection, name, &what, |object| said(object, kind, words).is_some());
        said(&object, kind, words).expect("said")
    }

    /// Waits for an event about an object, and returns its message.
    pub fn until_told(&self, reason: &str, about: &str) -> String {
        let what = format!("an event {reason} about {about}");
        let event =
            self.until_one(&self.at("v1", "events"), &about_it(reason, about), &what, |_| true);
        event["message"].as_str().unwrap_or_default().to_owned()
    }

    /// The events of a reason about an object.
    pub fn told(&self, reason: &str, about: &str) -> Vec<Value> {
        let path = format!("{}?fieldSelector={}", self.at("v1", "events"), about_it(reason, about));
        let list = self.admin.read(&path).expect("a list");
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// What the operator wrote so far.
    pub fn writes(&self) -> Vec<Request> {
        self.server.writes_of(&self.user).expect("an audit log")
    }

    /// The operator's deletes so far.
    pub fn deletes(&self) -> Vec<Request> {
        let deletes = |request: &Request| request.verb.starts_with("delete");
        self.writes().into_iter().filter(deletes).collect()
    }

    /// What the operator wrote so far to one object, without dry runs.
    pub fn writes_to(&self, plural: &str, name: &str) -> Vec<Request> {
        let its = |request: &Request| request.resource == plural && request.name == name;
        self.writes().into_iter().filter(its).collect()
    }

    fn log_tail(&self) -> String {
        self.operator.borrow().as_ref().map(Operator::log_tail).unwrap_or_default()
    }
}

/// The field selector of events of a reason about an object.
fn about_it(reason: &str, about: &str) -> String {
    format!("reason%3D{reason},involvedObject.name%3D{about}")
}

/// The path of a collection of a namespace.
pub fn path(namespace: &str, api_version: &str, plural: &str) -> String {
    let root = if api_version.contains('/') { "apis" } else { "api" };
    format!("/{root}/{api_version}/namespaces/{namespace}/{plural}")
}

/// The first condition of a type; types may repeat in the one family.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let conditions = object["status"]["conditions"].as_array()?;
    conditions.iter().find(|condition| condition["type"] == kind)
}

fn said(object: &Value, kind: &str, words: &[&str]) -> Option<String> {
    let conditions = object["status"]["conditions"].as_array()?;
    let mut messages = conditions
        .iter()
        .filter(|condition| condition["type"] == kind)
        .filter_map(|condition| condition["message"].as_str());
    let has_all = |message: &&str| words.iter().all(|word| message.contains(word));
    messages.find(has_all).map(str::to_owned)
}

/// What a ConfigMap has under the key `value`.
pub fn value_of(map: &Value) -> &str {
    map["data"]["value"].as_str().unwrap_or_default()
}

/// Applies what `trimtab install --crds-only` prints, and waits until it is served.
fn install(admin: &Client) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_trimtab"))
        .args(["install", "--crds-only"])
        .output()
        .expect("the binary runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    for document in text.split("---\n").filter(|document| !document.is_empty()) {
        let name = document.lines().find_map(|line| line.strip_prefix("  name: "));
        define(admin, name.expect("a name"), document.as_bytes());
    }
}

/// Applies a definition, and waits until it is served.
pub fn define(admin: &Client, name: &str, definition: &[u8]) {
    let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
    let apply = format!("{path}?fieldManager=test&force=true");
    let answer = admin.send("PATCH", &apply, "application/apply-patch+yaml", definition);
    let answer = answer.expect("an answer");
    let said = || String::from_utf8_lossy(&answer.body).into_owned();
    assert!(answer.code < 300, "{}: {}", answer.code, said());
    let end = Instant::now() + PATIENCE;
    while !is_established(&admin.read(&path).expect("a definition")) {
        assert!(Instant::now() < end, "{name} is not served");
        let selector = format!("fieldSelector=metadata.name%3D{name}&watch=1&timeoutSeconds=5");
        let collection = path.trim_end_matches(name).trim_end_matches('/');
        let watched = admin.watch(&format!("{collection}?{selector}"), |event| {
            let over = is_established(&event["object"]);
            if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        watched.expect("a watch");
    }
}

fn is_established(definition: &Value) -> bool {
    condition(definition, "Established").is_some_and(|condition| condition["status"] == "True")
}
