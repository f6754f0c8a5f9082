//! Log lines: JSON in a pipe, for people on a terminal.

use crate::terminal;
use anyhow::Context;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use trimtab_cli::LogFormat;

/// Sets up the process's log. Lines go to standard error.
pub fn start(format: LogFormat, level: &str) -> anyhow::Result<()> {
    let choose = || format!("--log-level {level}: choose error, warn, info, debug or trace");
    // A word that is no level would name a part of the program, and nothing else would be logged.
    let words = level.split(',').filter(|word| !word.contains('='));
    let levels: Result<Vec<LevelFilter>, _> = words.map(str::parse).collect();
    levels.with_context(choose)?;
    let filter = EnvFilter::try_new(level).with_context(choose)?;
    let people = match format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Json => false,
        LogFormat::Text => true,
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if people {
        // A person may read a file, and a file has no colours.
        lines.with_target(false).with_ansi(terminal::paints_errors()).compact().init();
    } else {
        lines.json().flatten_event(true).with_current_span(false).init();
    }
    Ok(())
}
