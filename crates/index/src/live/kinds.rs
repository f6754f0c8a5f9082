//! Which kinds the cluster serves: discovery, and the definitions that are ahead of it.

use serde_json::Value;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_model::{GroupKind, Scope, Version};
use trimtab_plan::KindFact;
use trimtab_ports::cluster::{Discovery, GroupFact, ServedKind, ServedVersion};

/// What is done to objects of every kind that a definition makes.
const DEFINED_VERBS: [&str; 8] =
    ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/// What is known of the kinds.
#[derive(Debug, Default)]
pub struct Kinds {
    discovery: Option<Discovery>,
    /// By the definition's name.
    definitions: BTreeMap<Arc<str>, Definition>,
    /// Kinds whose definition is established: they are served as it says.
    established: BTreeMap<GroupKind, Arc<str>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Definition {
    kind: GroupKind,
    established: bool,
    served: ServedKind,
}

/// What is known of a kind, whatever the version.
pub enum Known<'a> {
    /// It is served.
    Served,
    /// It is not, as far as everything answered.
    NotServed,
    /// Nobody can tell.
    Unknown(&'a str),
}

impl Kinds {
    /// Takes what the cluster serves. Returns whether that is another answer than the last one.
    pub fn discovered(&mut self, discovery: Discovery) -> bool {
        let is_news = self.discovery.as_ref() != Some(&discovery);
        self.discovery = Some(discovery);
        is_news
    }

    /// Takes a definition. Returns its kind when something is new.
    pub fn defined(&mut self, definition: &Value) -> Option<GroupKind> {
        let name: Arc<str> = definition["metadata"]["name"].as_str()?.into();
        let read = read(definition)?;
        if self.definitions.get(&name) == Some(&read) {
            return None;
        }
        let kind = read.kind.clone();
        if read.established {
            self.established.insert(kind.clone(), name.clone());
        }
        self.definitions.insert(name, read);
        Some(kind)
    }

    /// Takes that a definition is gone. Returns its kind. What the last discovery said of the kind
    /// is older than this, and counts no more.
    pub fn undefined(&mut self, name: &str) -> Option<GroupKind> {
        let gone = self.definitions.remove(name)?;
        self.established.remove(&gone.kind);
        let groups = self.discovery.as_mut().map(|discovery| &mut discovery.groups);
        if let Some(GroupFact::Served(group)) = groups.and_then(|g| g.get_mut(&gone.kind.group)) {
            group.kinds.remove(&gone.kind.kind);
        }
        Some(gone.kind)
    }

    /// How a kind is served.
    pub fn served(&self, kind: &GroupKind) -> Option<ServedKind> {
        let discovered = || self.discovery.as_ref()?.served(kind);
        self.definition(kind).or_else(discovered).cloned()
    }

    /// What is known of a kind at a version.
    pub fn fact(&self, kind: &GroupKind, version: &Version) -> KindFact {
        if let Some(served) = self.definition(kind) {
            return match served.at(version) {
                Some(_) => KindFact::Served(served.scope),
                None => served.only_others(),
            };
        }
        match &self.discovery {
            Some(discovery) => discovery.kind(kind, version),
            None => KindFact::Unknown(NOT_ASKED.into()),
        }
    }

    /// What is known of a kind, whatever the version.
    pub fn any_version(&self, kind: &GroupKind) -> Known<'_> {
        if self.definition(kind).is_some() {
            return Known::Served;
        }
        let Some(discovery) = &self.discovery else { return Known::Unknown(NOT_ASKED) };
        match discovery.groups.get(&kind.group) {
            None => Known::NotServed,
            Some(GroupFact::Unknown(why)) => Known::Unknown(why),
            Some(GroupFact::Served(group)) if group.kinds.contains_key(&kind.kind) => Known::Served,
            Some(GroupFact::Served(group)) => {
                group.unknown().map_or(Known::NotServed, |why| Known::Unknown(why))
            }
        }
    }

    fn definition(&self, kind: &GroupKind) -> Option<&ServedKind> {
        let name = self.established.get(kind)?;
        self.definitions.get(name).map(|definition| &definition.served)
    }
}

const NOT_ASKED: &str = "the cluster was not asked yet what it serves";

fn read(definition: &Value) -> Option<Definition> {
    let spec = &definition["spec"];
    let text = |value: &Value| value.as_str().map(Arc::<str>::from);
    let kind = GroupKind::new(spec["group"].as_str()?, spec["names"]["kind"].as_str()?);
    let scope = match spec["scope"].as_str()? {
        "Namespaced" => Scope::Namespaced,
        "Cluster" => Scope::Cluster,
        _ => return None,
    };
    let conditions = definition["status"]["conditions"].as_array();
    let established = conditions
        .into_iter()
        .flatten()
        .any(|condition| condition["type"] == "Established" && condition["status"] == "True");
    let versions = spec["versions"].as_array()?.iter().filter(|v| v["served"] == true);
    let mut versions: Vec<ServedVersion> = versions.filter_map(served_version).collect();
    versions.sort_by_cached_key(|served| Reverse(rank(served.version.as_str())));
    let served = ServedKind { plural: text(&spec["names"]["plural"])?, scope, versions };
    Some(Definition { kind, established, served })
}

fn served_version(version: &Value) -> Option<ServedVersion> {
    let subresources = version["subresources"].as_object();
    Some(ServedVersion {
        version: version["name"].as_str()?.into(),
        verbs: DEFINED_VERBS.map(Arc::from).to_vec(),
        subresources: subresources
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str().into())
            .collect(),
    })
}

/// How much a version is preferred: stable over beta over alpha over any other text, then the higher
/// numbers. Source: k8s.io/apimachinery `pkg/version/helpers.go`.
fn rank(version: &str) -> (u8, u64, u64) {
    let parse = || {
        let (major, rest) = digits(version.strip_prefix('v')?)?;
        let (stage, rest) = match rest {
            "" => return Some((3, major, 0)),
            rest if rest.starts_with("beta") => (2, &rest[4..]),
            rest => (1, rest.strip_prefix("alpha")?),
        };
        let (minor, rest) = digits(rest)?;
        rest.is_empty().then_some((stage, major, minor))
    };
    parse().unwrap_or_default()
}

fn digits(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn stable_versions_come_first_then_the_higher_numbers() {
        let order = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "foo1"];
        assert!(order.is_sorted_by(|a, b| rank(a) > rank(b)), "{order:?}");
    }
}
