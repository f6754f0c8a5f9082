//! The binary, as people run it: without a cluster, and on a real API server.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a test of the binary starts the binary, and fails by a panic"
)]

mod diff;
mod helm;
mod hostile;
mod offline;
mod real_server;
mod recipe;
mod unreachable;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the binary in the directory of the cases.
fn trimtab(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trimtab"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render"))
        .env_clear()
        .output()
        .expect("the binary runs")
}

/// The same with something on standard input.
fn trimtab_with(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_trimtab"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render"))
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}
