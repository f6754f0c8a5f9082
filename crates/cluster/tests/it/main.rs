//! The edge before a server that does what the test says, and before a real one.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a test has a runtime's clock, and a helper of tests fails its test as a test does"
)]

mod faults;
mod fixtures;
mod limits;
mod real_server;
mod script;
mod seams;
mod watching;
