//! The cluster that all this happens in, through the stock kubectl.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;
use trimtab_testkit::control_plane::{ControlPlane, Minor, Options};
use trimtab_testkit::tools;

use super::NAMESPACE;
use crate::process::line;
use crate::run_folder::RunFolder;

/// The field manager of what we apply.
const MANAGER: &str = "xtask-up";
/// How long new kinds may take until they are served.
const ESTABLISHED_MAX: &str = "--timeout=60s";
/// How long the operator may take until it holds its Lease and has created the default project.
const PROJECT_MAX: &str = "--timeout=60s";

/// A cluster: our own control plane, or somebody's.
pub struct Cluster {
    /// The kubeconfig file for a person's commands and ours.
    pub kubeconfig: PathBuf,
    /// The kubeconfig file for the operator.
    pub operator_kubeconfig: PathBuf,
    /// The stock kubectl.
    pub kubectl: PathBuf,
    /// The control plane, if it is ours. It ends with us.
    own: Option<ControlPlane>,
    cache: PathBuf,
}

impl Cluster {
    /// Starts a control plane whose data are in the folder.
    pub fn own(folder: &RunFolder) -> anyhow::Result<Self> {
        eprintln!("Starting Kubernetes {}", Minor::default());
        let data = Some(folder.path().join("control-plane"));
        let all = ControlPlane::start(&Options { data, ..Options::default() })?;
        Ok(Self {
            kubeconfig: all.kubeconfig("admin"),
            operator_kubeconfig: all.kubeconfig("operator"),
            own: Some(all),
            ..Self::with(PathBuf::new(), folder)?
        })
    }

    /// The cluster that the current context of the kubeconfig file names.
    pub fn given(file: &Path, folder: &RunFolder) -> anyhow::Result<Self> {
        let file = std::fs::canonicalize(file);
        Self::with(file.context("the kubeconfig file cannot be read")?, folder)
    }

    fn with(kubeconfig: PathBuf, folder: &RunFolder) -> anyhow::Result<Self> {
        let operator_kubeconfig = kubeconfig.clone();
        let (kubectl, cache) = (tools::kubectl()?, folder.path().join("kubectl"));
        Ok(Self { kubeconfig, operator_kubeconfig, kubectl, own: None, cache })
    }

    /// Whether somebody else will go on using it.
    pub fn is_given(&self) -> bool {
        self.own.is_none()
    }

    /// A kubectl command.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.kubectl);
        command.arg("--kubeconfig").arg(&self.kubeconfig).arg("--cache-dir").arg(&self.cache);
        command.args(args);
        command
    }

    /// Creates what the operator needs and is not there: the kinds that it serves, and its namespace.
    pub fn prepare(&self, operator: &Path) -> anyhow::Result<()> {
        let definitions = printed_definitions(operator)?;
        let there = self.run(&["get", "customresourcedefinitions", "--output=name"], None)?;
        let there: BTreeSet<&str> =
            there.lines().filter_map(|line| line.split_once('/')).map(|(_, name)| name).collect();
        let name = |one: &Value| one["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let all: Vec<String> = definitions.iter().map(name).collect();
        let absent: Vec<Value> =
            definitions.into_iter().filter(|one| !there.contains(&*name(one))).collect();
        if !absent.is_empty() {
            self.apply(&absent)?;
        }
        let mut wait = vec!["wait", "--for=condition=Established", ESTABLISHED_MAX, "crd"];
        wait.extend(all.iter().map(String::as_str));
        self.run(&wait, None)?;
        let namespace = serde_json::json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE},
        });
        self.apply(&[namespace])
    }

    /// Waits until the operator has created the project that the applications name.
    pub fn wait_for_project(&self) -> anyhow::Result<()> {
        let args = ["wait", "--for=create", PROJECT_MAX, "--namespace", NAMESPACE];
        let project = "appprojects.argoproj.io/default";
        self.run(&[&args[..], &[project]].concat(), None)
            .map(drop)
            .context("the operator has not created the project `default`")
    }

    /// Applies objects.
    pub fn apply(&self, objects: &[Value]) -> anyhow::Result<()> {
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let manager = format!("--field-manager={MANAGER}");
        let args = ["apply", "--server-side", "--force-conflicts", &manager, "--filename=-"];
        self.run(&args, Some(&list)).map(drop)
    }

    /// Runs kubectl, and returns what it prints.
    fn run(&self, args: &[&str], input: Option<&Value>) -> anyhow::Result<String> {
        let mut command = self.command(args);
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.with_context(|| format!("cannot start `{}`", line(&command)))?;
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            // It reads all of its input before it prints.
            stdin.write_all(input.to_string().as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            bail!("`{}` failed: {}", line(&command), why.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Says whether our control plane still runs.
    pub fn check(&mut self) -> anyhow::Result<()> {
        Ok(self.own.as_mut().map_or(Ok(()), ControlPlane::check)?)
    }

    /// Stops our control plane; leaves somebody else's cluster as it is.
    pub fn stop(self) -> anyhow::Result<()> {
        Ok(self.own.map_or(Ok(()), ControlPlane::stop)?)
    }
}

/// What `trimtab install --crds-only` prints.
fn printed_definitions(operator: &Path) -> anyhow::Result<Vec<Value>> {
    let output = Command::new(operator).args(["install", "--crds-only"]).output()?;
    if !output.status.success() {
        bail!("`trimtab install` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let read = trimtab_yaml::documents(&output.stdout, trimtab_yaml::Rules::default());
    if let Some(problem) = read.problems.first() {
        bail!("`trimtab install` printed, at line {}: {}", problem.line, problem.message);
    }
    Ok(read.documents.into_iter().map(|document| document.value).collect())
}
