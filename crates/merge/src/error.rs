//! What can go wrong, in the words that the API server uses where it has words for it.

use crate::{Conflict, apply::conflict_message};
use trimtab_model::Class;

/// Why a merge could not be made or a set of fields could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A `fieldsV1` is no set of fields.
    #[error("the set of fields cannot be read")]
    BadFields(#[source] serde_json::Error),
    /// A step of a path is not written as `managedFields` writes it.
    #[error("`{text}` is no step of a field's path")]
    BadPathElement {
        /// The step.
        text: String,
    },
    /// Bytes are no packed set of this process.
    #[error("the packed set of fields cannot be read")]
    BadPackedSet,
    /// An entry of `managedFields` lacks what every entry has.
    #[error("entry {index} of managedFields: {problem}")]
    BadEntry {
        /// The entry's place, from 0.
        index: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// A custom resource definition does not have a version.
    #[error("{crd} has no version `{version}`")]
    NoSuchVersion {
        /// The definition's name.
        crd: String,
        /// The version.
        version: String,
    },
    /// The desired object does not fit the schema. The text is the server's own.
    #[error("failed to create typed patch object ({object}): {problems}")]
    Invalid {
        /// The object as the server names it: `namespace/name; group/version, Kind=kind`.
        object: String,
        /// What is wrong with it.
        problems: Problems,
    },
    /// The live object does not fit the schema.
    #[error("failed to create typed live object ({object}): {problems}")]
    InvalidLive {
        /// The object as the server names it.
        object: String,
        /// What is wrong with it.
        problems: Problems,
    },
    /// An applied object must not carry managed fields.
    #[error("metadata.managedFields must be nil")]
    CarriesManagedFields,
    /// An object to take over carries no resourceVersion.
    #[error("the live object has no resourceVersion")]
    NoResourceVersion,
    /// Other managers own fields with other values, and the apply was not forced.
    #[error("{}", conflict_message(.0))]
    Conflicts(Vec<Conflict>),
}

impl Error {
    /// What an error asks of us: everything here stays as it is until a person changes something,
    /// but for what this process handed in itself.
    pub fn class(&self) -> Class {
        match self {
            Self::BadPackedSet | Self::NoResourceVersion => Class::Bug,
            Self::BadFields(_)
            | Self::BadPathElement { .. }
            | Self::BadEntry { .. }
            | Self::NoSuchVersion { .. }
            | Self::Invalid { .. }
            | Self::InvalidLive { .. }
            | Self::CarriesManagedFields
            | Self::Conflicts(_) => Class::User,
        }
    }
}

/// One place where an object does not fit its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The way there; empty at the root.
    pub path: String,
    /// What is wrong, in the server's words.
    pub message: String,
}

/// Displays as `.spec.prots: field not declared in schema`.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path}: {}", self.message),
        }
    }
}

/// All places where an object does not fit its schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

/// Displays one problem alone, and several as the server lists them.
impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.as_slice() {
            [only] => write!(f, "{only}"),
            all => {
                f.write_str("errors:")?;
                all.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}
