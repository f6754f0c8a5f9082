//! Fields that do not count.

use crate::pointer::Pointer;
use serde_json::Value;
use trimtab_model::{Glob, IgnoreRule, ObjectKey};

/// The fields of one object that do not count, in the order of the rules that say so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignored(Vec<Pointer>);

impl Ignored {
    /// Collects what the rules say about an object. A rule whose pattern cannot be read is about no
    /// object, and a pointer that cannot be read is passed over.
    /// Source: argo-cd 3.5.1, `util/argo/normalizers/diff_normalizer.go`.
    pub fn of<'a>(rules: impl IntoIterator<Item = &'a IgnoreRule>, object: &ObjectKey) -> Self {
        let rules = rules.into_iter().filter(|rule| is_about(rule, object));
        let pointers = rules.flat_map(|rule| &rule.pointers);
        Self(pointers.filter_map(|pointer| Pointer::parse(pointer)).collect())
    }

    /// Whether every field counts.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the fields away, so that two objects without them compare equal where nothing else
    /// differs. A field that is not there is no error.
    pub fn remove_from(&self, object: &mut Value) {
        for pointer in &self.0 {
            pointer.remove_from(object);
        }
    }

    /// Makes the fields of a desired object what they are in the live one, so that an apply leaves them
    /// alone: that value, or absent.
    pub fn copy(&self, live: &Value, desired: &mut Value) {
        for pointer in &self.0 {
            pointer.copy(live, desired);
        }
    }
}

/// Group and kind are globs; name and namespace are exact.
fn is_about(rule: &IgnoreRule, object: &ObjectKey) -> bool {
    let glob = |pattern: Option<&str>, text: &str| {
        pattern
            .is_none_or(|pattern| Glob::parse(pattern).is_ok_and(|glob| glob.matches(text, None)))
    };
    let exact = |wanted: Option<&str>, text: &str| wanted.is_none_or(|wanted| wanted == text);
    let namespace = object.namespace.as_ref().map_or("", |namespace| namespace.as_str());
    glob(rule.group.as_deref(), object.group.as_str())
        && glob(rule.kind.as_deref(), object.kind.as_str())
        && exact(rule.name.as_deref(), object.name.as_str())
        && exact(rule.namespace.as_deref(), namespace)
}
