//! The operator as a process whose end the test decides.

use crate::real_server::support::Place;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// How often to look at its metrics.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The running operator. Dropped, it is killed.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Process {
    /// Starts the real binary on a place, with its caches under this directory.
    pub fn start(place: &Place, cache: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_trimtab"))
            .env_clear()
            .arg("run")
            .arg("--kubeconfig")
            .arg(place.server.kubeconfig(&place.user))
            .arg("--cache-dir")
            .arg(cache)
            .arg(format!("--allow-file-repositories={}", place.folder().display()))
            .args(["--namespace", &place.namespace])
            .args(["--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(["--git-poll", "1s", "--git-poll-jitter", "0s"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the operator starts");
        let output = BufReader::new(child.stderr.take().expect("a pipe"));
        let (send, lines) = channel();
        // It ends with the pipe.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, said: Vec::new() }
    }

    /// Waits until it says this, and returns the line.
    pub fn until_said(&mut self, words: &str) -> String {
        if let Some(line) = self.said.iter().find(|line| line.contains(words)) {
            return line.clone();
        }
        let end = Instant::now() + PATIENCE;
        while let Ok(line) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            self.said.push(line);
            if let Some(line) = self.said.last().filter(|line| line.contains(words)) {
                return line.clone();
            }
        }
        panic!("it never said `{words}`:\n{}", self.said.join("\n"))
    }

    /// Whether it has said this so far.
    pub fn has_said(&mut self, words: &str) -> bool {
        self.said.extend(self.lines.try_iter());
        self.said.iter().any(|line| line.contains(words))
    }

    /// Everything that it has said.
    pub fn log(&mut self) -> String {
        self.said.extend(self.lines.try_iter());
        self.said.join("\n")
    }

    /// Ends it at once, as a machine that is switched off does.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("it has ended");
    }

    /// Asks it to end, and says how it ended and how long that took.
    pub fn terminate(mut self) -> (ExitStatus, Duration, String) {
        let begun = Instant::now();
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(sent.success());
        let status = self.child.wait().expect("it has ended");
        let took = begun.elapsed();
        (status, took, self.log())
    }

    /// Waits until it has rendered this many applications and nothing waits to be looked at.
    pub fn until_settled(&mut self, renders: u64) {
        let line = self.until_said("\"listening\"");
        let address = line.split("127.0.0.1:").nth(1).and_then(|rest| rest.split('"').next());
        let address = format!("127.0.0.1:{}", address.expect("a port"));
        let end = Instant::now() + PATIENCE;
        loop {
            let text = get(&address, "/metrics");
            let is = |name| value(&text, name);
            if is("trimtab_renders_total") >= renders && is("trimtab_queue_depth") == 0 {
                return;
            }
            assert!(Instant::now() < end, "not settled:\n{text}\n{}", self.log());
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer
}

fn value(metrics: &str, name: &str) -> u64 {
    let mut lines = metrics.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("there is no {name}:\n{metrics}"))
}
