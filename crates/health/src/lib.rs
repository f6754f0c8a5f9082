//! How live objects are doing: the two ways of judging an object that users of Kubernetes know, each
//! with its own codes and messages, and what the judgements make of an application.
//!
//! [`argo`] answers as Argo CD does, [`kstatus`] as Flux does. Both read a live object and nothing
//! else; a kind has one file for each.
//!
//! Absent here: the cluster and the clock. Live objects and the time arrive as values. Absent too:
//! whether a state is recent enough to be judged at all; the planner knows which reply it must follow,
//! and [`caught_up`] and [`settles`] tell it what the object itself says about that.
#![deny(clippy::disallowed_types)]

mod app;
mod argo;
mod code;
mod kstatus;
mod object;
mod settle;

pub use app::{Part, app};
pub use argo::{Health, argo, argo_despite_deletion};
pub use code::Code;
pub use kstatus::{Status, StatusCode, kstatus, kstatus_with_pods};
pub use settle::{caught_up, settles};
