//! Which kinds, and which objects of the whole cluster, may be deployed.

use trimtab_model::{Glob, ObjectKey};

/// One entry of a list of kinds: patterns on group, kind and, for objects of the whole cluster, name.
/// An entry that has a pattern which cannot be read matches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindRule {
    group: Option<Glob>,
    kind: Option<Glob>,
    name: Name,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Any,
    Of(Option<Glob>),
}

impl KindRule {
    /// Reads an entry; an empty name means every name.
    pub fn new(group: &str, kind: &str, name: &str) -> Self {
        let read = |pattern| Glob::parse_path(pattern).ok();
        let name = if name.is_empty() { Name::Any } else { Name::Of(read(name)) };
        Self { group: read(group), kind: read(kind), name }
    }

    /// Whether the entry means this object.
    pub fn matches(&self, object: &ObjectKey) -> bool {
        is(self.group.as_ref(), object.group.as_str())
            && is(self.kind.as_ref(), object.kind.as_str())
            && match &self.name {
                Name::Any => true,
                Name::Of(pattern) => is(pattern.as_ref(), object.name.as_str()),
            }
    }
}

fn is(pattern: Option<&Glob>, text: &str) -> bool {
    pattern.is_some_and(|pattern| pattern.matches(text, Some('/')))
}
