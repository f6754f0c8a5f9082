//! The launcher against the real control plane, and the stock tools.
#![expect(clippy::disallowed_methods, reason = "tests of the workbench start programs and wait")]

mod real_server;
