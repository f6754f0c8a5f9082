//! The life of applications in a model of a cluster: specs in Markdown, and the invariants as
//! properties.

mod model;
mod properties;
mod spec;
#[path = "../../../plan/tests/it/world.rs"]
mod world;
