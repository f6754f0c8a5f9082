//! The Git edge: fetches commits from remotes over http, https and from disk, and reads their trees
//! out of the object store, without a checkout and without starting a process.
//!
//! A remote over HTTP has a bare object store of its own under the cache directory, which may be
//! deleted at any time; a remote on disk is read where it lies. Git's objects, packs and refs are
//! read by the gix crates, which stay inside this one; the protocol is spoken here, over one HTTP
//! client.
//!
//! Absent here: pushing, ssh, and any opinion about what a commit means. No file of a tree is ever
//! written to disk.

mod address;
mod ancestry;
mod blocking;
mod cache;
mod config;
mod confined;
mod directory;
mod disk;
mod edge;
mod endpoint;
mod file_tree;
mod http;
mod local;
mod objects;
mod pktline;
mod protocol;
mod remote;
mod session;
mod spool;
mod store;
mod tls;
mod tree;
mod turns;
mod watch;

pub use config::{Config, FileRemotes, LinkLocal};
pub use directory::{Directory, Entry, EntryKind};
pub use edge::{Git, OpenError};
pub use tree::Tree;
