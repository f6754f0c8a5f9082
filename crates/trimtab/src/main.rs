//! Configuration, assembly, run: the only place that names concrete edges.

mod app;
mod cache;
mod flux;
mod helm;
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
use trimtab_cli::{Cli, Command, Completion, exit};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Run(run) => operator::run(&run).map(|()| exit::OK),
        Command::Install(install) => install::print(&install),
        Command::Render(render) => offline::print(&render),
        Command::Plan(plan) => plan::print(&plan),
        Command::App(command) => app::run(&command),
        Command::Suspend(target) => flux::suspend(&target),
        Command::Resume(target) => flux::resume(&target),
        Command::Reconcile(target) => flux::reconcile(&target),
        Command::Helm(command) => Ok(helm::run(&command)),
        Command::Completion(completion) => complete(&completion),
    };
    result.map_or_else(
        |error| {
            // What a server or a file says is in it, and draws nothing.
            let text = format!("{error:#}");
            let lines = text.lines().map(trimtab_cli::printable).collect::<Vec<_>>();
            eprintln!("error: {}", lines.join("\n"));
            ExitCode::from(exit::FAILED)
        },
        ExitCode::from,
    )
}

/// Prints the script. It is made whole first: its writer cannot tell that a reader has gone away.
fn complete(completion: &Completion) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(completion.shell, &mut Cli::command(), "trimtab", &mut script);
    terminal::print(&String::from_utf8_lossy(&script))?;
    Ok(exit::OK)
}
