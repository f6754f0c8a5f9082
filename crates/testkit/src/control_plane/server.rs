use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::audit::{self, Request};
use super::{Error, files};
use crate::https::Client;

/// The file name of the audit log.
pub(super) const AUDIT_LOG: &str = "audit.log";
/// The file name of the users' tokens.
pub(super) const TOKENS: &str = "tokens.csv";
/// The file that keeps the API server's address for the next start and for others.
pub(super) const ADDRESS: &str = "address";
/// Where kube-apiserver writes its certificate and, after it, the authority's.
pub(super) const CERTIFICATES: &str = "certs/apiserver.crt";

/// Where a running control plane is and how each user gets in.
#[derive(Debug, Clone)]
pub struct Server {
    pub(super) data: PathBuf,
    pub(super) address: SocketAddr,
    pub(super) authority: Vec<u8>,
    pub(super) tokens: BTreeMap<String, String>,
}

impl Server {
    /// The control plane that another process runs on the data folder.
    ///
    /// # Errors
    /// When the folder is not that of a control plane that was ready once.
    pub fn open(data: &Path) -> Result<Self, Error> {
        let missing = |file: &str| Error::File {
            path: data.join(file),
            source: std::io::ErrorKind::InvalidData.into(),
        };
        let address = std::fs::read_to_string(data.join(ADDRESS)).unwrap_or_default();
        let address = address.trim().parse().map_err(|_| missing(ADDRESS))?;
        let authority = files::authority(&data.join(CERTIFICATES));
        let authority = authority.ok_or_else(|| missing(CERTIFICATES))?;
        let tokens = files::read_tokens(&data.join(TOKENS))?;
        Ok(Self { data: data.into(), address, authority, tokens })
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The API server's URL.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The API server's certificate authority, in PEM.
    pub fn authority(&self) -> &[u8] {
        &self.authority
    }

    /// The user's kubeconfig file, whether or not there is such a user.
    pub fn kubeconfig(&self, user: &str) -> PathBuf {
        self.data.join(format!("{user}.kubeconfig"))
    }

    /// The user's bearer token.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn token(&self, user: &str) -> Result<&str, Error> {
        let token = self.tokens.get(user).map(String::as_str);
        token.ok_or_else(|| Error::NoSuchUser(user.into()))
    }

    /// A small client that is the user.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn client(&self, user: &str) -> Result<Client, Error> {
        Ok(Client::new(self.address, &self.authority, self.token(user)?)?)
    }

    /// Every request of the user so far that has been answered (a watch: begun), in the order of
    /// arrival. A request that was answered before this call is in the result.
    ///
    /// # Errors
    /// When the server cannot be asked or its log cannot be read.
    pub fn audit_of(&self, user: &str) -> Result<Vec<Request>, Error> {
        audit::of(user, &self.data.join(AUDIT_LOG), &self.client("admin")?)
    }

    /// What the user wrote or tried to write: [`Request::is_write`], the leases left out.
    ///
    /// # Errors
    /// As [`Server::audit_of`].
    pub fn writes_of(&self, user: &str) -> Result<Vec<Request>, Error> {
        Ok(self.audit_of(user)?.into_iter().filter(Request::is_write).collect())
    }
}
