//! What was applied.

use crate::Error;
use std::collections::BTreeMap;
use trimtab_model::{ObjectKey, Version};

/// The entries of an inventory.
pub type Entries = BTreeMap<ObjectKey, Entry>;

/// What is remembered of one object that was applied, or is about to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// The version of its kind that its manifest was written in; empty where nobody wrote it down.
    pub version: Version,
}

/// What an application has applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inventory {
    /// These objects and no others.
    Known(Entries),
    /// It could not be read. Nothing is pruned by it, and it counts for more than nothing: what it
    /// holds may come back.
    Unknown(Error),
}

impl Default for Inventory {
    fn default() -> Self {
        Self::Known(Entries::new())
    }
}

impl Inventory {
    /// The entries, if they are known.
    pub fn known(&self) -> Result<&Entries, &Error> {
        match self {
            Self::Known(entries) => Ok(entries),
            Self::Unknown(error) => Err(error),
        }
    }

    /// Whether it could not be read.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// How many objects are known to be in it; of one that is unknown, none is.
    pub fn len(&self) -> usize {
        self.known().map_or(0, BTreeMap::len)
    }

    /// Whether it is known to be empty.
    pub fn is_empty(&self) -> bool {
        self.known().is_ok_and(BTreeMap::is_empty)
    }

    /// Whether an object is known to be in it.
    pub fn contains(&self, key: &ObjectKey) -> bool {
        self.get(key).is_some()
    }

    /// The objects that are known to be in it, in order; of one that is unknown, none.
    pub fn keys(&self) -> impl Iterator<Item = &ObjectKey> {
        self.known().into_iter().flat_map(BTreeMap::keys)
    }

    /// The version that an object's manifest was written in, if it is in it.
    pub fn version(&self, key: &ObjectKey) -> Option<&Version> {
        self.get(key).map(|entry| &entry.version)
    }

    /// What is known of an object.
    pub fn get(&self, key: &ObjectKey) -> Option<&Entry> {
        self.known().ok()?.get(key)
    }

    /// Both together: what counts from before a sync's first apply until it has succeeded (P5). Of an
    /// object in both, the other's entry is newer. With one that is unknown, the union is.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Known(old), Self::Known(new)) => {
                Self::Known(old.iter().chain(new).map(|(k, e)| (k.clone(), e.clone())).collect())
            }
            (Self::Unknown(error), _) | (_, Self::Unknown(error)) => Self::Unknown(error.clone()),
        }
    }

    /// The objects that are in it and not desired, in order. An unknown inventory has no orphans that
    /// anybody could name, which is not the same as none.
    pub fn orphans(
        &self,
        is_desired: impl Fn(&ObjectKey) -> bool,
    ) -> Result<Vec<&ObjectKey>, &Error> {
        Ok(self.known()?.keys().filter(|key| !is_desired(key)).collect())
    }
}
