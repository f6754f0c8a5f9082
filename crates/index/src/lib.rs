//! What is in a cluster, as rows.
//!
//! [`Decoder`] makes a row of each object that a watch or a write's answer brings: who owns it, how it
//! does, what our entry in its `managedFields` says, and, where it is ours, its content in few bytes.
//! [`Index`] keeps the newest row of each object and knows of each collection whether it was seen
//! whole, so that "not there" is never said of what was not read. [`answer`] reads the envelopes in
//! which the server sends objects.
//!
//! Absent here: the cluster and the clock. Bytes and times arrive as values; whoever has a row keeps
//! it or passes it on. A Secret's content is in no row.
#![deny(clippy::disallowed_types)]

pub mod answer;
mod decode;
mod live;
mod names;
mod splice;

pub use decode::{DecodeError, Decoder, MarkRule, Rules, SecretKey};
pub use live::{Index, Size, Touched};
