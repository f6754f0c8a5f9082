//! The operator is ended and started again, and nothing has changed meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use serde::Serialize;

use super::environment::Environment;
use super::lab::Lab;
use super::operator::Operator;
use super::stages::quiet;

/// How long it may take until every application has been compared, for one application, and at least.
const COMPARED_EACH_MAX: Duration = Duration::from_millis(200);
const COMPARED_LEAST_MAX: Duration = Duration::from_mins(2);
/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How many writes that should not be there are shown.
const SHOWN_MAX: usize = 10;

/// What both ways to restart cost.
#[derive(Debug, Serialize)]
pub struct Restarts {
    /// With the caches of the process before.
    pub with_caches: Restart,
    /// After they were deleted.
    pub without_caches: Restart,
}

/// What one restart costs.
#[derive(Debug, Serialize)]
pub struct Restart {
    /// From the start of the process until every application has been compared.
    pub seconds: f64,
    /// CPU until the operator is quiet.
    pub cpu_seconds: f64,
    /// The most memory until then.
    pub peak_mib: f64,
    /// API requests until then, Leases apart.
    pub requests: BTreeMap<String, u64>,
    /// Requests to the Git server.
    pub git_requests: u64,
    /// Requests that change something. Any is one too many.
    pub writes: usize,
    /// Applies that the server was only asked about.
    pub dry_runs: usize,
}

/// Where an operator runs.
pub struct Place<'a> {
    /// The control plane.
    pub lab: &'a Lab,
    /// The repository.
    pub environment: &'a Environment,
    /// The program.
    pub program: &'a Path,
    /// Its folder, with its caches in it.
    pub folder: PathBuf,
}

/// Restarts the operator twice, with its caches and without them; returns the running one, too.
pub fn measure(
    place: &Place<'_>,
    operator: Operator,
    applications: u32,
) -> anyhow::Result<(Restarts, Operator)> {
    operator.stop()?;
    let (with_caches, operator) = restart(place, applications)?;
    operator.stop()?;
    fs::remove_dir_all(Operator::caches(&place.folder))?;
    let (without_caches, operator) = restart(place, applications)?;
    Ok((Restarts { with_caches, without_caches }, operator))
}

fn restart(place: &Place<'_>, applications: u32) -> anyhow::Result<(Restart, Operator)> {
    let before = place.lab.audit()?.len();
    let git = place.environment.server.requests();
    let begin = Instant::now();
    let mut operator = Operator::launch(place.program, place.lab, &place.folder)?;
    let end = begin + COMPARED_LEAST_MAX.max(COMPARED_EACH_MAX * applications);
    while !operator.has_compared(applications)? {
        operator.check()?;
        if Instant::now() > end {
            bail!("after a restart the applications are not compared in time");
        }
        thread::sleep(LOOK_EVERY);
    }
    let seconds = begin.elapsed().as_secs_f64();
    quiet(&operator)?;
    let usage = operator.usage()?;
    let requests = place.lab.audit()?.split_off(before);
    let writes: Vec<_> = requests.iter().filter(|request| request.is_write()).collect();
    for write in writes.iter().take(SHOWN_MAX) {
        eprintln!("A write after a restart: {write}");
    }
    let restart = Restart {
        seconds,
        cpu_seconds: usage.cpu_seconds,
        peak_mib: usage.peak_mib,
        writes: writes.len(),
        dry_runs: requests.iter().filter(|request| request.dry_run).count(),
        requests: super::lab::counted(&requests).0,
        git_requests: place.environment.server.requests() - git,
    };
    Ok((restart, operator))
}
