//! A real control plane on loopback: etcd, kube-apiserver, kube-controller-manager, and a stand-in
//! for nodes that lets Pods run.
//!
//! It has its own data folder, certificates, users and ports, and it ends with the process that
//! started it, however that ends. The API server's audit log is the judge of who wrote what.

mod audit;
mod error;
mod files;
mod options;
mod ports;
mod process;
mod program;
mod server;
mod shared;
mod start;

use std::ops::Deref;
use std::time::Duration;

pub use audit::Request;
pub use error::Error;
pub use options::{Minor, Options};
pub use process::Process;
pub use program::{Program, build};
pub use server::Server;
pub use shared::{SERVER_ENV, Tenant, serve_tenants, tenant};

use start::Data;

/// How long a program may take to stop in good order.
const STOP_MAX: Duration = Duration::from_secs(20);

/// A running control plane. Dropped, it is killed, and its data folder goes unless it was given.
#[derive(Debug)]
pub struct ControlPlane {
    server: Server,
    // Dropped in this order: whoever calls goes before who is called, and the data last.
    nodes: Option<Process>,
    controller_manager: Process,
    apiserver: Process,
    etcd: Process,
    _data: Data,
}

impl ControlPlane {
    /// Starts a control plane and returns when it can be worked with: the API server is ready, the
    /// namespace `default` has its service account, and (unless switched off) the node is ready.
    ///
    /// # Errors
    /// When the program cannot be found or built, and when a part exits or is not ready in time;
    /// the error then carries the end of its log.
    pub fn start(options: &Options) -> Result<Self, Error> {
        start::start(options)
    }

    /// The process ids of its programs, for tests of their end.
    pub fn process_ids(&self) -> Vec<u32> {
        let parts = [&self.controller_manager, &self.apiserver, &self.etcd];
        self.nodes.iter().chain(parts).map(Process::id).collect()
    }

    /// Says whether every program still runs.
    ///
    /// # Errors
    /// Names the one that has exited, with the end of its log.
    pub fn check(&mut self) -> Result<(), Error> {
        let parts = [&mut self.controller_manager, &mut self.apiserver, &mut self.etcd];
        self.nodes.iter_mut().chain(parts).try_for_each(Process::check)
    }

    /// Stops all programs in good order, callers before called. A given data folder stays and can
    /// be started again, also with another minor version.
    ///
    /// # Errors
    /// When a program did not stop within its time; it is killed then.
    pub fn stop(mut self) -> Result<(), Error> {
        let parts = [&mut self.controller_manager, &mut self.apiserver, &mut self.etcd];
        let mut result = Ok(());
        for part in self.nodes.iter_mut().chain(parts) {
            result = result.and(part.stop(STOP_MAX));
        }
        result
    }
}

impl Deref for ControlPlane {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}
