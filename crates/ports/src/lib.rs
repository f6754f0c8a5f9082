//! The traits that the shell needs from the edges, with the values that pass through them.
//!
//! Absent here: any implementation. The edges have the real ones; the simulator
//! stands a `sandbox`, a clock and a disk of its own beneath them.

pub mod clock;
pub mod cluster;
pub mod git;
pub mod store;
pub mod tasks;
