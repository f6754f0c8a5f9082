//! `cargo xtask check`: everything that needs no test to run.

use trimtab_testkit::tools;

use crate::process::{cargo, command, run_to_success};
use crate::tidy;

const FETCH: [&str; 2] = ["fetch", "--locked"];
const FORMAT: [&str; 3] = ["fmt", "--all", "--check"];
const DENY: [&str; 5] = ["--offline", "check", "bans", "licenses", "sources"];
const CLIPPY: [&str; 6] = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
const DOC: [&str; 3] = ["doc", "--workspace", "--no-deps"];

pub fn run() -> anyhow::Result<()> {
    run_to_success(&mut cargo(&FORMAT))?;
    tidy::run(&tidy::Arguments::default())?;
    // cargo-deny stays offline, and reads every crate of the lock file, also other platforms'.
    run_to_success(&mut cargo(&FETCH))?;
    run_to_success(&mut command(tools::CARGO_DENY.path()?, &DENY))?;
    run_to_success(&mut cargo(&CLIPPY))?;
    run_to_success(cargo(&DOC).env("RUSTDOCFLAGS", "-D warnings"))
}
