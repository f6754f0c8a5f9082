//! Everything that a render may ask.

use crate::FileTree;

/// Everything that a render may ask. Whoever adds a sort of question adds it to [`crate::Question`]
/// too, so that it is asked again before the render is trusted.
pub trait Inputs {
    /// The files of the source.
    fn files(&self) -> &dyn FileTree;

    /// Whether the render is to be broken off: it has had its time, or nobody wants it any longer. This
    /// is asked before every question and every file, and once it is so it stays so.
    fn is_over(&self) -> bool;
}

/// Files, and nothing else.
pub struct TreeInputs<'a> {
    files: &'a dyn FileTree,
    is_over: &'a dyn Fn() -> bool,
}

impl<'a> TreeInputs<'a> {
    /// Answers from a tree for as long as it takes.
    pub fn new(files: &'a dyn FileTree) -> Self {
        Self::until(files, &|| false)
    }

    /// Answers from a tree until it is over.
    pub fn until(files: &'a dyn FileTree, is_over: &'a dyn Fn() -> bool) -> Self {
        Self { files, is_over }
    }
}

impl Inputs for TreeInputs<'_> {
    fn files(&self) -> &dyn FileTree {
        self.files
    }

    fn is_over(&self) -> bool {
        (self.is_over)()
    }
}
