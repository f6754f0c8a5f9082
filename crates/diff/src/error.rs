//! Why a difference cannot be shown.

use trimtab_model::Class;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The part in which the texts differ is too large to be compared line by line.
    #[error("the texts differ in {lines} lines, more than the {max} that are compared")]
    TooLarge {
        /// The lines of both texts between their common beginning and their common end.
        lines: usize,
        /// The bound.
        max: usize,
    },
}

impl Error {
    /// What the error asks of us: a person must look at the object itself.
    pub fn class(&self) -> Class {
        match self {
            Self::TooLarge { .. } => Class::User,
        }
    }
}
