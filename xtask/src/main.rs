//! The workbench: everything that a developer or CI runs, behind `cargo xtask`. One file a command.
#![expect(
    clippy::disallowed_methods,
    reason = "the workbench starts programs, reads its environment and waits for both"
)]

mod apiserver;
mod interrupt;

use clap::{Parser, Subcommand};

/// Everything that a developer or CI runs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a real control plane on loopback, with a stand-in for nodes, until Ctrl-C
    Apiserver(apiserver::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Apiserver(arguments) => apiserver::run(&arguments),
    }
}
