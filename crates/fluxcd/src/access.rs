//! Secrets of a source: how its repository is reached.

use std::sync::Arc;
use std::time::Duration;
use trimtab_model::{Remote, Secret};
use trimtab_ports::cluster::SecretData;
use trimtab_ports::git::{Access, ClientCertificate, Credential};

/// Why a Secret says no way to reach a repository. No variant holds a value of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretProblem {
    /// The Secret is not there.
    #[error("failed to get secret '{name}': secrets not found")]
    Absent {
        /// The Secret, `namespace/name`.
        name: Arc<str>,
    },
    /// Of a pair of keys only one is there.
    #[error("secret '{name}' must have both '{one}' and '{other}'")]
    Half {
        /// The Secret, `namespace/name`.
        name: Arc<str>,
        /// One key.
        one: &'static str,
        /// The other key.
        other: &'static str,
    },
    /// What a key holds is no text.
    #[error("secret '{name}': '{key}' is not text in UTF-8")]
    NotText {
        /// The Secret, `namespace/name`.
        name: Arc<str>,
        /// The key.
        key: &'static str,
    },
    /// Two ways at once.
    #[error("secret '{name}' has a user name and a bearer token: one of them must go")]
    Both {
        /// The Secret, `namespace/name`.
        name: Arc<str>,
    },
}

/// How a source's repository is reached, by its Secret if the remote names one. Keys: `username` with
/// `password`, or `bearerToken`; `ca.crt` (or the older `caFile`); `tls.crt` with `tls.key` (or the
/// older `certFile` with `keyFile`). A key that says nothing counts as absent. No request takes longer
/// than `timeout`. Source: fluxcd/pkg `runtime/secrets`.
pub fn access(
    remote: &Remote,
    secret: Option<&SecretData>,
    timeout: Duration,
) -> Result<Access, SecretProblem> {
    let mut access =
        Access { credential: Credential::Anonymous, authorities: None, certificate: None, timeout };
    let Some(name) = &remote.credential else { return Ok(access) };
    let data = secret.ok_or_else(|| SecretProblem::Absent { name: name.clone() })?;
    let keys = Keys { name, data };
    access.credential = credential(&keys)?;
    access.authorities = keys.first(["ca.crt", "caFile"])?.map(Into::into);
    access.certificate = certificate(&keys)?;
    Ok(access)
}

struct Keys<'a> {
    name: &'a Arc<str>,
    data: &'a SecretData,
}

impl<'a> Keys<'a> {
    fn text(&self, key: &'static str) -> Result<Option<&'a str>, SecretProblem> {
        let Some(bytes) = self.data.get(key) else { return Ok(None) };
        let text = std::str::from_utf8(bytes.expose())
            .map_err(|_| SecretProblem::NotText { name: self.name.clone(), key })?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// The first of several names of one key that says something.
    fn first(&self, names: [&'static str; 2]) -> Result<Option<&'a str>, SecretProblem> {
        Ok(self.text(names[0])?.or(self.text(names[1])?))
    }

    fn half(&self, one: &'static str, other: &'static str) -> SecretProblem {
        SecretProblem::Half { name: self.name.clone(), one, other }
    }
}

fn credential(keys: &Keys<'_>) -> Result<Credential, SecretProblem> {
    match (keys.text("username")?, keys.text("password")?, keys.text("bearerToken")?) {
        (None, None, None) => Ok(Credential::Anonymous),
        (None, None, Some(token)) => Ok(Credential::Bearer(Secret::new(token.into()))),
        (Some(username), Some(password), None) => Ok(Credential::Basic {
            username: username.into(),
            password: Secret::new(password.into()),
        }),
        (_, _, Some(_)) => Err(SecretProblem::Both { name: keys.name.clone() }),
        (Some(_), None, None) | (None, Some(_), None) => Err(keys.half("username", "password")),
    }
}

fn certificate(keys: &Keys<'_>) -> Result<Option<ClientCertificate>, SecretProblem> {
    match (keys.first(["tls.crt", "certFile"])?, keys.first(["tls.key", "keyFile"])?) {
        (None, None) => Ok(None),
        (Some(chain), Some(key)) => {
            Ok(Some(ClientCertificate { chain: chain.into(), key: Secret::new(key.into()) }))
        }
        (Some(_), None) | (None, Some(_)) => Err(keys.half("tls.crt", "tls.key")),
    }
}
