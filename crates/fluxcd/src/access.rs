//! Secrets of a source: how its repository is reached.

use crate::GitSource;
use serde_json::Value;
use std::sync::Arc;
use trimtab_crd::secret_text;
use trimtab_model::Secret;
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
    /// Two ways at once.
    #[error("secret '{name}' has a user name and a bearer token: one of them must go")]
    Both {
        /// The Secret, `namespace/name`.
        name: Arc<str>,
    },
}

/// How a source's repository is reached, by its Secret if it names one. Keys: `username` with
/// `password`, or `bearerToken`; `ca.crt` (or the older `caFile`); `tls.crt` with `tls.key` (or the
/// older `certFile` with `keyFile`).
pub fn access(source: &GitSource, secret: Option<&Value>) -> Result<Access, SecretProblem> {
    let mut access = Access {
        credential: Credential::Anonymous,
        authorities: None,
        certificate: None,
        timeout: source.timeout,
    };
    let Some(name) = &source.remote.credential else { return Ok(access) };
    let secret = secret.ok_or_else(|| SecretProblem::Absent { name: name.clone() })?;
    let text = |key: &str| secret_text(secret, key).filter(|text| !text.is_empty());
    access.credential = credential(name, &text)?;
    access.authorities = text("ca.crt").or_else(|| text("caFile")).map(Into::into);
    access.certificate = certificate(name, &text)?;
    Ok(access)
}

fn credential(
    name: &Arc<str>,
    text: &dyn Fn(&str) -> Option<String>,
) -> Result<Credential, SecretProblem> {
    let half = || SecretProblem::Half { name: name.clone(), one: "username", other: "password" };
    match (text("username"), text("password"), text("bearerToken")) {
        (None, None, None) => Ok(Credential::Anonymous),
        (None, None, Some(token)) => Ok(Credential::Bearer(Secret::new(token.into()))),
        (Some(username), Some(password), None) => Ok(Credential::Basic {
            username: username.into(),
            password: Secret::new(password.into()),
        }),
        (_, _, Some(_)) => Err(SecretProblem::Both { name: name.clone() }),
        (Some(_), None, None) | (None, Some(_), None) => Err(half()),
    }
}

fn certificate(
    name: &Arc<str>,
    text: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<ClientCertificate>, SecretProblem> {
    let chain = text("tls.crt").or_else(|| text("certFile"));
    let key = text("tls.key").or_else(|| text("keyFile"));
    match (chain, key) {
        (None, None) => Ok(None),
        (Some(chain), Some(key)) => {
            Ok(Some(ClientCertificate { chain: chain.into(), key: Secret::new(key.into()) }))
        }
        (Some(_), None) | (None, Some(_)) => {
            Err(SecretProblem::Half { name: name.clone(), one: "tls.crt", other: "tls.key" })
        }
    }
}
