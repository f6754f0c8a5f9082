//! What the installation says about every Kustomization.

use std::sync::Arc;
use trimtab_model::{Annotations, PruneLimit};

/// What the installation says about every Kustomization.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How much one plan may prune without a yes, where the Kustomization does not say.
    pub prune_limit: PruneLimit,
    /// Whether a Kustomization may name a source in another namespace.
    pub cross_namespace_sources: bool,
    /// What the annotations of objects mean ([`crate::annotations`]).
    pub annotations: Arc<Annotations>,
}

/// The settings of an installation without any flag.
impl Default for Settings {
    fn default() -> Self {
        let annotations = Arc::new(crate::annotations());
        Self { prune_limit: PruneLimit::default(), cross_namespace_sources: true, annotations }
    }
}
