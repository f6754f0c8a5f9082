//! `cargo xtask upgrade`: the API server goes from one minor version to the next under the running
//! operator. Its audit log says whether the operator took anything that the new one does for drift.

mod subjects;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use trimtab_testkit::control_plane::{Minor, Options, Request};

use crate::bench::environment::Environment;
use crate::bench::lab::Lab;
use crate::bench::operator::Operator;
use crate::bench::restart::{self, Place, Restart};
use crate::bench::stages::{self, quiet};
use crate::bench::{in_folder, program};

/// How many Applications of four objects there are beside those of many kinds.
const APPLICATIONS: u32 = 20;
/// How long to look after the upgrade: broken watches begin again within that time.
const WATCHED: Duration = Duration::from_mins(1);

#[derive(clap::Args)]
pub struct Arguments {
    /// Run this program instead of one that is built now with optimisation
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let program = program(arguments.program.as_deref())?;
    in_folder(|folder| upgrade(&program, folder))
}

fn upgrade(program: &Path, folder: &Path) -> anyhow::Result<()> {
    let [from, to] = Minor::ALL;
    let environment = Environment::new(&folder.join("git"), APPLICATIONS)?;
    subjects::manifests(&environment)?;
    eprintln!("Starting Kubernetes {from} (built first if needed, which takes minutes)");
    let data = Some(folder.join("control-plane"));
    let lab = Lab::of(Options { minor: from, data, ..Options::default() }, program)?;
    let operator = Operator::start(program, &lab, folder)?;
    subjects::create(&lab, &environment, APPLICATIONS)?;
    subjects::wait(&lab)?;
    quiet(&operator)?;
    println!("{} applications are synced on {}", APPLICATIONS + 3, served(&lab)?);

    let before = lab.audit()?.len();
    let begin = Instant::now();
    let lab = lab.upgraded(to)?;
    println!("{} is ready after {:.1} s", served(&lab)?, begin.elapsed().as_secs_f64());
    thread::sleep(WATCHED);
    quiet(&operator)?;
    let requests = lab.audit()?.split_off(before);
    judge("under the running operator", &requests)?;
    stages::commit(&lab, &environment, &operator)?;
    println!("a commit is applied");
    subjects::heal(&lab)?;
    println!("what is deleted comes back");
    quiet(&operator)?;

    let place = Place { lab: &lab, environment: &environment, program, folder: folder.to_owned() };
    let (restarts, operator) = restart::measure(&place, operator, APPLICATIONS)?;
    judge_restart("restarted with its caches", &restarts.with_caches)?;
    judge_restart("restarted without them", &restarts.without_caches)?;
    operator.stop()
}

/// What the server says that it is.
fn served(lab: &Lab) -> anyhow::Result<String> {
    let version = lab.admin.read("/version")?;
    Ok(version["gitVersion"].as_str().context("the server has no version")?.to_owned())
}

fn judge(how: &str, requests: &[Request]) -> anyhow::Result<()> {
    let writes: Vec<String> =
        requests.iter().filter(|request| request.is_write()).map(ToString::to_string).collect();
    let dry_runs: Vec<String> =
        requests.iter().filter(|request| request.dry_run).map(ToString::to_string).collect();
    println!("{how}: {} writes, {} dry runs", writes.len(), dry_runs.len());
    for request in &dry_runs {
        println!("  {request}");
    }
    if writes.is_empty() { Ok(()) } else { bail!("{how} it wrote:\n{}", writes.join("\n")) }
}

fn judge_restart(how: &str, Restart { writes, dry_runs, .. }: &Restart) -> anyhow::Result<()> {
    println!("{how}: {writes} writes, {dry_runs} dry runs");
    if *writes == 0 { Ok(()) } else { bail!("{how} it wrote") }
}
