//! `cargo xtask bench`: figures of the operator on a real API server, each beside the floor: the same
//! requests from a program that decides nothing, on the same machine in the same run.

mod apps;
mod environment;
mod floor;
mod heal;
mod lab;
mod manifests;
mod operator;
mod report;
mod stages;
mod usage;

/// What to measure.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Many Applications of four objects each: creation, rest, healing and one commit
    Apps(apps::Arguments),
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Apps(arguments) => apps::run(arguments),
    }
}
