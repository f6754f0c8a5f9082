//! `xtask guard`, for the workbench's own use: runs a program that ends with the one who started it,
//! however that ends.

use std::ffi::OsString;
use std::io::{Read, stdin};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::Context;

#[derive(clap::Args)]
pub struct Arguments {
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Runs the program and exits with its code. A byte on standard input sends it SIGTERM, the input's
/// end SIGKILL.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let [program, args @ ..] = &*arguments.command else { return Ok(()) };
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).env_remove("TRIMTAB_EXIT_WITH_STDIN");
    let mut child =
        command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
    let id = child.id();
    thread::spawn(move || {
        while stdin().read(&mut [0]).is_ok_and(|bytes| bytes == 1) {
            signal("TERM", id);
        }
        signal("KILL", id);
    });
    let status = child.wait()?;
    std::process::exit(status.code().or(status.signal().map(|signal| 128 + signal)).unwrap_or(1))
}

/// Sends a signal, by the shell's own `kill`: the standard library knows SIGKILL alone.
fn signal(name: &str, process: u32) {
    let mut kill = Command::new("sh");
    kill.args(["-c", r#"kill -s "$0" "$1""#, name, &process.to_string()]);
    // It fails for a process that is gone, and that is what was wanted.
    let _ = kill.stdin(Stdio::null()).stderr(Stdio::null()).status();
}
