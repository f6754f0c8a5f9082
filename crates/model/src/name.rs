//! One newtype for each meaning of a string, cheap to clone.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

macro_rules! text {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a text that the caller knows to be one.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether the text is empty, as the core group's name is.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

text! {
    /// An API group; the core group is the empty text.
    Group;
    /// An API version inside a group, for example `v1`.
    Version;
    /// A kind, for example `Deployment`.
    Kind;
    /// A namespace's name.
    Namespace;
    /// An object's name.
    Name;
    /// A project's name.
    ProjectName;
    /// The server's identity of one incarnation of an object.
    Uid;
    /// The name under which a writer appears in `managedFields`.
    FieldManager;
    /// The server's version of an object, unique within a cluster and growing. Compare with
    /// [`ResourceVersion::is_older_than`], never as text.
    ResourceVersion;
}

impl FieldManager {
    /// Whether this name means a writer: one that ends in `*` means all that begin as it does.
    pub fn means(&self, manager: &str) -> bool {
        match self.as_str().strip_suffix('*') {
            Some(start) => manager.starts_with(start),
            None => manager == self.as_str(),
        }
    }
}

/// The annotation in which kubectl's client-side apply remembers what it applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Whether a name can be one step of a path, as every object's name must be: with another one a request
/// would reach something else, such as a subresource. Source: apimachinery
/// `pkg/api/validation/path/name.go`, `IsValidPathSegmentName`.
pub fn is_path_segment(name: &str) -> bool {
    !name.is_empty() && !matches!(name, "." | "..") && !name.contains(['/', '%'])
}

impl ResourceVersion {
    /// Whether the other version is later on the server's one line of versions. Versions that are
    /// not numbers cannot be compared, and then nothing is older. Source: KEP-5504, "Comparable
    /// Resource Version".
    pub fn is_older_than(&self, other: &Self) -> bool {
        match (self.as_str().parse::<u128>(), other.as_str().parse::<u128>()) {
            (Ok(mine), Ok(others)) => mine < others,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ResourceVersion, is_path_segment};

    #[test]
    fn a_name_that_leads_elsewhere_is_no_step_of_a_path() {
        for name in ["web", "system:node", "a..b", "...", "Web_1"] {
            assert!(is_path_segment(name), "{name}");
        }
        for name in ["", ".", "..", "default/token", "a%2Ftoken", "/"] {
            assert!(!is_path_segment(name), "{name}");
        }
    }

    #[test]
    fn resource_versions_compare_as_numbers() {
        let (nine, ten) = (ResourceVersion::from("9"), ResourceVersion::from("10"));
        assert!(nine.is_older_than(&ten) && !ten.is_older_than(&nine) && !ten.is_older_than(&ten));
    }
}
