//! Why an inventory, or an entry of one, cannot be known.

use trimtab_model::Class;

/// What is wrong with what was stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The inventory should be in shards, and there is none.
    #[error("the inventory is in shards, and none of them is there")]
    NoShards,
    /// A shard is not there.
    #[error("of the inventory's {shards} shards of generation {generation}, {missing} are missing")]
    MissingShards {
        /// The newest generation.
        generation: u64,
        /// How many there should be.
        shards: u32,
        /// How many are not there.
        missing: u32,
    },
    /// A shard was written by a later version of Trimtab, or by something else.
    #[error("a shard of the inventory has format {found}; {known} is known")]
    Format {
        /// Its format.
        found: u32,
        /// The one that is understood.
        known: u32,
    },
    /// Shards contradict each other or themselves.
    #[error("the inventory's shards of generation {generation} do not fit together")]
    Contradiction {
        /// The generation that they are of.
        generation: u64,
    },
    /// The text does not name an object.
    #[error("unable to parse stored object metadata: {id}")]
    Id {
        /// The text.
        id: String,
    },
    /// Whoever read it could not, and says why.
    #[error("the inventory cannot be read: {reason}")]
    Unreadable {
        /// Why.
        reason: String,
    },
}

impl Error {
    /// What the error asks of us: a person must look, always.
    pub fn class(&self) -> Class {
        match self {
            Self::NoShards
            | Self::MissingShards { .. }
            | Self::Format { .. }
            | Self::Contradiction { .. }
            | Self::Id { .. }
            | Self::Unreadable { .. } => Class::User,
        }
    }
}
