//! The field's nouns, shared by every room: what an object, a manifest, a revision, an application
//! and a limit are.
//!
//! Absent here: behaviour of any family of APIs, and everything that decides. A value that exists is
//! a valid one; the doors (`argoproj`, `fluxcd`) parse, the rooms behind them do not check again.
#![deny(clippy::disallowed_types)]

mod annotations;
mod app;
mod chain;
mod class;
mod digest;
mod document;
mod glob;
mod key;
mod limits;
mod manifest;
mod name;
mod owner;
mod policy;
mod repository_url;
mod secret;
mod source;
mod text_order;

pub use annotations::{Annotations, Form, HookAnnotation, HookType, Meaning, Place, Switch};
pub use app::{App, AppId, Destination, NotSupported, Restraint};
pub use chain::chain;
pub use class::Class;
pub use digest::Digest;
pub use document::Document;
pub use glob::{Glob, GlobError};
pub use jiff::Timestamp;
pub use key::{GroupKind, GroupVersionKind, ObjectKey, Scope};
pub use limits::{LIMITS, Limit, limit};
pub use manifest::{Manifest, ManifestError, Origin};
pub use name::{
    FieldManager, Group, Kind, LAST_APPLIED, Name, Namespace, ProjectName, ResourceVersion, Uid,
    Version, is_path_segment,
};
pub use owner::{Mark, OwnerClaim, Tracking};
pub use policy::{
    Approval, Backoff, DeletionPolicy, HealthWait, IgnoreRule, NamespaceCreation, NotALimit,
    Options, Order, Propagation, PruneLimit, PruneOption, Retry, RewrittenBranch, SelfHeal,
    SyncPolicy, Trigger, Wave,
};
pub use repository_url::{UrlFlaw, is_hidden, percent_decoded, shown_url};
pub use secret::Secret;
pub use source::{
    Commit, Directory, DuplicateKeys, FileSelection, Remote, Renderer, RevisionSpec, Source,
    SourceRevision, UnknownFields,
};
pub use text_order::text_order;
