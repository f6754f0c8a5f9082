//! The objects of an application: as rows, and as manifests.

use super::{AppName, InstallationFlags};
use crate::Format;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Lists the objects of an application.
#[derive(Args, Clone, Debug)]
pub struct Resources {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub app: AppName,
    /// json or yaml
    #[arg(long, short, default_value = "text")]
    pub output: Format,
}

/// Prints the manifests of an application. Values of Secrets are hidden.
#[derive(Args, Clone, Debug)]
pub struct Manifests {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub app: AppName,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub installation: InstallationFlags,
    /// Whose: what a sync would apply, or the live objects
    #[arg(long, value_enum, default_value_t = Origin::Git)]
    pub source: Origin,
    /// Of another revision than the one that the application follows
    #[arg(long, value_name = "REVISION", conflicts_with = "local")]
    pub revision: Option<String>,
    /// Of this directory on disk
    #[arg(long, value_name = "PATH")]
    pub local: Option<PathBuf>,
    /// json or yaml
    #[arg(long, short, default_value = "yaml")]
    pub output: Format,
}

/// Where manifests are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Origin {
    /// What a sync would apply
    Git,
    /// The live objects
    Live,
}
