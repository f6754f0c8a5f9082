//! What the room promises from outside.

mod ignored;
mod mask;
mod unified;
