//! What the installation says about every application.

use crate::Repositories;
use std::sync::Arc;
use trimtab_model::{Annotations, Namespace, PruneLimit};

/// What the installation says about every application.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The namespace that we run in. Applications elsewhere carry their namespace in their objects'
    /// marks.
    pub namespace: Namespace,
    /// What tells this installation from others of the cluster in the marks of objects, where it has a
    /// name. Source: argo-cd, `installationID` of argocd-cm.
    pub installation: Option<Arc<str>>,
    /// How much one plan may prune without a yes, where the application does not say.
    pub prune_limit: PruneLimit,
    /// What the annotations of objects mean ([`crate::annotations`]).
    pub annotations: Arc<Annotations>,
    /// Repositories that somebody has given a credential for.
    pub repositories: Arc<Repositories>,
}

impl Settings {
    /// The settings of an installation in `namespace` without any flag.
    pub fn new(namespace: impl Into<Namespace>) -> Self {
        let annotations = Arc::new(crate::annotations());
        let repositories = Arc::default();
        Self {
            namespace: namespace.into(),
            installation: None,
            prune_limit: PruneLimit::default(),
            annotations,
            repositories,
        }
    }
}
