//! The workbench: everything that a developer or CI runs, behind `cargo xtask`.

fn main() {}
