//! Helm: charts, their values and what their templates may call, with helm's own bytes and helm's own
//! words where something fails.
//!
//! A [`Chart`] is read from files or from an archive. Someone gives it values ([`values::Given`]), which
//! decide what of the charts below is rendered and stand over all defaults ([`Chart::process`]).
//!
//! The functions are those of Go's text/template, of Sprig and of Helm, as helm 4.3.1 has them. What
//! they answer there is held as data in `tests/golden`, written by the helm binary.
//!
//! Absent here: files on disk, repositories, the clock, randomness, the cluster and the network. A
//! render's [`Context`] brings the time and the seed, and answers what a template asks of a cluster.
#![deny(clippy::disallowed_types)]

pub mod archive;
pub mod chart;
mod context;
mod failure;
mod function;
mod inputs;
mod kubernetes;
pub mod log;
mod pattern;
mod questions;
mod random;
mod release;
mod render;
pub mod values;

pub use chart::Chart;
pub use context::{Asked, Context, Use};
pub use failure::Failure;
pub use function::functions;
pub use inputs::{Answer, Inputs, Lookup, NoCluster, Question, Reply};
pub use kubernetes::{InvalidVersion, KubernetesVersion};
pub use random::Seed;
pub use release::{
    Bounds, Definition, Document, Event, Hook, InvalidName, Manifest, ParsedChart, Part, Printed,
    Release, Rendered, SkippedHook, render, templated_name,
};
pub use render::{Outcome, Templates};
