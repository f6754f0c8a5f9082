//! Kubernetes wire types: every field of the kinds that we serve, ours and both families', acting or
//! not, so that the server prunes nothing before a door has seen it.
//!
//! The kinds are tables in Rust; from them come the `CustomResourceDefinitions` ([`all`]), the list of
//! fields beside what becomes of each ([`fields`]), and the RBAC that serving them takes ([`rbac`]).
//!
//! What both doors read alike lives here too: our own annotations ([`wishes`]), other writers
//! ([`foreign_entry`]), durations, merge patches.
//!
//! Absent here: the meaning of a family's field. The doors parse, and their tables say what acts.
#![deny(clippy::disallowed_types)]

mod argoproj;
mod check;
mod definition;
pub mod duration;
mod event;
pub mod fields;
mod fluxcd;
mod install;
mod obstacle;
pub mod patch;
mod rbac;
pub mod read;
mod schema;
mod secret;
mod selector;
mod sentence;
mod shard;
mod trimtab;
mod wishes;
mod writers;

pub use argoproj::{APPLICATION, PROJECT};
pub use check::{Mismatch, mismatches};
pub use definition::{Column, Definition, Presence, Subresource};
pub use event::Event;
pub use fluxcd::{GIT_REPOSITORY, KUSTOMIZATION};
pub use install::{all, definitions, yaml};
pub use obstacle::Obstacle;
pub use rbac::rbac;
pub use schema::{Field, Schema};
pub use secret::secret_text;
pub use sentence::{sentence, too_long};
pub use shard::{OWNER_LABEL, read_shard, shard_name, shard_object, shard_owner};
pub use trimtab::INVENTORY;
pub use wishes::{Wishes, wishes};
pub use writers::{ForeignEntry, MANAGER, foreign_entry, former_owner};
