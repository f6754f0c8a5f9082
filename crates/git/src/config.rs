//! What the edge is told once, at its start.

use std::path::PathBuf;
use std::time::Duration;

/// How many times its own size the objects of a large pack may have together. The whole history of a
/// large project, of which little changes from commit to commit, has 30 to 60 times its pack's; what is
/// fetched here is mostly one commit of it, with five times.
pub(crate) const UNPACKED_FACTOR_MAX: u64 = 32;

/// What the edge is told once, at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// The directory for the object stores. What is in it may be deleted while no process uses it.
    pub cache: PathBuf,
    /// A larger pack is refused. Unit: bytes.
    pub pack_bytes_max: u64,
    /// A pack with a larger object is refused: each is in memory while it is checked. Unit: bytes.
    pub object_bytes_max: u64,
    /// A pack whose objects are together larger than this, and than 32 times the pack, is refused.
    /// Unit: bytes.
    pub unpacked_bytes_max: u64,
    /// A pack with more objects is refused. Unit: objects.
    pub pack_objects_max: u64,
    /// An object that is stored as a longer chain is refused. Unit: deltas.
    pub chain_deltas_max: u32,
    /// A longer advertisement of refs is refused. Unit: bytes.
    pub refs_bytes_max: u64,
    /// The most time that a pack may take to be checked and indexed.
    pub index_time_max: Duration,
    /// Whether repositories on this machine's disk may be read.
    pub file_remotes: FileRemotes,
    /// Whether repositories may be asked at addresses of the own link and of clouds' metadata services.
    pub link_local: LinkLocal,
}

/// Whether repositories may be asked at addresses of the own link (169.254.0.0/16, `fe80::/10`) and of
/// clouds' metadata services. Where people who may not ask there can name remotes, they may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkLocal {
    /// They may.
    Allowed,
    /// A remote there is an error.
    Refused,
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
