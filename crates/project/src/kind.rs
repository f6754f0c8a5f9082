//! Which kinds, and which objects of the whole cluster, may be deployed.

use trimtab_model::{Glob, GlobError, ObjectKey};

/// One entry of a list of kinds: patterns on group, kind and, for objects of the whole cluster, name.
/// An entry that has a pattern which cannot be read matches nothing, and says so: whoever denies by it
/// asks for its [problem](KindRule::problem) first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindRule {
    group: Read,
    kind: Read,
    name: Name,
}

type Read = Result<Glob, GlobError>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Any,
    Of(Read),
}

impl KindRule {
    /// Reads an entry; an empty name means every name.
    pub fn new(group: &str, kind: &str, name: &str) -> Self {
        let read = Glob::parse_path;
        let name = if name.is_empty() { Name::Any } else { Name::Of(read(name)) };
        Self { group: read(group), kind: read(kind), name }
    }

    /// Whether the entry means this object.
    pub fn matches(&self, object: &ObjectKey) -> bool {
        is(&self.group, object.group.as_str())
            && is(&self.kind, object.kind.as_str())
            && match &self.name {
                Name::Any => true,
                Name::Of(pattern) => is(pattern, object.name.as_str()),
            }
    }

    /// Why one of its patterns cannot be read, if one cannot.
    pub fn problem(&self) -> Option<&GlobError> {
        let name = match &self.name {
            Name::Any => None,
            Name::Of(pattern) => Some(pattern),
        };
        [&self.group, &self.kind].into_iter().chain(name).find_map(|pattern| pattern.as_ref().err())
    }
}

fn is(pattern: &Read, text: &str) -> bool {
    pattern.as_ref().is_ok_and(|pattern| pattern.matches(text, Some('/')))
}
