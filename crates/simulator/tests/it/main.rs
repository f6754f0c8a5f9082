//! Worlds, stories and mutants.

mod deaths;
mod mutants;
mod seeds;
