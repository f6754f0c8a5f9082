//! The disposable local cache: what one process leaves for the next on the same machine, in one file.
//!
//! It holds baselines: what our last apply of an object left there, as digests. A file that is damaged,
//! too large, of another format or of another installation is thrown away with a warning, and fills
//! again as the cluster is looked at.
//!
//! Absent here: anything that only this file would know, and anything secret. Absent too: the choice
//! of the directory, and every judgement about what is kept; who reads it asks the cluster first.

mod encoding;
mod error;
mod file;
mod local;

pub use error::Error;
pub use local::{Forgetful, Installation, Local};
