//! What people see of a difference, and what they asked not to see.
//!
//! [`Ignored`] are the fields of an object that do not count; [`mask`] hides the values of Secrets so
//! that one still sees which of them differ; [`unified`] writes the difference of two texts.
//!
//! Absent here: whether an object has drifted. That is decided by field ownership and schemas, in
//! `merge` and `plan`, and never by comparing texts. Absent too: how an object becomes a text; it
//! arrives as one.
#![deny(clippy::disallowed_types)]

mod error;
mod ignored;
mod mask;
mod pointer;
mod unified;

pub use error::Error;
pub use ignored::Ignored;
pub use mask::{MASK, Pair, mask, mask_annotations};
pub use unified::{Sides, unified};
