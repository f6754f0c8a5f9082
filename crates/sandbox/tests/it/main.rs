//! The sandbox by itself, and beside a real API server: one suite for both.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test has the machine's clock and fails by a panic, and its tables read best without references"
)]

mod cases;
mod controllers;
mod generate;
mod hooks;
mod normal;
mod real_server;
mod sandbox;
mod script;
mod seams;
mod subject;
