//! The loop: events in, effects out.
//!
//! [`Engine`] holds all applications and never waits; [`run`] carries out what it asks for, through
//! the ports. [`lease`] keeps one owner at a time.
//!
//! Absent here: every concrete edge, and every decision about one application, which `plan` and
//! `sync` make.

mod claims;
mod effect;
mod engine;
mod event;
mod family;
mod holding;
mod interest;
pub mod lease;
mod memory;
mod metrics;
mod schemas;
mod shell;
mod slot;
pub mod sources;
#[cfg(test)]
mod tests;
mod timers;
mod watches;

pub use effect::{
    AnnounceTask, ApplyTask, DeleteTask, Effect, Lane, RenderTask, ShardChange, ShardTask,
    WriteTask,
};
pub use engine::{Engine, Settings};
pub use event::{Event, RenderOutcome, Rendering};
pub use family::{Families, Repositories, in_cluster, marks, rules};
pub use interest::{Interest, Seen};
pub use metrics::Metrics;
pub use shell::{Inbox, Keys, NoAccess, World, inbox, run};
