//! Starting other programs, and saying which.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context, bail};

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

/// The command as a person would type it.
pub fn line(command: &Command) -> String {
    let name = std::path::Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(name).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::command;

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
