//! What the room promises from outside.
#![expect(clippy::unwrap_used, reason = "a test fails where something is not there")]

mod applications;
mod broken_off;
mod golden;
mod hostile;
mod kustomizations;
mod properties;
mod questions;
mod rules;
