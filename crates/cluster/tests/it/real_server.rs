//! Needs the real control plane; `cargo xtask test --no-apiserver` leaves this module out.

mod collections;
mod here;
mod kinds;
mod restart;
mod takeover;
mod writing;
