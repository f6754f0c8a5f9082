//! Objects that no application describes.

use crate::Pattern;
use trimtab_model::{Namespace, ObjectKey};

/// How a project wants to hear of objects in its applications' namespaces that none of them describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrphanedResources {
    /// Whether applications get a condition that counts them; else they are only listed.
    pub warn: bool,
    /// Those that nobody wants to hear of.
    pub ignore: Vec<OrphanRule>,
}

/// Some objects that nobody wants to hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrphanRule {
    /// A glob on the group; an empty one is the core group.
    pub group: Pattern,
    /// A glob on the kind; `None` is every kind.
    pub kind: Option<Pattern>,
    /// A glob on the name; `None` is every name.
    pub name: Option<Pattern>,
}

impl OrphanedResources {
    /// Whether nobody wants to hear of an object: a rule says so, or the cluster puts it into every
    /// namespace by itself.
    pub fn ignores(&self, object: &ObjectKey) -> bool {
        comes_with_the_cluster(object) || self.ignore.iter().any(|rule| rule.matches(object))
    }
}

impl OrphanRule {
    fn matches(&self, object: &ObjectKey) -> bool {
        let is = |pattern: &Option<Pattern>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| pattern.matches(text))
        };
        self.group.matches(object.group.as_str())
            && is(&self.kind, object.kind.as_str())
            && is(&self.name, object.name.as_str())
    }
}

fn comes_with_the_cluster(object: &ObjectKey) -> bool {
    let namespace = object.namespace.as_ref().map(Namespace::as_str);
    match (object.group.as_str(), object.kind.as_str(), object.name.as_str()) {
        ("", "Service", "kubernetes") => namespace == Some("default"),
        ("", "ServiceAccount", "default") | ("", "ConfigMap", "kube-root-ca.crt") => true,
        _ => false,
    }
}
