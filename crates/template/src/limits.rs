//! How much a template may ask of us.

use trimtab_model::limit;

/// Bounds of texts and of runs. `Default` takes them from the table in `model`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most nodes of one text.
    pub nodes: u32,
    /// The deepest nesting of parentheses and blocks in one text, in levels.
    pub nesting: u32,
    /// The most steps of a run: nodes that are carried out, functions that are called, rounds of loops.
    pub steps: u64,
    /// The most bytes that a run holds as output at a time.
    pub output_bytes: u64,
    /// The most bytes that the values of a run take at a time, about.
    pub memory_bytes: u64,
    /// The most pipelines, and templates that functions carry out, that are under way one inside the
    /// other. They are on the stack: see [`crate::stack_bytes`].
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        let small = |limit: u64| u32::try_from(limit).unwrap_or(u32::MAX);
        Self {
            nodes: small(limit::TEMPLATE_NODES_MAX),
            nesting: small(limit::TEMPLATE_NESTING_LEVELS_MAX),
            steps: limit::TEMPLATE_STEPS_MAX,
            output_bytes: limit::TEMPLATE_OUTPUT_BYTES_MAX,
            memory_bytes: limit::TEMPLATE_MEMORY_BYTES_MAX,
            depth: small(limit::TEMPLATE_DEPTH_LEVELS_MAX),
        }
    }
}
