//! `cargo xtask test`: every test.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};

use anyhow::{Context, anyhow};
use trimtab_testkit::control_plane::{self, ControlPlane, Minor, Options, Program, SERVER_ENV};
use trimtab_testkit::tools;

use crate::process::{cargo, command, run_to_success};

/// Tests that need the real API server live in a module of this name.
const REAL_SERVER: &str = "test(/(^|::)real_server::/)";

#[derive(clap::Args)]
pub struct Arguments {
    /// Leave out the tests that need the real API server (their path has `real_server::`)
    #[arg(long)]
    no_apiserver: bool,
    /// Run only tests whose name contains one of these
    filter: Vec<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let nextest = tools::CARGO_NEXTEST.path()?;
    let suite = Suite { nextest, arguments };
    if arguments.no_apiserver {
        run_to_success(suite.nextest("run").args(["-E", &format!("not {REAL_SERVER}")]))?;
    } else {
        suite.with_server()?;
    }
    if arguments.filter.is_empty() {
        run_to_success(&mut cargo(&["test", "--workspace", "--doc", "--quiet"]))?;
    }
    Ok(())
}

struct Suite<'a> {
    nextest: PathBuf,
    arguments: &'a Arguments,
}

impl Suite<'_> {
    fn with_server(&self) -> anyhow::Result<()> {
        if !self.arguments.filter.is_empty() && !self.asks_for_a_server()? {
            return run_to_success(&mut self.nextest("run"));
        }
        let program = build_beside();
        run_to_success(self.nextest("run").arg("--no-run"))?;
        let program =
            program.join().map_err(|_| anyhow!("the build of the control plane died"))??;
        let server = control_plane::serve_tenants(Options::default())?;
        let mut tests = self.nextest("run");
        tests.env(SERVER_ENV, server.data());
        if std::env::var_os("KUBEBUILDER_ASSETS").is_none() {
            tests.env("CONTROL_PLANE", program);
        }
        let result = run_to_success(&mut tests);
        result.and(ControlPlane::stop(server).context("after the tests"))
    }

    /// Whether the filter leaves any test that needs the server.
    fn asks_for_a_server(&self) -> anyhow::Result<bool> {
        let mut list = self.nextest("list");
        list.args(["--message-format", "oneline", "-E", REAL_SERVER]).stderr(Stdio::inherit());
        let output = list.output().context("cannot list the tests")?;
        if !output.status.success() {
            return Err(anyhow!("the tests cannot be listed ({})", output.status));
        }
        Ok(!output.stdout.trim_ascii().is_empty())
    }

    fn nextest(&self, verb: &str) -> Command {
        let mut nextest = command(&self.nextest, &["nextest", verb, "--workspace"]);
        nextest.args(&self.arguments.filter);
        nextest
    }
}

/// Builds the control plane if needed, while cargo builds the tests.
fn build_beside() -> JoinHandle<anyhow::Result<PathBuf>> {
    thread::spawn(|| {
        tools::kubectl()?;
        Ok(Program::one(Minor::default())?)
    })
}
