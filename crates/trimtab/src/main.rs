//! Configuration, assembly, run: the only place that names concrete edges.

mod app;
mod cache;
mod install;
mod keys;
mod logging;
mod offline;
mod operator;
mod plan;
mod reach;
mod system;
mod terminal;

use clap::{CommandFactory, Parser};
use std::process::ExitCode;
use trimtab_cli::{Cli, Command, exit};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Run(run) => operator::run(&run).map(|()| exit::OK),
        Command::Install(install) => install::print(&install),
        Command::Render(render) => offline::print(&render),
        Command::Plan(plan) => plan::print(&plan),
        Command::App(command) => app::run(&command),
        Command::Completion(completion) => {
            clap_complete::generate(
                completion.shell,
                &mut Cli::command(),
                "trimtab",
                &mut std::io::stdout(),
            );
            Ok(exit::OK)
        }
    };
    result.map_or_else(
        |error| {
            eprintln!("trimtab: {error:#}");
            ExitCode::from(exit::FAILED)
        },
        ExitCode::from,
    )
}
