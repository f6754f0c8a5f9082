//! The scripts, each about one thing.

mod config_maps;
pub mod custom;
mod deletions;
mod leases;
mod metadata;
mod namespaces;
mod objects;
mod owners;
mod pages;
mod watches;
mod workloads;

pub use custom as widgets;

use crate::normal::Detail;
use crate::script::Step;

/// A script, its name, and how much of it is compared.
pub type Case = (&'static str, fn() -> Vec<Step>, Detail);

/// All of them.
pub const ALL: &[Case] = &[
    ("config-maps", config_maps::life, Detail::All),
    ("config-maps-refused", config_maps::refused, Detail::All),
    ("config-maps-patched", config_maps::patched, Detail::All),
    ("config-maps-applied", config_maps::applied, Detail::All),
    ("config-maps-dry", config_maps::dry, Detail::All),
    ("config-maps-ending", config_maps::ending, Detail::All),
    ("config-maps-read", config_maps::read, Detail::All),
    ("custom-resources", custom::resources, Detail::All),
    ("custom-resources-refused", custom::refused, Detail::All),
    ("custom-resources-versions", custom::versions, Detail::All),
    ("definitions", custom::definitions, Detail::All),
    ("deletions", deletions::all, Detail::All),
    ("leases", leases::life, Detail::All),
    ("metadata-refused", metadata::refused, Detail::All),
    ("metadata-refused-custom", metadata::refused_custom, Detail::All),
    ("namespaces", namespaces::life, Detail::All),
    ("objects-refused", objects::refused, Detail::All),
    ("owners", owners::all, Detail::All),
    ("pages", pages::read, Detail::All),
    ("pages-refused", pages::refused, Detail::All),
    ("watches", watches::all, Detail::All),
    ("workloads", workloads::applied, Detail::Settled),
    ("workloads-updated", workloads::updated, Detail::Settled),
    ("workloads-refused", workloads::refused, Detail::Settled),
];
