//! How remotes are reached: the Secrets that credentials name, read once and kept in memory, and the
//! repositories that one family declares, followed as they change.

mod declared;

pub use declared::follow;

use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use trimtab_controller::{Keys, Repositories};
use trimtab_model::{Remote, Secret};
use trimtab_ports::cluster::{Cluster, SecretData};
use trimtab_ports::git::{Access, ClientCertificate, Credential};

/// Reads Secrets of the cluster. Both families' keys are understood: they do not overlap.
pub struct ClusterKeys {
    /// The cluster.
    pub cluster: Arc<dyn Cluster>,
    /// The longest that one request may take.
    pub timeout: Duration,
    /// What was read before.
    pub known: Mutex<BTreeMap<Remote, Arc<Access>>>,
    /// The repositories that the first family declares.
    pub declared: watch::Receiver<Option<Arc<Repositories>>>,
}

impl Keys for ClusterKeys {
    fn access<'a>(
        &'a self,
        remote: &'a Remote,
        renew: bool,
    ) -> BoxFuture<'a, Result<Arc<Access>, String>> {
        Box::pin(async move {
            let declared = self.declared.borrow().clone();
            if let Some(repositories) = declared.filter(|known| known.opens(remote)) {
                return Ok(Arc::new(repositories.access(remote, self.timeout)));
            }
            if let Some(access) = self.lock().get(remote).filter(|_| !renew) {
                return Ok(access.clone());
            }
            let access = Arc::new(self.read(remote).await?);
            self.lock().insert(remote.clone(), access.clone());
            Ok(access)
        })
    }
}

impl ClusterKeys {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Remote, Arc<Access>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self, remote: &Remote) -> Result<Access, String> {
        let mut access = Access {
            credential: Credential::Anonymous,
            authorities: None,
            certificate: None,
            timeout: self.timeout,
        };
        let Some(name) = &remote.credential else { return Ok(access) };
        let (namespace, secret) = name.split_once('/').unwrap_or(("", name));
        let data = self.cluster.read_secret(namespace.into(), secret.into()).await;
        let data = data
            .map_err(|failure| format!("the Secret {name} cannot be read: {}", failure.message))?;
        let data =
            data.ok_or_else(|| format!("the Secret {name}, which the source names, is not there"))?;
        access.credential = credential(&data, name)?;
        access.authorities =
            text(&data, "ca.crt").or_else(|| text(&data, "caFile")).map(Into::into);
        access.certificate = certificate(&data);
        Ok(access)
    }
}

fn text(data: &SecretData, key: &str) -> Option<String> {
    let bytes = data.get(key)?.expose();
    String::from_utf8(bytes.clone()).ok().filter(|text| !text.is_empty())
}

fn credential(data: &SecretData, name: &str) -> Result<Credential, String> {
    match (text(data, "username"), text(data, "password"), text(data, "bearerToken")) {
        (None, None, None) => Ok(Credential::Anonymous),
        (None, None, Some(token)) => Ok(Credential::Bearer(Secret::new(token.into()))),
        (username, Some(password), None) => Ok(Credential::Basic {
            username: username.unwrap_or_default().into(),
            password: Secret::new(password.into()),
        }),
        (Some(_), None, None) => {
            Err(format!("the Secret {name} has a `username` and no `password`"))
        }
        (_, _, Some(_)) => Err(format!(
            "the Secret {name} has a `bearerToken` beside a user name or password: keep one"
        )),
    }
}

fn certificate(data: &SecretData) -> Option<ClientCertificate> {
    let chain =
        ["tls.crt", "certFile", "tlsClientCertData"].iter().find_map(|key| text(data, key))?;
    let key = ["tls.key", "keyFile", "tlsClientCertKey"].iter().find_map(|key| text(data, key))?;
    Some(ClientCertificate { chain: chain.into(), key: Secret::new(key.into()) })
}
