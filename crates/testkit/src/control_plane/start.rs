//! The order of a start: files, etcd and API server, wait, the rest, wait.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::process::Process;
use super::program::Program;
use super::server::{ADDRESS, AUDIT_LOG, CERTIFICATES, Server, TOKENS};
use super::{ControlPlane, Error, Options, files, ports};
use crate::https::Client;

/// How long the API server, and then the controllers, may take until they are ready. They take
/// 5 s on an idle machine.
const READY_MAX: Duration = Duration::from_mins(2);
/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often to try with other ports when one was taken between the choice and its use.
const PORT_ATTEMPTS_MAX: u32 = 3;

/// The data folder: a given one stays, a fresh one goes.
#[derive(Debug)]
pub enum Data {
    /// Given.
    Kept(PathBuf),
    /// Ours.
    Fresh(TempDir),
}

impl Data {
    fn new(given: Option<&Path>) -> Result<Self, Error> {
        let Some(given) = given else {
            let fresh = tempfile::Builder::new().prefix("control-plane-").tempdir();
            return fresh.map(Self::Fresh).map_err(Error::file(&std::env::temp_dir()));
        };
        // It holds tokens and keys.
        let made = DirBuilder::new().recursive(true).mode(0o700).create(given);
        made.map_err(Error::file(given))?;
        fs::canonicalize(given).map(Self::Kept).map_err(Error::file(given))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Fresh(folder) => folder.path(),
        }
    }
}

/// Starts a control plane; see [`ControlPlane::start`].
pub fn start(options: &Options) -> Result<ControlPlane, Error> {
    let program = Program::find(options.minor)?;
    let data = Data::new(options.data.as_deref())?;
    let folder = data.path().to_owned();
    let tokens = files::write_tokens(&folder.join(TOKENS), &options.users)?;
    files::write_audit_policy(&folder.join("audit-policy.yaml"))?;
    signing_key(&program, &folder)?;

    let (etcd, apiserver, server) = ready_server(&program, &folder, &tokens)?;
    for (user, token) in &server.tokens {
        let path = server.kubeconfig(user);
        files::write_kubeconfig(&path, &server.url(), &server.authority, (user, token))?;
    }
    let command = controller_manager(&program, &server)?;
    let controller_manager = Process::start("kube-controller-manager", command, &folder)?;
    let nodes = if options.nodes {
        let kubeconfig = server.kubeconfig("nodes").into_os_string();
        let command = program.helper(["nodes".into(), "--kubeconfig".into(), kubeconfig]);
        Some(Process::start("nodes", command, &folder)?)
    } else {
        None
    };
    let mut all = ControlPlane { server, nodes, controller_manager, apiserver, etcd, _data: data };
    wait_usable(&mut all)?;
    Ok(all)
}

fn signing_key(program: &Program, folder: &Path) -> Result<(), Error> {
    let key = folder.join("sa.key");
    if key.exists() {
        return Ok(());
    }
    let mut command = program.helper(["keygen".into(), key.clone().into()]);
    // Its own group, as of all that we start: a Ctrl-C on the terminal is for the starter.
    let output = command.stdin(Stdio::null()).process_group(0).output();
    let output = output.map_err(Error::file(&key))?;
    if output.status.success() {
        return Ok(());
    }
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Error::Exited { program: "keygen".into(), status: output.status.to_string(), log })
}

