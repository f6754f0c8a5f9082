//! The scripts, each about one thing.

mod config_maps;

use crate::script::Step;

/// A script and its name.
pub type Case = (&'static str, fn() -> Vec<Step>);

/// All of them.
pub const ALL: &[Case] = &[
    ("config-maps", config_maps::life),
    ("config-maps-refused", config_maps::refused),
    ("config-maps-patched", config_maps::patched),
    ("config-maps-applied", config_maps::applied),
    ("config-maps-dry", config_maps::dry),
    ("config-maps-ending", config_maps::ending),
    ("config-maps-read", config_maps::read),
];
