//! How much a text may ask of us.

use std::fmt;

use crate::text::Fault;
use trimtab_model::limit;

/// Bounds of one text. `Default` takes them from the table in `model`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest text, in bytes.
    pub bytes: u64,
    /// The deepest nesting of one document, in levels.
    pub depth: usize,
    /// The most nodes of a text, aliases expanded.
    pub nodes: u64,
    /// The most documents of a text, empty ones included.
    pub documents: usize,
}

/// A limit that a text has reached, and how much it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Bytes of the text.
    Bytes(u64),
    /// Levels of nesting.
    Depth(u64),
    /// Nodes, aliases expanded.
    Nodes(u64),
    /// Bytes that aliases copy.
    Copies(u64),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(max) => write!(f, "longer than {max} bytes"),
            Self::Depth(max) => write!(f, "nested deeper than {max} levels"),
            Self::Nodes(max) => write!(f, "more than {max} nodes, aliases expanded"),
            Self::Copies(max) => write!(f, "aliases copy more than {max} bytes"),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: limit::YAML_FILE_BYTES_MAX,
            depth: usize::try_from(limit::YAML_DEPTH_MAX).unwrap_or(usize::MAX),
            nodes: limit::YAML_NODES_MAX,
            documents: usize::try_from(limit::YAML_DOCUMENTS_MAX).unwrap_or(usize::MAX),
        }
    }
}

/// What is left to one text of its bounds, shared by all its documents.
pub(crate) struct Budget {
    limits: Limits,
    nodes: u64,
    copied: u64,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        // An alias copies text without adding many nodes: what aliases copy is bounded by the
        // longest text as well.
        Self { limits, nodes: limits.nodes, copied: limits.bytes }
    }

    /// The deepest nesting, in levels.
    pub(crate) fn depth(&self) -> usize {
        self.limits.depth
    }

    /// Refuses what is nested deeper than the bound.
    pub(crate) fn enter(&self, depth: usize, at: usize) -> Result<(), Fault> {
        if depth <= self.limits.depth {
            return Ok(());
        }
        Err(Fault::of_limit(at, Limit::Depth(self.limits.depth as u64)))
    }

    /// Takes one node from the budget.
    pub(crate) fn node(&mut self, at: usize) -> Result<(), Fault> {
        let left = self.nodes.checked_sub(1);
        self.nodes = left.ok_or_else(|| Fault::of_limit(at, Limit::Nodes(self.limits.nodes)))?;
        Ok(())
    }

    /// Takes text that an alias copies from the budget.
    pub(crate) fn copy(&mut self, bytes: usize, at: usize) -> Result<(), Fault> {
        let left = self.copied.checked_sub(bytes as u64);
        self.copied = left.ok_or_else(|| Fault::of_limit(at, Limit::Copies(self.limits.bytes)))?;
        Ok(())
    }

    /// How many nodes were taken.
    pub(crate) fn spent(&self) -> u64 {
        self.limits.nodes - self.nodes
    }

    /// How many bytes aliases copied.
    pub(crate) fn copied(&self) -> u64 {
        self.limits.bytes - self.copied
    }

    /// Whether the text has used up its nodes or its copies, so that nothing after can be read.
    pub(crate) fn is_spent(&self) -> bool {
        self.nodes == 0 || self.copied == 0
    }
}
