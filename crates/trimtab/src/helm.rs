//! `trimtab helm`: helm's own commands on charts that lie on disk, without a cluster.

mod disk;
mod output;
mod template;

use trimtab_cli::{HelmCommand, exit};

/// Carries out one of helm's commands. What fails is told in helm's words, and the exit code is helm's.
pub fn run(command: &HelmCommand) -> u8 {
    let HelmCommand::Template(flags) = command;
    match template::run(flags) {
        Ok(()) => exit::OK,
        Err(Refusal(text)) => {
            say(&format!("Error: {text}"));
            exit::DIFFERENCE
        }
    }
}

/// Why a command fails, in helm's words, or in ours where helm would have gone on.
#[derive(Debug)]
struct Refusal(String);

impl<E: std::fmt::Display> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(format!("{error:#}"))
    }
}

/// Writes lines to standard error. What a chart says is in them, and draws nothing.
fn say(text: &str) {
    let lines: Vec<String> = text.split('\n').map(trimtab_cli::printable).collect();
    eprintln!("{}", lines.join("\n"));
}
