//! What kubectl makes of YAML, and what we say where it only says "error".

mod golden;
mod limits;
mod places;
mod properties;
