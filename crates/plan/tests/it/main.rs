//! The planner's tests: specs in Markdown, and the invariants as properties.

mod properties;
mod spec;
mod specs;
mod world;
