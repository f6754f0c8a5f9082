//! What the edge is told once, at its start.

use std::path::PathBuf;
use std::time::Duration;

/// What the edge is told once, at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// The directory for the object stores. What is in it may be deleted while no process uses it.
    pub cache: PathBuf,
    /// A larger pack is refused. Unit: bytes.
    pub pack_bytes_max: u64,
    /// A pack with a larger object is refused: each is in memory while it is checked. Unit: bytes.
    pub object_bytes_max: u64,
    /// A longer advertisement of refs is refused. Unit: bytes.
    pub refs_bytes_max: u64,
    /// The most time that a pack may take to be checked and indexed.
    pub index_time_max: Duration,
    /// Whether repositories on this machine's disk may be read.
    pub file_remotes: FileRemotes,
}

/// Whether repositories on this machine's disk may be read. Where people who may not read that disk
/// can name remotes, they may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileRemotes {
    /// They may.
    Allowed,
    /// Those below this directory may, symbolic links resolved.
    Below(PathBuf),
    /// A remote on disk is an error.
    Refused,
}
