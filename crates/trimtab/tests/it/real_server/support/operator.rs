//! The operator as a process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// How much of a log a failed test shows.
const LOG_TAIL_BYTES: usize = 6_000;

/// The running operator. It is killed with the test.
pub struct Operator {
    child: Child,
    log: PathBuf,
}

impl Operator {
    /// Starts the real binary. Remotes are asked every second, so that no test waits for a poll.
    pub fn start(kubeconfig: &Path, folder: &Path, flags: &[&str]) -> Self {
        let log = folder.join("operator.log");
        let output = File::options().create(true).append(true).open(&log).expect("a log file");
        let child = Command::new(env!("CARGO_BIN_EXE_trimtab"))
            .env_clear()
            .arg("run")
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .arg("--cache-dir")
            .arg(folder.join("cache"))
            .args(["--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(["--git-poll", "1s", "--git-poll-jitter", "0s"])
            .args(flags)
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a log file"))
            .stderr(output)
            .spawn()
            .expect("the operator starts");
        Self { child, log }
    }

    /// Everything that it has said.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).expect("a log")).into_owned()
    }

    /// The last that it has said.
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let start = log.len().saturating_sub(LOG_TAIL_BYTES);
        log.get(start..).unwrap_or(&log).to_owned()
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
