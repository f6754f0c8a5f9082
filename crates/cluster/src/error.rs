//! Why a cluster cannot be reached at all.

use std::path::PathBuf;
use trimtab_model::Class;

/// Why there is no way to a cluster.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kubeconfig cannot be used.
    #[error("the kubeconfig {path} cannot be used", path = path.as_ref().map_or("(default)".into(), |p| p.display().to_string()))]
    Kubeconfig {
        /// The file that was named.
        path: Option<PathBuf>,
        /// Why.
        source: Box<kube::config::KubeconfigError>,
    },
    /// The kubeconfig's user gets its credential from a program, and none is started here.
    #[error(
        "the user of the kubeconfig gets its credential by running `{0}`, which Trimtab does not do; use a token or a certificate"
    )]
    Program(String),
    /// This process does not run in a cluster.
    #[error("this process does not run in a cluster")]
    NotInCluster(#[source] Box<kube::config::InClusterError>),
    /// The credential or the certificate authority cannot be used.
    #[error("the credential or the certificate authority of the cluster cannot be used")]
    Identity(#[source] Box<kube::Error>),
    /// The URL of the cluster cannot be used.
    #[error("`{0}` is no URL of a cluster")]
    Url(String),
}

impl Error {
    /// What happens next: all of it waits for a person.
    pub fn class(&self) -> Class {
        match self {
            Self::Kubeconfig { .. }
            | Self::Program(_)
            | Self::NotInCluster(_)
            | Self::Identity(_)
            | Self::Url(_) => Class::User,
        }
    }
}
