use std::io;
use std::path::{Path, PathBuf};

use crate::https;

/// Why there is no control plane.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the data folder, or the program itself, could not be used.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The Go module could not be built; `go` has said why on standard error.
    #[error("go build of {} failed ({status}); is go on PATH and the module proxy in reach?", module.display())]
    Build {
        /// The module's folder.
        module: PathBuf,
        /// How go ended.
        status: String,
    },
    /// A program ended by itself.
    #[error("{program} exited ({status}); its log ends:\n{log}")]
    Exited {
        /// Which one.
        program: String,
        /// Its exit status.
        status: String,
        /// The end of its log.
        log: String,
    },
    /// Something did not become true in time.
    #[error("{what} within {seconds} s; the log ends:\n{log}")]
    Late {
        /// What did not happen.
        what: String,
        /// The time it had.
        seconds: u64,
        /// The end of the log of the program that is in charge.
        log: String,
    },
    /// The API server could not be asked.
    #[error("cannot ask the API server")]
    Api(#[from] https::Error),
    /// Nobody by this name was given a token.
    #[error("the control plane has no user `{0}`")]
    NoSuchUser(String),
    /// A line of the audit log is not an event.
    #[error("the audit log has a line that is no event")]
    Audit(#[source] serde_json::Error),
    /// Every tenant of the shared control plane is taken.
    #[error("all {0} tenants of the shared control plane are taken")]
    NoTenantLeft(usize),
}

impl Error {
    /// For `map_err` after an operation on `path`.
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { path: path.into(), source }
    }
}

impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        Self::File { path: PathBuf::from("the cache of built programs"), source }
    }
}
