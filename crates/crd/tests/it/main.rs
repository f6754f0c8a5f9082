//! The definitions, beside those of the reference.

mod reference;
mod roles;
