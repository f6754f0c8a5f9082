//! What an application has applied: the only objects that it may ever prune (P1).
//!
//! An [`Inventory`] is known or it is not; what is not known prunes nothing. While a sync runs, the
//! [union](Inventory::union) of old and new counts (P5). A small one stands in the application's own
//! status, a larger one in [shards](Shard) (P11); [`change`] says which writes lead from one to the
//! other, in an order in which no crash loses an entry.
//!
//! Absent here: the cluster, and the resources that hold entries. Shards and entries arrive as values,
//! and writes are said, not done. Absent too: what a live object says about its owner; an entry alone
//! never deletes anything.
#![deny(clippy::disallowed_types)]

mod change;
mod digest;
mod error;
mod id;
mod inventory;
mod shard;

pub use change::{Change, ShardWrite, change, start_over};
pub use digest::digest;
pub use error::Error;
pub use id::{id, parse_id};
pub use inventory::{Entries, Entry, Inventory};
pub use shard::{FORMAT, Home, Shard, fits_inline, join};
