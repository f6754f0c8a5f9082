//! Templates as Go carries them out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails where something is not there")]

mod data;
mod functions;
mod golden;
mod limits;
mod objects;
mod properties;
mod sets;
