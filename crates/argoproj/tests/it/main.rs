//! The door, from resources to the domain and back.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod any_json;
mod arbitrary;
mod obstacles;
mod operation;
mod options;
mod policy;
mod project;
mod record;
mod repository;
mod round_trip;
mod source;
mod spec;
mod status;
mod support;
mod tables;
