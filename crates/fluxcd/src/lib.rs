//! The second door: `GitRepository` and `Kustomization` of the toolkit.fluxcd.io groups become the
//! domain's words once, at the door, and a report goes back as a status in the family's words.
//!
//! [`git_source`] reads a `GitRepository`, [`app`] reads a Kustomization beside it; [`source_status`]
//! and [`status`] write their statuses as JSON merge patches for the status subresource; [`tables`]
//! says of each field whether it acts.
//!
//! Absent here: the cluster, the clock, and every decision. Absent too: archives of sources. We serve
//! none; what a source's status says of its artifact is in [`source_status`].
#![deny(clippy::disallowed_types)]

mod access;
mod annotations;
mod conditions;
mod event;
mod finalizers;
mod history;
mod inventory;
mod kustomization;
pub mod names;
mod obstacles;
mod policy;
mod record;
mod revision;
mod settings;
mod source;
mod source_status;
mod status;
pub mod tables;

pub use access::{SecretProblem, access};
pub use annotations::annotations;
pub use event::{event, foreign_source_event, obstacle_event};
pub use finalizers::{with_ours, without_ours};
pub use kustomization::{
    Invalid, SourceRef, app, claim, home, id, mark, predecessors, serves, source_ref,
};
pub use obstacles::obstacles;
pub use revision::{parse_revision, revision_text};
pub use settings::Settings;
pub use source::{GitSource, git_source};
pub use source_status::{SourceFailure, SourceState, source_status};
pub use status::{condition_name, status, status_of_invalid, status_of_waiting};
