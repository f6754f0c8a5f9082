//! How a remote is reached: who we say that we are, and whom we trust.

use std::sync::Arc;
use std::time::Duration;

use trimtab_model::Secret;

/// How a remote is reached. Equal values share connections.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    /// Who we say that we are.
    pub credential: Credential,
    /// Certificates of private authorities in PEM, trusted besides the system's.
    pub authorities: Option<Arc<str>>,
    /// The certificate that we show.
    pub certificate: Option<ClientCertificate>,
    /// The longest that one request may take, its answer included.
    pub timeout: Duration,
}

/// Who we say that we are. It goes over plain HTTP to loopback addresses only.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// Nobody.
    Anonymous,
    /// A user name with a password or token.
    Basic {
        /// The user name; some hosts take any where the password is a token.
        username: Arc<str>,
        /// The password or token.
        password: Secret<Arc<str>>,
    },
    /// A bearer token.
    Bearer(Secret<Arc<str>>),
}

/// A certificate that we show to the server.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate and its intermediates in PEM.
    pub chain: Arc<str>,
    /// The private key in PEM.
    pub key: Secret<Arc<str>>,
}
