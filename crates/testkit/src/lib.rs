//! What tests and the workbench share: a real control plane on loopback, a Git server, and the
//! stock tools.
//!
//! Absent here: the product. No room depends on this one but for its tests, and everything here is
//! synchronous, so that a test of any kind can use it.
#![expect(
    clippy::disallowed_methods,
    reason = "the workbench starts programs, reads its environment and waits for both"
)]

pub mod authority;
pub mod control_plane;
pub mod git_server;
pub mod https;
pub mod request;
pub mod tools;
pub mod webhook;

mod cache;

pub use cache::{repository, target};
