//! The door, from resources to the domain and back.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../../../argoproj/tests/it/any_json.rs"]
mod any_json;
mod arbitrary;
mod git_repository;
mod kustomization;
mod obstacles;
mod record;
mod source_status;
mod status;
mod support;
mod tables;
