//! `cargo xtask sim`: worlds of the simulator, seed by seed.

use crate::process::{cargo, run_to_success};

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
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
    /// Go on after a seed that fails, and tell each with its first violation
    #[arg(long)]
    every: bool,
    /// Instead of seeds, tell each story with a death at every effect, and count the deaths
    #[arg(long)]
    stories: bool,
    /// Instead, tell by which seed each operator with a mistake is found
    #[arg(long)]
    mutants: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (from, seeds) = (arguments.from.to_string(), arguments.seeds.to_string());
    let mut simulate =
        cargo(&["run", "--release", "--quiet", "-p", "trimtab-simulator", "--bin", "simulate"]);
    simulate.arg("--");
    if arguments.stories {
        simulate.arg("stories");
    } else if arguments.mutants {
        simulate.arg("mutants");
    } else {
        simulate.args([&from, &seeds]);
    }
    for (word, is_given) in [("all", arguments.all), ("every", arguments.every)] {
        if is_given {
            simulate.arg(word);
        }
    }
    run_to_success(&mut simulate)
}
