//! How remotes are reached: the Secrets that credentials name, read once and kept in memory, and the
//! repositories that one family declares, followed as they change.

mod declared;
mod known;

pub use declared::follow;
pub use known::Known;

use futures::future::BoxFuture;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use trimtab_controller::{Keys, NoAccess, Repositories};
use trimtab_model::Remote;
use trimtab_ports::cluster::Cluster;
use trimtab_ports::git::Access;

/// Reads Secrets of the cluster: by what the first family declares, else by the name that a source of
/// the second gives.
pub struct ClusterKeys {
    /// The cluster.
    pub cluster: Arc<dyn Cluster>,
    /// The longest that one request may take.
    pub timeout: Duration,
    /// What was read before.
    pub known: Known,
    /// The repositories that the first family declares.
    pub declared: watch::Receiver<Option<Arc<Repositories>>>,
}

impl Keys for ClusterKeys {
    fn access<'a>(
        &'a self,
        remote: &'a Remote,
        renew: bool,
    ) -> BoxFuture<'a, Result<Arc<Access>, NoAccess>> {
        Box::pin(async move {
            let declared = self.declared.borrow().clone();
            if let Some(repositories) = declared.filter(|known| known.opens(remote)) {
                return Ok(Arc::new(repositories.access(remote, self.timeout)));
            }
            if let Some(access) = self.known.get(remote).filter(|_| !renew) {
                return Ok(access);
            }
            let access = Arc::new(self.read(remote).await?);
            self.known.keep(remote, access.clone());
            Ok(access)
        })
    }

    fn retain(&self, remotes: &BTreeSet<Remote>) {
        self.known.retain(remotes);
    }
}

impl ClusterKeys {
    async fn read(&self, remote: &Remote) -> Result<Access, NoAccess> {
        let mut secret = None;
        if let Some(name) = &remote.credential {
            let (namespace, secret_name) = name.split_once('/').unwrap_or(("", name));
            let data = self.cluster.read_secret(namespace.into(), secret_name.into()).await;
            secret = data.map_err(|failure| NoAccess::Unread { name: name.clone(), failure })?;
        }
        Ok(trimtab_fluxcd::access(remote, secret.as_ref(), self.timeout)?)
    }
}
