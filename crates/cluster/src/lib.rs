//! The edge to a Kubernetes cluster: what it serves, what is in it, and the only writer to it.
//!
//! [`Cluster`] carries out what [`trimtab_ports::cluster`] describes, over one connection where the
//! server speaks HTTP/2. Every write goes through one limiter, names the manager under which it is
//! done, ends at the server after two seconds, and is sent once.
//!
//! Absent here: policy. Nothing here decides what is applied, deleted or tried again; what the server
//! refuses becomes a value that says what happens next. Absent too: the content of Secrets in any
//! error text.

mod answer;
mod cluster;
mod connection;
mod discovery;
mod error;
mod events;
mod leases;
mod limiter;
mod reads;
mod refusal;
mod requests;
mod resources;
mod watch;
mod wire;
mod writes;

pub use cluster::{Cluster, Options, Seams};
pub use error::{Error, KubeconfigName};
pub use requests::{RequestCount, RequestKind, Requests};
