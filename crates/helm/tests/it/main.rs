//! Helm's functions against what helm answered.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test has threads of its own, and fails where something is not there"
)]

mod chart_limits;
mod charts;
mod context;
mod data;
mod golden;
mod hostile;
mod limits;
mod names;
mod properties;
mod questions;
mod releases;
mod render;
