//! What can go wrong with a remote, and what a person can do about it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use trimtab_model::{Class, Remote};

/// What a library said, shared by all who asked for the same thing.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why a remote could not be read. No variant holds a credential; `Remote` prints without one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No connection, or it broke.
    #[error("cannot reach {remote}")]
    Unreachable {
        /// The remote.
        remote: Remote,
        /// What the connection said.
        source: Cause,
    },
    /// The answer took too long.
    #[error("{remote} did not answer within {} s", .limit.as_secs())]
    Timeout {
        /// The remote.
        remote: Remote,
        /// How long we waited.
        limit: Duration,
    },
    /// The server is in trouble, or asks us to come back later.
    #[error("{remote} answered {status}; it is asked again later")]
    ServerFailed {
        /// The remote.
        remote: Remote,
        /// The HTTP status.
        status: u16,
        /// How long the server asks us to wait.
        retry_after: Option<Duration>,
    },
    /// The credential was refused, or one is needed.
    #[error("{}", Refusal { remote, status: *status })]
    AuthenticationFailed {
        /// The remote, with the Secret that its credential is in.
        remote: Remote,
        /// The HTTP status, 401 or 403.
        status: u16,
    },
    /// The server's certificate is not signed by anyone whom we trust, or not valid.
    #[error(
        "the certificate of {remote} is not trusted: give its authority's certificate, or renew it"
    )]
    Untrusted {
        /// The remote.
        remote: Remote,
        /// What the TLS library said.
        source: Cause,
    },
    /// The access itself is not usable: a certificate or key that does not parse.
    #[error("{remote} cannot be asked: {reason}")]
    UnusableAccess {
        /// The remote.
        remote: Remote,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no repository.
    #[error(
        "there is no repository at {remote}, or it is hidden from {}: check the URL and the credential's access",
        Reader(remote)
    )]
    NotFound {
        /// The remote.
        remote: Remote,
    },
    /// The repository does not have the revision.
    #[error("{remote} has no revision `{revision}`: push it, or change the source")]
    NoSuchRevision {
        /// The remote.
        remote: Remote,
        /// The revision as it was asked for.
        revision: Arc<str>,
    },
    /// The revision is a range of versions.
    #[error(
        "`{revision}` of {remote} is no branch, tag or commit; ranges of versions are not supported yet: name a tag"
    )]
    RangeNotSupported {
        /// The remote.
        remote: Remote,
        /// The revision as it was asked for.
        revision: Arc<str>,
    },
    /// The revision is the beginning of a commit that has not been fetched, or of more than one.
    #[error(
        "commit `{revision}` of {remote} is not known by its beginning, since only the newest part of the history is fetched: give all 40 digits"
    )]
    Abbreviated {
        /// The remote.
        remote: Remote,
        /// The revision as it was asked for.
        revision: Arc<str>,
    },
    /// The commit has not been fetched.
    #[error("commit {revision} of {remote} has not been fetched")]
    NotFetched {
        /// The remote.
        remote: Remote,
        /// The commit.
        revision: Arc<str>,
    },
    /// A bound was hit.
    #[error("{what} of {remote} is larger than {limit} bytes")]
    TooLarge {
        /// The remote.
        remote: Remote,
        /// What is too large.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
    /// A bound on a number was hit.
    #[error("{remote} has more than {limit} {what}")]
    TooMany {
        /// The remote.
        remote: Remote,
        /// What there are too many of.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
    /// An object is stored as too long a chain of deltas: whoever reads it has to make all that it is made of.
    #[error(
        "{remote} has an object that is stored as a chain of more than {limit} deltas: repack it (`git repack -a -d -f`)"
    )]
    LongChain {
        /// The remote.
        remote: Remote,
        /// The bound.
        limit: u64,
    },
    /// What it sends would take, or has taken, more than its share of this machine.
    #[error(
        "{remote} sent a pack {cost}: it is asked again in {} s, and what others send goes first",
        .pause.as_secs()
    )]
    Costly {
        /// The remote.
        remote: Remote,
        /// What was too much.
        cost: Cost,
        /// How long it is not asked.
        pause: Duration,
    },
    /// What answers is not a Git server that we can talk to.
    #[error("{remote} does not speak Git's smart HTTP protocol ({reason}): check the URL")]
    NotGit {
        /// The remote.
        remote: Remote,
        /// What we saw instead.
        reason: String,
    },
    /// The repository is of a sort that is not supported.
    #[error("{remote} {reason}, which is not supported yet")]
    UnsupportedRepository {
        /// The remote.
        remote: Remote,
        /// What it does, as a verb and its object.
        reason: &'static str,
    },
    /// The server broke the protocol, or said that it failed.
    #[error("{remote} answered against the Git protocol: {reason}")]
    Protocol {
        /// The remote.
        remote: Remote,
        /// What it did or said.
        reason: String,
    },
    /// What we stored, or what lies in the repository on disk, cannot be read.
    #[error("objects of {remote} cannot be read ({reason}); what is cached is fetched afresh")]
    Corrupt {
        /// The remote.
        remote: Remote,
        /// What failed.
        reason: String,
    },
    /// What was pushed is whole, and is not what it should be.
    #[error("{remote} holds what cannot be read: {reason}")]
    Odd {
        /// The remote.
        remote: Remote,
        /// What it is, and what it should be.
        reason: String,
    },
    /// Our own disk failed.
    #[error(
        "the cache of {remote} cannot be written: check the cache directory and its free space"
    )]
    Cache {
        /// The remote.
        remote: Remote,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
    /// A credential would have crossed the network in the clear.
    #[error("{remote} is plain http, so its credential is not sent: use https")]
    InsecureCredentials {
        /// The remote.
        remote: Remote,
    },
    /// The server sends us somewhere else.
    #[error(
        "{remote} redirects to {to}, which is not followed: change the source's URL if that is meant"
    )]
    Redirected {
        /// The remote.
        remote: Remote,
        /// The scheme and host that it redirects to.
        to: String,
    },
    /// The remote is at an address that is not asked.
    #[error(
        "{remote} is at {address}, an address of the own link or of a cloud's metadata service, which is not asked: give the Git server's own address, or start the operator with --allow-link-local-repositories"
    )]
    OffLimits {
        /// The remote.
        remote: Remote,
        /// The address.
        address: IpAddr,
    },
    /// The URL cannot be used.
    #[error("{remote} is not a URL that can be read: {reason}")]
    UnsupportedUrl {
        /// The remote.
        remote: Remote,
        /// What is wrong, and what works.
        reason: &'static str,
    },
    /// The URL holds a password. The URL is not printed.
    #[error("a source's URL holds a password: move it into a Secret")]
    PasswordInUrl,
    /// We are shutting down.
    #[error("reading {remote} was interrupted")]
    Interrupted {
        /// The remote.
        remote: Remote,
    },
}

