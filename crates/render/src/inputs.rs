//! Everything that a render may ask.

use crate::FileTree;

/// Everything that a render may ask. Whoever adds a sort of question adds it to [`crate::Question`]
/// too, so that it is asked again before the render is trusted.
pub trait Inputs {
    /// The files of the source.
    fn files(&self) -> &dyn FileTree;
}

/// Files, and nothing else.
pub struct TreeInputs<'a>(&'a dyn FileTree);

impl<'a> TreeInputs<'a> {
    /// Answers from a tree.
    pub fn new(files: &'a dyn FileTree) -> Self {
        Self(files)
    }
}

impl Inputs for TreeInputs<'_> {
    fn files(&self) -> &dyn FileTree {
        self.0
    }
}
