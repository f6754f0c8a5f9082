//! The life of applications in a model of a cluster: specs in Markdown, and the invariants as
//! properties.
#![expect(clippy::panic, reason = "a helper of tests fails its test as a test does")]

#[expect(dead_code, reason = "the planner's tests use more of it")]
#[path = "../../../plan/tests/it/spec.rs"]
mod markdown;
mod model;
mod properties;
mod spec;
#[expect(dead_code, reason = "the planner's tests use more of it")]
#[path = "../../../plan/tests/it/world.rs"]
mod world;
