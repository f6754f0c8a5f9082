//! Templates as Go carries them out.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test has threads of its own, and fails where something is not there"
)]

mod data;
mod functions;
mod golden;
mod limits;
mod objects;
mod properties;
mod sets;
