//! One control plane for many tests: each takes a tenant, which is a namespace and a user.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use super::server::Server;
use super::{ControlPlane, Error, Options, start};
use crate::cache;

/// The environment variable that names the data folder of a control plane which was started with
/// [`serve_tenants`]. `cargo xtask test` sets it for the tests.
pub const SERVER_ENV: &str = "TRIMTAB_TEST_SERVER";

/// How many tests can share one control plane over its life.
const TENANTS_MAX: usize = 2_000;
/// How long the namespace of a tenant may take until Pods can be created in it.
const NAMESPACE_MAX: Duration = Duration::from_mins(1);

/// A part of a shared control plane that is one test's own.
#[derive(Debug)]
pub struct Tenant {
    /// The control plane, shared with other tests.
    pub server: Server,
    /// A namespace of its own, ready for Pods.
    pub namespace: String,
    /// A user of its own in `system:masters`, so that the audit log can tell its requests.
    pub user: String,
}

/// Starts a control plane that has tenants.
///
/// # Errors
/// As [`ControlPlane::start`].
pub fn serve_tenants(mut options: Options) -> Result<ControlPlane, Error> {
    for number in 0..TENANTS_MAX {
        options = options.user(&name(number), &["system:masters"]);
    }
    ControlPlane::start(&options)
}

/// Takes a tenant: of the control plane that [`SERVER_ENV`] names, or else of one which this
/// process starts at the first call and which ends with it.
///
/// # Errors
/// When there is no control plane and none can be started, or no tenant is left.
pub fn tenant() -> Result<Tenant, Error> {
    let server = server()?;
    let claims = server.data().join("claims");
    std::fs::create_dir_all(&claims).map_err(Error::file(&claims))?;
    let name = claim(&claims)?;
    let admin = server.client("admin")?;
    let namespace = json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name},
    });
    admin.create("/api/v1/namespaces", &namespace)?;
    let end = Instant::now() + NAMESPACE_MAX;
    while !start::has_service_account(&admin, &name) {
        if Instant::now() > end {
            let what = format!("namespace {name} had no service account");
            return Err(Error::Late { what, seconds: NAMESPACE_MAX.as_secs(), log: String::new() });
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(Tenant { server, namespace: name.clone(), user: name })
}

fn name(number: usize) -> String {
    format!("tenant-{number}")
}

/// The first name that nobody has taken, in this process or another.
fn claim(claims: &Path) -> Result<String, Error> {
    for number in 0..TENANTS_MAX {
        let name = name(number);
        match File::create_new(claims.join(&name)) {
            Ok(_) => return Ok(name),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::file(claims)(error)),
        }
    }
    Err(Error::NoTenantLeft(TENANTS_MAX))
}

fn server() -> Result<Server, Error> {
    match std::env::var_os(SERVER_ENV).filter(|folder| !folder.is_empty()) {
        Some(folder) => Server::open(&PathBuf::from(folder)),
        None => own_server(),
    }
}

/// The control plane of this process. It is never dropped: its programs end with the process, and
/// its folder is swept by the next process that comes here.
fn own_server() -> Result<Server, Error> {
    static OWN: OnceLock<ControlPlane> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());
    let _one = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(own) = OWN.get() {
        return Ok((**own).clone());
    }
    let folder = cache::target().join("control-plane").join("shared");
    sweep(&folder);
    let data = folder.join(std::process::id().to_string());
    let own = serve_tenants(Options { data: Some(data), ..Options::default() })?;
    Ok((**OWN.get_or_init(|| own)).clone())
}

/// Removes the folders of processes that are gone.
fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_alive = Path::new("/proc").join(entry.file_name()).exists();
        if Path::new("/proc/self").exists() && !is_alive {
            // Another process may sweep at the same time; what is left is swept next time.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
