//! The edge against real Git: repositories made by `git`, served by `git http-backend` or from disk.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test has the machine's clock and tasks, and fails by a panic"
)]

mod costly;
mod disk;
mod failures;
mod fetching;
mod looking;
mod odd;
mod property;
mod secure;
mod store;
mod tree;

mod repository;
mod server;
mod world;
