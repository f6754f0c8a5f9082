//! The definitions, beside those of the reference.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod install;
mod reference;
mod roles;
