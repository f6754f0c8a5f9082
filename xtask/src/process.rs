//! Starting other programs, and saying which.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::interrupt::Interrupt;

/// How often to look whether a program has ended, and whether a person wishes that it does.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A command, in the root of the repository.
///
/// What cargo tells a program that it runs is not for the cargo that this program runs: build scripts of
/// libraries look at it, and two builds that do not agree on it undo each other.
pub fn command(program: impl AsRef<OsStr>, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(trimtab_testkit::repository());
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_one_package(name)) {
        command.env_remove(name);
    }
    command
}

/// Whether a variable says for which package cargo runs a program.
fn is_of_one_package(name: &OsStr) -> bool {
    let one = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
    let name = name.to_string_lossy();
    name == "OUT_DIR" || one.iter().any(|beginning| name.starts_with(beginning))
}

/// The cargo that runs this, or the one on `PATH`.
pub fn cargo(args: &[&str]) -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), args)
}

/// Says what is run, runs it, and fails if it does.
pub fn run_to_success(command: &mut Command) -> anyhow::Result<()> {
    let line = line(command);
    eprintln!("\n$ {line}");
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs a program that reads all of its input before it prints, and returns what it prints; nothing if
/// somebody wished the end before. It has a group of its own: a Ctrl-C on the terminal is for us, and what a
/// program says that dies of it would be no news.
pub fn output(
    command: &mut Command,
    input: Option<&str>,
    interrupt: &Interrupt,
) -> anyhow::Result<Option<Output>> {
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn();
    let mut child = spawned.with_context(|| format!("cannot start `{}`", line(command)))?;
    let (stdout, stderr) = (read(child.stdout.take()), read(child.stderr.take()));
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        // One that has ended before says why itself.
        let _ = stdin.write_all(input.as_bytes());
    }
    loop {
        if let Some(status) = child.try_wait()? {
            let all = |read: JoinHandle<Vec<u8>>| read.join().unwrap_or_default();
            return Ok(Some(Output { status, stdout: all(stdout), stderr: all(stderr) }));
        }
        if interrupt.wait(LOOK_EVERY) {
            // One that has ended by itself cannot be killed, and need not be.
            let _ = child.kill();
            child.wait()?;
            return Ok(None);
        }
    }
}

/// Reads a pipe to its end, beside the program that writes it.
fn read(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut all = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before a pipe broke is all that there is.
            let _ = pipe.read_to_end(&mut all);
        }
        all
    })
}

/// The command as a person would type it.
pub fn line(command: &Command) -> String {
    let name = std::path::Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(name).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{command, output};
    use crate::interrupt::planted;
    use std::process::Command;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_is_heard_to_its_end() {
        let (_tell, interrupt) = planted();
        let mut echo = shell("cat; echo no >&2; exit 3");
        let heard =
            output(&mut echo, Some("yes"), &interrupt).expect("it starts").expect("it ends");
        assert_eq!((&*heard.stdout, &*heard.stderr), (&b"yes"[..], &b"no\n"[..]));
        assert_eq!(heard.status.code(), Some(3));
    }

    #[test]
    fn a_wish_to_end_ends_a_program_and_is_not_heard_by_itself() {
        let (tell, interrupt) = planted();
        // The fifth field of it is the group of a process.
        let mut group = shell("echo $$; cut -d' ' -f5 /proc/$$/stat");
        let heard = output(&mut group, None, &interrupt).expect("it starts").expect("it ends");
        let numbers = String::from_utf8_lossy(&heard.stdout).into_owned();
        let mut numbers = numbers.lines();
        assert_eq!(numbers.next(), numbers.next(), "it leads a group of its own");
        tell.send(()).expect("it listens");
        assert!(
            output(&mut shell("exec sleep 600"), None, &interrupt).expect("it starts").is_none()
        );
    }

    #[test]
    fn what_cargo_told_of_this_package_is_not_handed_on() {
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "cargo runs this test");
        let command = command("cargo", &[]);
        let removed: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).collect();
        for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME"] {
            assert!(removed.iter().any(|(removed, _)| *removed == name), "{name}");
        }
        assert!(removed.iter().all(|(removed, _)| *removed != "CARGO_HOME"));
    }
}
