//! The family's literal names: annotations, finalizers, labels, managers.

/// The group of `Kustomization`.
pub const KUSTOMIZE_GROUP: &str = "kustomize.toolkit.fluxcd.io";
/// The kind.
pub const KUSTOMIZATION: &str = "Kustomization";
/// The group of sources.
pub const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";
/// The kind of a Git source.
pub const GIT_REPOSITORY: &str = "GitRepository";
/// The component that events of Kustomizations come from.
pub const COMPONENT: &str = "kustomize-controller";
/// The component that events of sources come from.
pub const SOURCE_COMPONENT: &str = "source-controller";
/// The manager under which objects are applied.
pub const FIELD_MANAGER: &str = "kustomize-controller";

/// The label that names an object's Kustomization.
pub const NAME_LABEL: &str = "kustomize.toolkit.fluxcd.io/name";
/// The label that names the namespace of an object's Kustomization.
pub const NAMESPACE_LABEL: &str = "kustomize.toolkit.fluxcd.io/namespace";
/// Asks for a run: any new value is a new request.
pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
/// The finalizer of the family.
pub const FINALIZER: &str = "finalizers.fluxcd.io";
