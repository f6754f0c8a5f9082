//! HTTP for machines: `/healthz`, `/readyz`, `/metrics` and `POST /api/webhook`.
//!
//! Absent here: the cluster, and any decision about an application. What a request means is handed to
//! an [`Operator`].

mod access;
mod connections;
mod payloads;
mod push;
mod routes;
mod signature;

pub use access::{Access, Token};
pub use connections::serve;
pub use push::{Error as PushError, Push};
pub use routes::{Operator, router};
