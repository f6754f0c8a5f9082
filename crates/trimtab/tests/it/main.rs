//! The binary, as people run it: without a cluster, and on a real API server.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a test of the binary starts the binary, and fails by a panic"
)]

mod diff;
mod hostile;
mod offline;
mod real_server;
mod unreachable;

use std::path::Path;
use std::process::{Command, Output};

/// Runs the binary in the directory of the cases.
fn trimtab(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trimtab"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render"))
        .env_clear()
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}
