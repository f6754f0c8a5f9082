//! What the room promises from outside.

mod golden;
mod permissions;
mod properties;
mod windows;
