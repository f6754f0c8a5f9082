//! Who may deploy what where, and when: the rules that a project sets for its applications.
//!
//! A [`Project`] answers four questions (may this application use it, this repository, this
//! destination, this object), and its [`Windows`] a fifth: may a sync run now. Each "no" is an
//! [`Error`] in the words that users know.
//! Source of the rules: argo-cd 3.5.1, `pkg/apis/application/v1alpha1`.
//!
//! Absent here: the resource that a project is written in, and the clock. A door fills the public
//! fields; the time is an argument. Absent too: people. Who may ask for something is decided
//! elsewhere; this room only knows what no one may ask for.
#![deny(clippy::disallowed_types)]

mod app_namespace;
mod cron;
mod duration;
mod error;
mod kind;
mod orphan;
mod pattern;
mod project;
mod repository;
mod schedule;
mod window;

pub use app_namespace::AppNamespace;
pub use error::Error;
pub use kind::KindRule;
pub use orphan::{OrphanRule, OrphanedResources};
pub use pattern::{Deniable, Pattern};
pub use project::{Cluster, DestinationRule, Project};
pub use repository::RepositoryRule;
pub use schedule::Schedule;
pub use window::{Cause, Join, Verdict, Window, WindowKind, Windows};
