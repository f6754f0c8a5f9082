//! The cluster that all this happens in, through the stock kubectl.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;
use trimtab_testkit::control_plane::{ControlPlane, Minor, Options};
use trimtab_testkit::tools;

use super::NAMESPACE;
use crate::interrupt::Interrupt;
use crate::process;
use crate::run_folder::RunFolder;

/// The field manager of what we apply.
const MANAGER: &str = "xtask-up";
/// How long new kinds may take until they are served.
const ESTABLISHED_MAX: &str = "--timeout=60s";
/// How often definitions may have no conditions yet when they are waited for.
const WITHOUT_CONDITIONS_MAX: u32 = 100;
/// How long one wait for the default project is, and how many there are until the operator has taken too
/// long to hold its Lease and create it.
const PROJECT_WAIT: &str = "--timeout=2s";
const PROJECT_WAITS_MAX: u32 = 30;

/// Whether kubectl gave up because a definition is so new that it has no conditions.
fn is_without_conditions(error: &anyhow::Error) -> bool {
    format!("{error:#}").contains(".status.conditions accessor error")
}

/// A kubeconfig file, wherever this runs.
pub fn kubeconfig(file: &Path) -> anyhow::Result<PathBuf> {
    let found = std::fs::canonicalize(file);
    found.with_context(|| format!("the kubeconfig file {} cannot be read", file.display()))
}

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
    pub fn given(file: PathBuf, folder: &RunFolder) -> anyhow::Result<Self> {
        Self::with(file, folder)
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
    pub fn prepare(&self, operator: &Path, interrupt: &Interrupt) -> anyhow::Result<()> {
        let definitions = printed_definitions(operator)?;
        let list = ["get", "customresourcedefinitions", "--output=name"];
        let there = self.run(&list, None, interrupt)?;
        let there: BTreeSet<&str> =
            there.lines().filter_map(|line| line.split_once('/')).map(|(_, name)| name).collect();
        let name = |one: &Value| one["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let all: Vec<String> = definitions.iter().map(name).collect();
        let absent: Vec<Value> =
            definitions.into_iter().filter(|one| !there.contains(&*name(one))).collect();
        if !absent.is_empty() {
            self.apply(&absent, interrupt)?;
        }
        let mut wait = vec!["wait", "--for=condition=Established", ESTABLISHED_MAX, "crd"];
        wait.extend(all.iter().map(String::as_str));
        self.run_until_established(&wait, interrupt)?;
        let namespace = serde_json::json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE},
        });
        self.apply(&[namespace], interrupt)
    }

    /// Waits for definitions. kubectl gives up on one that has no conditions yet, instead of waiting.
    fn run_until_established(&self, wait: &[&str], interrupt: &Interrupt) -> anyhow::Result<()> {
        let mut tries = 0;
        loop {
            match self.run(wait, None, interrupt) {
                Ok(_) => return Ok(()),
                Err(error) if tries == WITHOUT_CONDITIONS_MAX || !is_without_conditions(&error) => {
                    return Err(error);
                }
                Err(_) => tries += 1,
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until the operator has created the project that the applications name. Returns whether it has;
    /// it has not when a person ends it all before.
    pub fn wait_for_project(&self, interrupt: &Interrupt) -> anyhow::Result<bool> {
        let args = ["wait", "--for=create", PROJECT_WAIT, "--namespace", NAMESPACE];
        let args = [&args[..], &["appprojects.argoproj.io/default"]].concat();
        let mut waits = 1;
        loop {
            let waited = self.run(&args, None, interrupt);
            if interrupt.came() {
                return Ok(false);
            }
            match waited {
                Ok(_) => return Ok(true),
                Err(_) if waits < PROJECT_WAITS_MAX => waits += 1,
                Err(error) => {
                    return Err(error)
                        .context("the operator has not created the project `default`");
                }
            }
        }
    }

    /// Applies objects.
    pub fn apply(&self, objects: &[Value], interrupt: &Interrupt) -> anyhow::Result<()> {
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let manager = format!("--field-manager={MANAGER}");
        let args = ["apply", "--server-side", "--force-conflicts", &manager, "--filename=-"];
        self.run(&args, Some(&list), interrupt).map(drop)
    }

    /// Runs kubectl, and returns what it prints. That somebody wished the end meanwhile is an error, which
    /// who asks for the interrupt does not tell.
    fn run(
        &self,
        args: &[&str],
        input: Option<&Value>,
        interrupt: &Interrupt,
    ) -> anyhow::Result<String> {
        let input = input.map(Value::to_string);
        let output = process::output(&mut self.command(args), input.as_deref(), interrupt)?;
        let output = output.with_context(|| format!("`kubectl {}` was ended", args.join(" ")))?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            bail!("`kubectl {}` failed: {}", args.join(" "), told(&why));
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

/// What kubectl says to people, without its log lines, which say the same many times.
fn told(output: &str) -> String {
    let is_log = |line: &str| {
        let mut letters = line.chars();
        letters.next().is_some_and(|level| "IWEF".contains(level))
            && letters.take(4).filter(char::is_ascii_digit).count() == 4
    };
    let told: Vec<&str> = output.trim().lines().filter(|line| !is_log(line)).collect();
    if told.is_empty() { output.trim().to_owned() } else { told.join("\n") }
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

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn kubectl_is_heard_without_its_log() {
        let refused = "The connection to the server 127.0.0.1:1 was refused";
        let log = "E1121 17:09:07.492061   19460 memcache.go:381] \"Couldn't get\"";
        assert_eq!(told(&format!("{log}\n{log}\n{refused}\n")), refused);
        assert_eq!(told(log), log);
        assert_eq!(told("Error from server (Forbidden)\n"), "Error from server (Forbidden)");
    }
}
