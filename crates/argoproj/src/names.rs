//! The family's literal names: annotations, finalizers, labels, managers.

/// The API group and version.
pub const API_VERSION: &str = "argoproj.io/v1alpha1";
/// The group.
pub const GROUP: &str = "argoproj.io";
/// The kind.
pub const APPLICATION: &str = "Application";
/// The component that events of the family come from.
pub const COMPONENT: &str = "argocd-application-controller";
/// The manager under which objects are applied.
pub const FIELD_MANAGER: &str = "argocd-controller";
/// The manager whose entries the family moves with its first server-side apply.
pub const CLIENT_SIDE_MANAGER: &str = "kubectl-client-side-apply";

/// The annotation that marks an object as an application's.
pub const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";
/// The annotation that names the installation whose application the object is.
pub const INSTALLATION_ID: &str = "argocd.argoproj.io/installation-id";
/// Asks for a refresh: `normal` or `hard`.
pub const REFRESH: &str = "argocd.argoproj.io/refresh";
/// Leaves the application alone while it reads as true.
pub const SKIP_RECONCILE: &str = "argocd.argoproj.io/skip-reconcile";
/// Another manager than [`CLIENT_SIDE_MANAGER`] whose entries are moved.
pub const MIGRATION_MANAGER: &str = "argocd.argoproj.io/client-side-apply-migration-manager";
/// Links that people follow from the application: `link.argocd.argoproj.io/<name>`.
pub const LINK_PREFIX: &str = "link.argocd.argoproj.io/";

/// The finalizer that removes an application's objects with it; also with `/foreground` and
/// `/background`.
pub const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";
/// The finalizer of `PreDelete` hooks; also with `/cleanup`.
pub const PRE_DELETE_FINALIZER: &str = "pre-delete-finalizer.argocd.argoproj.io";
/// The finalizer of `PostDelete` hooks; also with `/cleanup`.
pub const POST_DELETE_FINALIZER: &str = "post-delete-finalizer.argocd.argoproj.io";

/// The cluster that the controller runs in, by name.
pub const IN_CLUSTER_NAME: &str = "in-cluster";
/// The cluster that the controller runs in, by URL.
pub const IN_CLUSTER_SERVER: &str = "https://kubernetes.default.svc";
/// The project of an application that names none.
pub const DEFAULT_PROJECT: &str = "default";
/// The label that says what a Secret is of: `repository`, `repo-creds`, `cluster` and others.
pub const SECRET_TYPE: &str = "argocd.argoproj.io/secret-type";
/// The `ConfigMap` with certificates of private authorities, by host.
pub const CERTIFICATES: &str = "argocd-tls-certs-cm";
