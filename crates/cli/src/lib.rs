//! The command line: what a person may type, and everything that is printed.
//!
//! Absent here: the cluster, Git, and files. Commands are parsed into values, answers arrive as values.

mod applications;
mod commands;
mod differences;
mod duration;
mod format;
mod name;
mod paint;
mod planned;
mod selector;
mod table;

pub use applications::{details, history, list, resources, results, told};
pub use commands::{
    AppCommand, AppKind, AppName, Cli, ClusterFlags, Command, Completion, Diff, DirectoryFlags,
    FluxName, FluxReconcile, FluxSource, FluxTarget, FluxWait, Get, HelmCommand, HelmIdle,
    HelmPrinted, HelmRelease, HelmSource, HelmTemplate, HelmValues, History, Install,
    InstallationFlags, KubeconfigFlags, List, LogFormat, Manifests, Origin, Plan, Refresh, Render,
    Resources, Run, Sync, Wait,
};
pub use differences::differences;
pub use duration::duration;
pub(crate) use duration::pause;
pub use format::{Format, formatted};
pub(crate) use name::{app_name, namespace_name};
pub use paint::{Colour, Paint, printable};
pub use planned::{planned, summary};
pub use selector::Selector;

/// The exit codes that scripts may rely on.
pub mod exit {
    /// All well; for `app diff` and `plan`: no difference.
    pub const OK: u8 = 0;
    /// For `app diff` and `plan`: there is a difference; for `render`: some manifests have problems;
    /// for `app sync`: the sync failed.
    pub const DIFFERENCE: u8 = 1;
    /// The command failed, and says why.
    pub const FAILED: u8 = 2;
    /// `wait` and `sync`: the time was over.
    pub const TIMEOUT: u8 = 3;
}
