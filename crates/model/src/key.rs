//! Which object is meant: group, kind, namespace and name, without a version.

use crate::{Group, Kind, Name, Namespace, Version};
use std::fmt;

/// A kind within its group, whatever the version it is read at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKind {
    /// The API group; empty for the core group.
    pub group: Group,
    /// The kind.
    pub kind: Kind,
}

impl GroupKind {
    /// Names a kind.
    pub fn new(group: impl Into<Group>, kind: impl Into<Kind>) -> Self {
        Self { group: group.into(), kind: kind.into() }
    }

    /// Whether this is that kind of that group.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group.as_str() == group && self.kind.as_str() == kind
    }

    /// The same kind at a version.
    pub fn at(&self, version: impl Into<Version>) -> GroupVersionKind {
        GroupVersionKind {
            group: self.group.clone(),
            version: version.into(),
            kind: self.kind.clone(),
        }
    }
}

/// Displays as kubectl does: `Deployment.apps`, or `ConfigMap` for the core group.
impl fmt::Display for GroupKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group.is_empty() {
            write!(f, "{}", self.kind)
        } else {
            write!(f, "{}.{}", self.kind, self.group)
        }
    }
}

/// A kind at one version, as a manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupVersionKind {
    /// The API group; empty for the core group.
    pub group: Group,
    /// The version within the group.
    pub version: Version,
    /// The kind.
    pub kind: Kind,
}

impl GroupVersionKind {
    /// Reads `apiVersion` and `kind` as a manifest writes them: `apps/v1` or `v1`.
    pub fn of(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self { group: group.into(), version: version.into(), kind: kind.into() }
    }

    /// The `apiVersion` as a manifest writes it.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The kind without its version.
    pub fn group_kind(&self) -> GroupKind {
        GroupKind { group: self.group.clone(), kind: self.kind.clone() }
    }
}

/// Displays as `apps/v1/Deployment`.
impl fmt::Display for GroupVersionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.api_version(), self.kind)
    }
}

/// Whether a kind's objects live in a namespace. A kind whose scope nobody could tell has none of
/// the two: it is `Unknown` where it is asked for, never guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Objects live in a namespace.
    Namespaced,
    /// Objects belong to the whole cluster.
    Cluster,
}

/// The identity of an object in one cluster. The version is no part of it: one object can be read
/// at several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// The API group; empty for the core group.
    pub group: Group,
    /// The kind.
    pub kind: Kind,
    /// The namespace; `None` for an object of the whole cluster, and in a manifest that leaves it to
    /// its destination.
    pub namespace: Option<Namespace>,
    /// The name.
    pub name: Name,
}

impl ObjectKey {
    /// Names an object in a namespace.
    pub fn namespaced(kind: &GroupKind, namespace: &str, name: &str) -> Self {
        Self {
            group: kind.group.clone(),
            kind: kind.kind.clone(),
            namespace: Some(namespace.into()),
            name: name.into(),
        }
    }

    /// Names an object of the whole cluster.
    pub fn cluster(kind: &GroupKind, name: &str) -> Self {
        Self {
            group: kind.group.clone(),
            kind: kind.kind.clone(),
            namespace: None,
            name: name.into(),
        }
    }

    /// The object's kind.
    pub fn group_kind(&self) -> GroupKind {
        GroupKind { group: self.group.clone(), kind: self.kind.clone() }
    }

    /// Whether the object is of that kind of that group.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group.as_str() == group && self.kind.as_str() == kind
    }
}

/// Displays as `Deployment/shop/web`, or `Namespace/shop` for an object of the whole cluster.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{}/{namespace}/{}", self.kind, self.name),
            None => write!(f, "{}/{}", self.kind, self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GroupKind, GroupVersionKind, ObjectKey};

    #[test]
    fn an_api_version_is_read_and_written_back() {
        for text in ["v1", "apps/v1", "argoproj.io/v1alpha1"] {
            assert_eq!(GroupVersionKind::of(text, "X").api_version(), text);
        }
    }

    #[test]
    fn keys_are_shown_as_kind_namespace_name() {
        let kind = GroupKind::new("apps", "Deployment");
        assert_eq!(ObjectKey::namespaced(&kind, "shop", "web").to_string(), "Deployment/shop/web");
        assert_eq!(ObjectKey::cluster(&kind, "web").to_string(), "Deployment/web");
    }
}
