//! The operator as a child process.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;
use trimtab_testkit::control_plane::Process;

use super::NAMESPACE;
use super::cluster::Cluster;
use crate::process::cargo;
use crate::run_folder::RunFolder;

/// How long the operator may take to end after SIGTERM.
const STOP_MAX: Duration = Duration::from_secs(10);

/// Builds the operator, and returns where it is.
pub fn build(release: bool) -> anyhow::Result<PathBuf> {
    let format = "--message-format=json-render-diagnostics";
    let mut build = cargo(&["build", "--package", "trimtab", format]);
    if release {
        build.arg("--release");
    }
    eprintln!("Building the operator (minutes the first time)");
    let output = build.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    if !output.status.success() {
        bail!("the operator does not build ({})", output.status);
    }
    let messages = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let programs = messages.flatten().filter_map(|message| {
        let is_ours = message["target"]["name"] == "trimtab";
        message["executable"].as_str().filter(|_| is_ours).map(PathBuf::from)
    });
    programs.last().context("cargo says nothing of a program `trimtab`")
}

/// The running operator. It ends with us, however we end.
pub struct Operator {
    process: Process,
    /// The program, which is the command line, too.
    pub program: PathBuf,
    /// Where its log lines go.
    pub log: PathBuf,
    /// Where it answers HTTP.
    pub address: String,
}

impl Operator {
    /// Starts it.
    pub fn start(binary: &Path, cluster: &Cluster, folder: &RunFolder) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("guard").arg("--").arg(binary).arg("run");
        command.arg("--kubeconfig").arg(&cluster.operator_kubeconfig);
        command.args(["--namespace", NAMESPACE, "--listen", &address]);
        command.arg("--cache-dir").arg(folder.path().join("cache"));
        // The environment repository is on this machine's disk, and the machine is the person's own.
        command.arg("--allow-file-repositories");
        let process = Process::start("operator", command, folder.path())?;
        let (program, log) = (binary.to_owned(), folder.path().join("operator.log"));
        Ok(Self { process, program, log, address })
    }

    /// An error, with the end of its log, if it has ended.
    pub fn check(&mut self) -> anyhow::Result<()> {
        Ok(self.process.check()?)
    }

    /// Sends SIGTERM and waits for its end.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        Ok(self.process.stop(STOP_MAX)?)
    }
}

/// An address on loopback that nobody listens on. Another program may take it before the operator
/// does; then the operator says so and ends.
fn free_address() -> anyhow::Result<String> {
    let socket = TcpListener::bind("127.0.0.1:0").context("no port is free on loopback")?;
    Ok(socket.local_addr()?.to_string())
}
