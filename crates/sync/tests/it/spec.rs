//! Reads and runs specs.
