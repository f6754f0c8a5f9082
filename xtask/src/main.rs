//! The workbench: everything that a developer or CI runs, behind `cargo xtask`. One file a command.
#![expect(
    clippy::disallowed_methods,
    reason = "the workbench starts programs, reads its environment and waits for both"
)]

mod apiserver;
mod bench;
mod check;
mod guard;
mod interrupt;
mod process;
mod run_folder;
mod sim;
mod test;
mod tidy;
mod up;
mod upgrade;

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
    /// Measure the operator on a real API server, beside a program that decides nothing
    #[command(subcommand)]
    Bench(bench::Command),
    /// Check format, lints, tidiness, dependencies and documentation
    Check,
    /// Run a program that ends with the one who started it
    #[command(hide = true)]
    Guard(guard::Arguments),
    /// Live through worlds of the simulator, to the first seed that fails
    Sim(sim::Arguments),
    /// Run every test, those that need the real API server included
    Test(test::Arguments),
    /// Compare the arrows between the rooms, and their promises, with the house rules
    Tidy(tidy::Arguments),
    /// Run the operator on a real API server, with an example repository to push to
    Up(up::Arguments),
    /// Upgrade the API server from 1.35 to 1.36 under the running operator, and see that it writes nothing
    Upgrade(upgrade::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            match error.downcast_ref() {
                Some(interrupt::Interrupted(_)) => ExitCode::from(interrupt::INTERRUPTED),
                None => ExitCode::FAILURE,
            }
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Apiserver(arguments) => apiserver::run(&arguments),
        Command::Bench(command) => bench::run(&command),
        Command::Check => check::run(),
        Command::Guard(arguments) => guard::run(&arguments),
        Command::Sim(arguments) => sim::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Tidy(arguments) => tidy::run(&arguments),
        Command::Up(arguments) => up::run(&arguments),
        Command::Upgrade(arguments) => upgrade::run(&arguments),
    }
}