/// What of a pack was too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Its objects are together larger than this. Unit: bytes.
    Bytes(u64),
    /// It has so many objects, and may have no more than the limit.
    Objects {
        /// How many it has.
        count: u64,
        /// The bound.
        limit: u64,
    },
    /// To check it took longer than this.
    Time(Duration),
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(limit) => write!(f, "whose objects are together larger than {limit} bytes"),
            Self::Objects { count, limit } => {
                write!(f, "of {count} objects, more than the {limit} that one may have")
            }
            Self::Time(limit) => {
                write!(f, "that took longer than {} s to check", limit.as_secs())
            }
        }
    }
}

impl Error {
    /// Whether it is the credential that is missing, refused or of no use.
    pub fn is_of_access(&self) -> bool {
        matches!(
            self,
            Self::AuthenticationFailed { .. }
                | Self::UnusableAccess { .. }
                | Self::InsecureCredentials { .. }
        )
    }

    /// How long the remote is not to be asked again, because its server asks for that or what it sends
    /// costs too much.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::ServerFailed { retry_after, .. } => *retry_after,
            Self::Costly { pause, .. } => Some(*pause),
            _ => None,
        }
    }

    /// What happens next.
    pub fn class(&self) -> Class {
        match self {
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::ServerFailed { .. }
            | Self::Protocol { .. }
            | Self::Corrupt { .. }
            | Self::Cache { .. }
            | Self::Costly { .. }
            | Self::NotFetched { .. }
            | Self::Interrupted { .. } => Class::Retry,
            Self::AuthenticationFailed { .. }
            | Self::Untrusted { .. }
            | Self::UnusableAccess { .. }
            | Self::NotFound { .. }
            | Self::NoSuchRevision { .. }
            | Self::RangeNotSupported { .. }
            | Self::Abbreviated { .. }
            | Self::TooLarge { .. }
            | Self::TooMany { .. }
            | Self::LongChain { .. }
            | Self::Odd { .. }
            | Self::NotGit { .. }
            | Self::UnsupportedRepository { .. }
            | Self::InsecureCredentials { .. }
            | Self::Redirected { .. }
            | Self::OffLimits { .. }
            | Self::UnsupportedUrl { .. }
            | Self::PasswordInUrl => Class::User,
        }
    }
}

struct Reader<'a>(&'a Remote);

impl fmt::Display for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.credential {
            Some(secret) => write!(f, "the credential in Secret {secret}"),
            None => f.write_str("anonymous readers"),
        }
    }
}

struct Refusal<'a> {
    remote: &'a Remote,
    status: u16,
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { remote, status } = self;
        match (&remote.credential, status) {
            (Some(secret), 403) => write!(
                f,
                "{remote} does not let the credential in Secret {secret} read it (403): give it access"
            ),
            (Some(secret), _) => write!(
                f,
                "{remote} refused the credential in Secret {secret} ({status}): correct the user name, password or token"
            ),
            (None, _) => write!(
                f,
                "{remote} asks for a credential ({status}): give it a Secret with a user name and a password or token"
            ),
        }
    }
}
