//! What the room promises from outside.

mod markdown;
mod properties;
mod spec;
