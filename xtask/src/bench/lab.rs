//! A fresh control plane with what both sides of a comparison need.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use trimtab_testkit::control_plane::{ControlPlane, Minor, Options, Request};
use trimtab_testkit::https::Client;

use super::manifests::{NAMESPACE, TARGET};

/// How long new kinds may take until they are served.
const SERVED_MAX: Duration = Duration::from_mins(1);
/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Who is measured.
pub const MEASURED: &str = "operator";

/// A control plane with our kinds, both namespaces and the project `default`. Dropped, it is killed: its
/// data are worth nothing, and watches of ours would hold up an end in good order.
pub struct Lab {
    control_plane: ControlPlane,
    options: Options,
    /// Who measures.
    pub admin: Client,
}

impl Lab {
    /// Starts it. No nodes: nothing here has Pods.
    pub fn start(folder: &Path, program: &Path) -> anyhow::Result<Self> {
        let data = Some(folder.to_owned());
        Self::of(Options { data, nodes: false, ..Options::default() }, program)
    }

    /// Starts it with these options.
    pub fn of(options: Options, program: &Path) -> anyhow::Result<Self> {
        let control_plane = ControlPlane::start(&options)?;
        let admin = control_plane.client("admin")?;
        let lab = Self { control_plane, options, admin };
        lab.define(program)?;
        for name in [NAMESPACE, TARGET] {
            let namespace = json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name},
            });
            lab.admin.create("/api/v1/namespaces", &namespace)?;
        }
        lab.project()?;
        Ok(lab)
    }

    /// Ends the control plane, and starts another minor version on its data and at its address.
    pub fn upgraded(self, minor: Minor) -> anyhow::Result<Self> {
        let (url, data) = (self.control_plane.url(), self.control_plane.data().to_owned());
        if let Err(error) = self.control_plane.stop() {
            // It lets watches end by themselves for longer than we wait. etcd has ended in order.
            eprintln!("The API server was killed: {error}");
        }
        let options = Options { minor, data: Some(data), ..self.options };
        let control_plane = ControlPlane::start(&options)?;
        if control_plane.url() != url {
            bail!("the port of {url} was taken meanwhile: try again");
        }
        let admin = control_plane.client("admin")?;
        Ok(Self { control_plane, options, admin })
    }

    /// Applies what `trimtab install --crds-only` prints, and waits until it is served.
    fn define(&self, program: &Path) -> anyhow::Result<()> {
        let output = Command::new(program).args(["install", "--crds-only"]).output()?;
        let read = trimtab_yaml::documents(&output.stdout, trimtab_yaml::Rules::default());
        let mut paths = Vec::new();
        for document in read.documents {
            let name = document.value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
            self.admin.apply(&path, "bench", &document.value)?;
            paths.push(path);
        }
        let end = Instant::now() + SERVED_MAX;
        while !paths.iter().all(|path| self.is_established(path)) {
            if Instant::now() > end {
                bail!("the API server does not serve our kinds");
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    fn is_established(&self, path: &str) -> bool {
        let definition = self.admin.read(path).unwrap_or_default();
        let conditions = definition["status"]["conditions"].as_array();
        conditions
            .into_iter()
            .flatten()
            .any(|condition| condition["type"] == "Established" && condition["status"] == "True")
    }

    /// The project, so that its creation is in nobody's figures. A kind that has just been established
    /// may not be served for a moment.
    fn project(&self) -> anyhow::Result<()> {
        let project = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": "default", "namespace": NAMESPACE},
            "spec": {
                "sourceRepos": ["*"],
                "destinations": [{"namespace": "*", "server": "*"}],
                "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
            },
        });
        let path = format!("/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/appprojects");
        let end = Instant::now() + SERVED_MAX;
        loop {
            match self.admin.create(&path, &project) {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > end => return Err(error).context("the project"),
                Err(_) => thread::sleep(LOOK_EVERY),
            }
        }
    }

    /// The kubeconfig of who is measured.
    pub fn kubeconfig(&self) -> std::path::PathBuf {
        self.control_plane.kubeconfig(MEASURED)
    }

    /// A client that is who is measured.
    pub fn measured(&self) -> anyhow::Result<Client> {
        Ok(self.control_plane.client(MEASURED)?)
    }

    /// The requests of who is measured so far, Leases apart.
    pub fn audit(&self) -> anyhow::Result<Vec<Request>> {
        let mut all = self.control_plane.audit_of(MEASURED)?;
        all.retain(|request| request.resource != "leases");
        Ok(all)
    }

    /// How many requests of who is measured there were so far, Leases apart.
    pub fn requests(&self) -> anyhow::Result<Requests> {
        Ok(counted(&self.audit()?))
    }

    /// The version of a collection now.
    pub fn version(&self, collection: &str) -> anyhow::Result<String> {
        let list = self.admin.read(&format!("{collection}?limit=1"))?;
        let version = list["metadata"]["resourceVersion"].as_str().map(str::to_owned);
        version.with_context(|| format!("{collection} has no version"))
    }

    /// Every event of a collection from now on, as one watch tells them.
    pub fn watch(
        &self,
        who: &Client,
        collection: &str,
    ) -> anyhow::Result<impl Iterator<Item = Value> + use<>> {
        let since = self.version(collection)?;
        Ok(who.events(&format!("{collection}?watch=1&resourceVersion={since}"))?)
    }
}

/// Counts requests. What the server is only asked about counts apart from what it stores.
pub fn counted(requests: &[Request]) -> Requests {
    let mut counts = BTreeMap::new();
    for Request { verb, resource, dry_run, .. } in requests {
        let dry = if *dry_run { "dry run " } else { "" };
        *counts.entry(format!("{dry}{verb} {resource}")).or_default() += 1;
    }
    Requests(counts)
}

/// Requests, counted by verb and resource.
pub struct Requests(pub BTreeMap<String, u64>);

impl Requests {
    /// Those that came since.
    pub fn since(&self, before: &Self) -> BTreeMap<String, u64> {
        let more = |(what, count): (&String, &u64)| {
            let more = count - before.0.get(what).copied().unwrap_or_default();
            (more > 0).then(|| (what.clone(), more))
        };
        self.0.iter().filter_map(more).collect()
    }
}
