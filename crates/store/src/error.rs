//! What can go wrong with the file.

use std::path::PathBuf;

/// Why a file cannot be used. None of it harms more than the cache.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refuses.
    #[error("{} cannot be used", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process holds it.
    #[error("{} is in use by another process", .path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is no store, or a damaged one.
    #[error("it is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An entry says nothing that we understand.
    #[error("an entry cannot be read")]
    Unreadable,
    /// Another version of the format, another cluster, or another namespace.
    #[error("it belongs to `{0}`")]
    NotOurs(String),
    /// It has outgrown its bound.
    #[error("it has {0} bytes")]
    TooLarge(u64),
}

impl Error {
    /// Whether another file in its place would do.
    pub fn is_thrown_away(&self) -> bool {
        match self {
            Self::Damaged(_) | Self::Unreadable | Self::NotOurs(_) | Self::TooLarge(_) => true,
            Self::File { .. } | Self::InUse { .. } => false,
        }
    }

    /// What a database's error means for its file.
    pub(crate) fn damaged(error: impl Into<redb::Error>) -> Self {
        Self::Damaged(Box::new(error.into()))
    }
}
