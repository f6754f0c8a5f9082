//! `cargo xtask bench`: figures of the operator on a real API server, each beside the floor: the same
//! requests from a program that decides nothing, on the same machine in the same run.

mod apps;
pub mod environment;
mod floor;
mod heal;
pub mod lab;
mod large;
pub mod manifests;
pub mod operator;
mod report;
pub mod restart;
pub mod stages;
mod usage;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

use crate::run_folder::RunFolder;
use crate::up::operator::build;

/// What to measure.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Many Applications of four objects each: creation, rest, healing, one commit, restarts
    Apps(apps::Arguments),
    /// One Application of many objects: creation, its inventory, healing, commits, restarts
    Large(large::Arguments),
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Apps(arguments) => apps::run(arguments),
        Command::Large(arguments) => large::run(arguments),
    }
}

/// The program that is measured: a given one, or one that is built now with optimisation.
pub fn program(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    match given {
        Some(program) => std::fs::canonicalize(program)
            .with_context(|| format!("{} cannot be used", program.display())),
        None => build(true),
    }
}

/// Measures in a folder that goes, unless something fails: then its logs may say why.
pub fn in_folder(measure: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let folder = RunFolder::fresh("bench")?;
    match measure(folder.path()) {
        Ok(()) => folder.remove(),
        Err(error) => Err(error.context(format!("the logs are in {}", folder.path().display()))),
    }
}

/// Appends figures to a file, as one line.
fn append(out: &Path, figures: &Value) -> anyhow::Result<()> {
    let file = File::options().create(true).append(true).open(out);
    let written = file.and_then(|mut file| writeln!(file, "{figures}"));
    written.with_context(|| format!("cannot write {}", out.display()))
}
