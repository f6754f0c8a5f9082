//! The engine against a small cluster in memory: what it asks for is done at once and told back.

mod broken_off;
mod bugs;
mod claims;
mod departure;
mod drift;
mod elsewhere;
mod fields;
mod forbidden;
mod kustomizations;
pub mod listener;
mod observing;
mod obstacles;
mod owners;
mod projects;
mod records;
mod repositories;
mod requests;
mod revisions;
mod rewritten;
mod shards;
mod stopping;
mod unreadable;
mod world;

use world::{World, config_maps};
