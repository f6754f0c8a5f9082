//! The workbench: everything that a developer or CI runs, behind `cargo xtask`. One file a command.
#![expect(
    clippy::disallowed_methods,
    reason = "the workbench starts programs, reads its environment and waits for both"
)]

mod apiserver;
mod check;
mod interrupt;
mod parity;
mod process;
mod test;
mod tidy;

use std::process::ExitCode;

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
    /// Check format, lints, tidiness, dependencies and documentation
    Check,
    /// Write the tables of PARITY.md from the tables of the doors
    Parity,
    /// Run every test, those that need the real API server included
    Test(test::Arguments),
    /// Compare the arrows between the rooms, and their promises, with the house rules
    Tidy,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Apiserver(arguments) => apiserver::run(&arguments),
        Command::Check => check::run(),
        Command::Parity => parity::run(),
        Command::Test(arguments) => test::run(&arguments),
        Command::Tidy => tidy::run(),
    }
}
