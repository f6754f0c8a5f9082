//! What works without a cluster.

mod disk;

pub use disk::DiskTree;
