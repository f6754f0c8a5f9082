//! What an error asks of us.

/// The class of an error: what happens next is decided by it and by nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The world was busy: try again, later and later.
    Retry,
    /// No answer came to a write: look before acting again.
    Uncertain,
    /// A person must change something: say so in the status and wait for a change.
    User,
    /// Ours: count it, and be loud.
    Bug,
}
