//! The operator as people run it: the real binary, on a real API server, with real repositories.

mod failures;
mod repositories;
mod restart;
mod support;
mod takeover;
