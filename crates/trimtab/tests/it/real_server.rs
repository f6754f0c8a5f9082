//! The operator as people run it: the real binary, on a real API server, with real repositories.

mod definitions;
mod failures;
mod manifests;
mod repositories;
mod restart;
mod support;
mod takeover;
mod writers;
