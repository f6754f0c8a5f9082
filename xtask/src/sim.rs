//! `cargo xtask sim`: worlds of the simulator, seed by seed.

use crate::process::{cargo, run_to_success};

#[derive(clap::Args)]
pub struct Arguments {
    /// How many seeds
    #[arg(long, default_value_t = 300)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Show the whole trace of a seed that fails, and not its end only
    #[arg(long)]
    all: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (from, seeds) = (arguments.from.to_string(), arguments.seeds.to_string());
    let mut simulate =
        cargo(&["run", "--release", "--quiet", "-p", "trimtab-simulator", "--bin", "simulate"]);
    simulate.args(["--", &from, &seeds]);
    if arguments.all {
        simulate.arg("all");
    }
    run_to_success(&mut simulate)
}
