//! Rendering is a function of what it asked: a source's rules and its inputs become objects, and
//! every question that was asked is kept with its answer, so that it can be asked again.
//!
//! Absent here: Git, the disk and the network. Files are seen through [`FileTree`], which has no way
//! out of its root. Scopes of kinds and the destination's namespace are absent too: the planner, who
//! knows them, places objects.
#![deny(clippy::disallowed_types)]

mod directory;
mod inputs;
mod memory;
mod questions;
mod rendered;
mod shown;
mod tree;
mod walk;

pub use inputs::{Inputs, TreeInputs};
pub use memory::MemoryTree;
pub use questions::{Answer, Question};
pub use rendered::{Kept, Problem, ProblemKind, Rendered, Warning};
pub use tree::{Entry, FileTree, Id, Kind, Unreadable};

use trimtab_model::Renderer;

/// Renders one source. Every bad object or file is a problem of its own; the others come out.
pub fn render(path: &str, renderer: &Renderer, inputs: &dyn Inputs) -> Rendered {
    match renderer {
        Renderer::Directory(rules) => directory::render(path, rules, inputs),
    }
}
