//! Needs the real control plane; `cargo xtask test --no-apiserver` leaves this module out.
