//! The operator that is measured.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use trimtab_testkit::control_plane::Process;

use super::lab::Lab;
use super::manifests::NAMESPACE;
use super::usage::{Usage, child_of};

/// How long it may take until it holds its Lease.
const READY_MAX: Duration = Duration::from_mins(1);
/// How long it may take to end after SIGTERM.
const STOP_MAX: Duration = Duration::from_secs(15);
/// How long its start goes on after it is ready: the first lists of what it watches.
const SETTLE: Duration = Duration::from_secs(2);

/// The operator, running.
pub struct Operator {
    process: Process,
    id: u32,
    address: SocketAddr,
    /// What its start has used.
    pub start: Usage,
}

impl Operator {
    /// Starts it, and returns when it is ready and has settled.
    pub fn start(program: &Path, lab: &Lab, folder: &Path) -> anyhow::Result<Self> {
        let mut operator = Self::launch(program, lab, folder)?;
        thread::sleep(SETTLE);
        operator.start = operator.usage()?;
        Ok(operator)
    }

    /// Where its caches are.
    pub fn caches(folder: &Path) -> PathBuf {
        folder.join("cache")
    }

    /// Starts it, and returns when it holds its Lease.
    pub fn launch(program: &Path, lab: &Lab, folder: &Path) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("guard").arg("--").arg(program).arg("run");
        command.arg("--kubeconfig").arg(lab.kubeconfig());
        command.args(["--namespace", NAMESPACE, "--listen", &address.to_string()]);
        command.arg("--cache-dir").arg(Self::caches(folder));
        let mut process = Process::start("operator", command, folder)?;
        let end = Instant::now() + READY_MAX;
        while !matches!(http(address, "GET", "/readyz", &[], &Value::Null), Ok((200, _))) {
            process.check()?;
            if Instant::now() > end {
                bail!("the operator is not ready: {}", process.log_tail());
            }
            thread::sleep(Duration::from_millis(50));
        }
        let id = child_of(process.id()).context("the operator has ended")?;
        Ok(Self { start: Usage::of(id)?, process, id, address })
    }

    /// Says whether it still runs.
    pub fn check(&mut self) -> anyhow::Result<()> {
        Ok(self.process.check()?)
    }

    /// Whether it has rendered that many applications, and none waits to be looked at.
    pub fn has_compared(&self, applications: u32) -> anyhow::Result<bool> {
        let (_, metrics) = http(self.address, "GET", "/metrics", &[], &Value::Null)?;
        let value = |name: &str| {
            let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|value| value.trim().parse::<u32>().ok())
        };
        let rendered = value("trimtab_renders_total").unwrap_or_default();
        Ok(rendered >= applications && value("trimtab_queue_depth") == Some(0))
    }

    /// What it has used so far.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.id)
    }

    /// Tells it of a push, as GitHub does.
    pub fn pushed(&self, url: &str, [before, after]: &[String; 2]) -> anyhow::Result<()> {
        let page = url.strip_suffix(".git").unwrap_or(url);
        let push = json!({
            "ref": "refs/heads/main", "before": before, "after": after,
            "repository": {"html_url": page, "default_branch": "main"},
        });
        let headers = ["X-GitHub-Event: push", "Content-Type: application/json"];
        let (code, _) = http(self.address, "POST", "/api/webhook", &headers, &push)?;
        if code >= 300 {
            bail!("the webhook was refused: {code}");
        }
        Ok(())
    }

    /// Stops it.
    pub fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.process.stop(STOP_MAX)?)
    }
}

/// One request over plain HTTP; the code of the answer, and the whole of it.
fn http(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &Value,
) -> anyhow::Result<(u16, String)> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut request = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\n");
    for header in headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    write!(stream, "{request}Content-Length: {}\r\n\r\n{body}", body.len())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    let code = code.context("the operator's answer is not HTTP")?;
    Ok((code, answer))
}
