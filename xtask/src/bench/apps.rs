//! `cargo xtask bench apps`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::environment::Environment;
use super::floor;
use super::lab::Lab;
use super::manifests::application;
use super::operator::Operator;
use super::report::{self, Growth};
use super::restart::{self, Place};
use super::stages::{self, Batch, Creation, Figures};
use super::{append, in_folder, program};

/// How often each size is created to see how the cost grows; the median counts.
const GROWTH_RUNS: usize = 3;

#[derive(clap::Args)]
pub struct Arguments {
    /// How many Applications
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    n: u32,
    /// How many seconds to look at rest; 0 leaves it out
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    rest: u64,
    /// How many Services to delete; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 20)]
    heal: u32,
    /// Create this many as well as N, three times each, and compare the CPU for one
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(2..=100_000))]
    growth_from: Option<u32>,
    /// Measure this program instead of one that is built now with optimisation
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Append the figures to this file, as one line of JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let program = program(arguments.program.as_deref())?;
    in_folder(|folder| measure(arguments, &program, folder))
}

fn measure(arguments: &Arguments, program: &Path, folder: &Path) -> anyhow::Result<()> {
    eprintln!("The floor at {} applications", arguments.n);
    let floor = floor::measure(&folder.join("floor"), program, arguments.n, arguments.heal)?;
    eprintln!("Trimtab at {} applications", arguments.n);
    let figures = all_stages(arguments, program, &folder.join("operator"))?;
    let growth = arguments.growth_from.map(|from| growth(from, arguments.n, program, folder));
    let growth = growth.transpose()?;
    print!("{}", report::table(arguments.n, &floor, &figures, growth.as_ref()));
    if let Some(out) = &arguments.out {
        let line = json!({
            "n": arguments.n, "floor": floor, "trimtab": figures, "growth": growth,
        });
        append(out, &line)?;
    }
    Ok(())
}

fn all_stages(arguments: &Arguments, program: &Path, folder: &Path) -> anyhow::Result<Figures> {
    let (lab, environment, operator) = begun(arguments.n, program, folder)?;
    let creation = create(&lab, &environment, &operator, arguments.n)?;
    let rest = match arguments.rest {
        0 => None,
        seconds => Some(stages::rest(&lab, &environment, &operator, Duration::from_secs(seconds))?),
    };
    let heal = stages::heal(&lab, arguments.n, arguments.heal)?;
    let commit = stages::commit(&lab, &environment, &operator)?;
    let place = Place { lab: &lab, environment: &environment, program, folder: folder.to_owned() };
    let (restarts, operator) = restart::measure(&place, operator, arguments.n)?;
    operator.stop()?;
    Ok(Figures { creation, rest, heal, commit, restarts })
}

/// A lab, a repository with this many folders of four objects, and the running operator.
pub fn begun(
    count: u32,
    program: &Path,
    folder: &Path,
) -> anyhow::Result<(Lab, Environment, Operator)> {
    let environment = Environment::new(&folder.join("git"), count)?;
    let lab = Lab::start(&folder.join("control-plane"), program)?;
    let operator = Operator::start(program, &lab, folder)?;
    Ok((lab, environment, operator))
}

/// The CPU for the creation of one application, at two sizes.
fn growth(from: u32, to: u32, program: &Path, folder: &Path) -> anyhow::Result<Growth> {
    let each = |count: u32| -> anyhow::Result<f64> {
        let mut costs = Vec::new();
        for run in 1..=GROWTH_RUNS {
            eprintln!("Creation at {count} applications, {run} of {GROWTH_RUNS}");
            let folder = folder.join(format!("growth-{count}-{run}"));
            let Creation { cpu_seconds, .. } = created(count, program, &folder)?;
            std::fs::remove_dir_all(&folder)?;
            costs.push(1000.0 * cpu_seconds / f64::from(count));
        }
        Ok(report::median(&mut costs))
    };
    let (small, large) = (each(from)?, each(to)?);
    Ok(Growth { from, to, milliseconds_from: small, milliseconds_to: large })
}

fn created(count: u32, program: &Path, folder: &Path) -> anyhow::Result<Creation> {
    let (lab, environment, operator) = begun(count, program, folder)?;
    let creation = create(&lab, &environment, &operator, count)?;
    operator.stop()?;
    Ok(creation)
}

fn create(
    lab: &Lab,
    environment: &Environment,
    operator: &Operator,
    count: u32,
) -> anyhow::Result<Creation> {
    let resource = |number| application(number, &environment.url);
    stages::create(lab, environment, operator, &Batch { count, fours: count, resource: &resource })
}