/// etcd and the API server, ready.
fn ready_server(
    program: &Program,
    folder: &Path,
    tokens: &BTreeMap<String, String>,
) -> Result<(Process, Process, Server), Error> {
    let mut attempt = 1;
    loop {
        let address = ports::loopback(api_port(folder)?);
        let client_port = free_port(folder)?;
        let mut etcd = Process::start("etcd", etcd(program, folder, client_port)?, folder)?;
        let command = apiserver(program, folder, address.port(), client_port);
        let mut apiserver = Process::start("kube-apiserver", command, folder)?;
        let mut server =
            Server { data: folder.into(), address, authority: Vec::new(), tokens: tokens.clone() };
        match wait_ready(&mut etcd, &mut apiserver, &mut server) {
            Ok(()) => {
                files::write(&folder.join(ADDRESS), &format!("{address}\n"))?;
                return Ok((etcd, apiserver, server));
            }
            Err(Error::Exited { log, .. })
                if attempt < PORT_ATTEMPTS_MAX && log.contains("address already in use") =>
            {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The port of the last start in this folder, if it is free, so that kubeconfig files and running
/// operators stay right.
fn api_port(folder: &Path) -> Result<u16, Error> {
    let last = fs::read_to_string(folder.join(ADDRESS)).unwrap_or_default();
    match last.trim().parse::<SocketAddr>() {
        Ok(address) if ports::is_free(address.port()) => Ok(address.port()),
        _ => free_port(folder),
    }
}

fn free_port(folder: &Path) -> Result<u16, Error> {
    ports::free().map_err(Error::file(folder))
}

fn etcd(program: &Program, folder: &Path, client: u16) -> Result<Command, Error> {
    let (client, peer) = (ports::loopback(client), ports::loopback(free_port(folder)?));
    let mut command = program.part("etcd");
    command.arg("--data-dir").arg(folder.join("etcd")).args([
        format!("--listen-client-urls=http://{client}"),
        format!("--advertise-client-urls=http://{client}"),
        format!("--listen-peer-urls=http://{peer}"),
        format!("--initial-advertise-peer-urls=http://{peer}"),
        format!("--initial-cluster=default=http://{peer}"),
        // 8 GiB, the largest that etcd recommends.
        "--quota-backend-bytes=8589934592".into(),
        "--unsafe-no-fsync".into(),
        "--log-level=warn".into(),
    ]);
    Ok(command)
}

fn apiserver(program: &Program, folder: &Path, port: u16, etcd: u16) -> Command {
    let file = |flag: &str, name: &str| format!("--{flag}={}", folder.join(name).display());
    let mut command = program.part("kube-apiserver");
    command.args([
        format!("--etcd-servers=http://{}", ports::loopback(etcd)),
        format!("--secure-port={port}"),
        "--bind-address=127.0.0.1".into(),
        // Without these two, a machine without a network has no address to advertise.
        "--advertise-address=127.0.0.1".into(),
        "--endpoint-reconciler-type=none".into(),
        file("cert-dir", "certs"),
        "--service-account-issuer=https://kubernetes.default.svc".into(),
        file("service-account-key-file", "sa.key"),
        file("service-account-signing-key-file", "sa.key"),
        "--service-cluster-ip-range=10.0.0.0/16".into(),
        "--authorization-mode=RBAC".into(),
        file("token-auth-file", TOKENS),
        "--allow-privileged".into(),
        file("audit-policy-file", "audit-policy.yaml"),
        file("audit-log-path", AUDIT_LOG),
        // Blocking: what has been answered is in the log.
        "--audit-log-mode=blocking".into(),
        "--audit-log-maxsize=4000".into(),
        "--max-requests-inflight=800".into(),
        "--max-mutating-requests-inflight=400".into(),
    ]);
    command
}

fn controller_manager(program: &Program, server: &Server) -> Result<Command, Error> {
    let port = free_port(&server.data)?;
    let authority = server.data.join("ca.crt");
    fs::write(&authority, &server.authority).map_err(Error::file(&authority))?;
    let mut command = program.part("kube-controller-manager");
    command.args([
        format!("--kubeconfig={}", server.kubeconfig("kcm").display()),
        format!("--service-account-private-key-file={}", server.data.join("sa.key").display()),
        format!("--root-ca-file={}", authority.display()),
        "--leader-elect=false".into(),
        "--kube-api-qps=500".into(),
        "--kube-api-burst=1000".into(),
        "--concurrent-deployment-syncs=10".into(),
        "--concurrent-replicaset-syncs=10".into(),
        format!("--secure-port={port}"),
        "--bind-address=127.0.0.1".into(),
    ]);
    Ok(command)
}

/// Waits until the API server has written its certificate and says that it is ready.
fn wait_ready(
    etcd: &mut Process,
    apiserver: &mut Process,
    server: &mut Server,
) -> Result<(), Error> {
    let end = Instant::now() + READY_MAX;
    while Instant::now() < end {
        etcd.check()?;
        apiserver.check()?;
        if let Some(authority) = files::authority(&server.data.join(CERTIFICATES)) {
            server.authority = authority;
            // It answers nothing at first, then that it is not ready.
            if server.client("admin")?.get("/readyz").is_ok_and(|answer| answer.code == 200) {
                return Ok(());
            }
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Err(late("kube-apiserver was not ready", apiserver))
}

/// Waits until a Pod could be created and would run.
fn wait_usable(all: &mut ControlPlane) -> Result<(), Error> {
    let admin = all.client("admin")?;
    let end = Instant::now() + READY_MAX;
    while Instant::now() < end {
        all.check()?;
        if has_service_account(&admin, "default") && (all.nodes.is_none() || has_node(&admin)) {
            return Ok(());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Err(late("the controllers were not ready", &all.controller_manager))
}

/// Whether Pods can be created in the namespace.
pub(super) fn has_service_account(admin: &Client, namespace: &str) -> bool {
    admin.read(&format!("/api/v1/namespaces/{namespace}/serviceaccounts/default")).is_ok()
}

fn has_node(admin: &Client) -> bool {
    let Ok(nodes) = admin.read("/api/v1/nodes") else { return false };
    let is_ready = |node: &Value| {
        let conditions = node["status"]["conditions"].as_array();
        conditions.is_some_and(|all| {
            all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
        })
    };
    // The taint is there until the controller manager has seen that the node is ready.
    let usable = |node: &Value| is_ready(node) && node["spec"]["taints"].is_null();
    nodes["items"].as_array().is_some_and(|items| items.iter().any(usable))
}

fn late(what: &str, process: &Process) -> Error {
    Error::Late { what: what.into(), seconds: READY_MAX.as_secs(), log: process.log_tail() }
}
