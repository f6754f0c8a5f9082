//! The planner's tests: specs in Markdown, and the invariants as properties.

mod properties;
mod recalled;
mod spec;
mod specs;
mod world;
