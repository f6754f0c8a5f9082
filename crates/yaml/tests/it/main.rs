//! What kubectl makes of YAML, and what we say where it only says "error".
#![expect(clippy::unwrap_used, reason = "a test fails where something is not there")]

mod golden;
mod limits;
mod places;
mod properties;
