//! What a cluster serves.

use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_model::{Group, GroupKind, Kind, Scope, Version};
use trimtab_plan::KindFact;

/// Everything that a cluster serves, as far as it could be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// The server's version.
    pub server: ServerVersion,
    /// The groups, the core group under the empty name. A group that is not here is not served.
    pub groups: BTreeMap<Group, GroupFact>,
}

/// The server's version, as it says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerVersion {
    /// For example `v1.36.3`.
    pub git: Arc<str>,
    /// For example `1`.
    pub major: Arc<str>,
    /// For example `36`; providers add a `+`.
    pub minor: Arc<str>,
}

/// What is known of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupFact {
    /// It answered, at least for one version.
    Served(ServedGroup),
    /// It is there, and no version could be asked: a sentence that says why.
    Unknown(Arc<str>),
}

/// One group that answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServedGroup {
    /// Its versions, the preferred one first.
    pub versions: Vec<VersionFact>,
    /// Its kinds, over all versions that answered.
    pub kinds: BTreeMap<Kind, ServedKind>,
}

/// One version of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionFact {
    /// Its name.
    pub version: Version,
    /// Why it could not be asked, if so.
    pub unknown: Option<Arc<str>>,
}

/// One kind that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedKind {
    /// Its name in paths.
    pub plural: Arc<str>,
    /// Whether its objects live in namespaces.
    pub scope: Scope,
    /// The versions that have it, the preferred one first.
    pub versions: Vec<ServedVersion>,
}

/// One kind at one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedVersion {
    /// The version.
    pub version: Version,
    /// What can be done: `get`, `list`, `watch`, `patch`, …
    pub verbs: Vec<Arc<str>>,
    /// Names of its subresources, for example `status`.
    pub subresources: Vec<Arc<str>>,
}

impl ServedVersion {
    /// Whether that can be done.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| &**known == verb)
    }
}

impl ServedKind {
    /// The kind at one version.
    pub fn at(&self, version: &Version) -> Option<&ServedVersion> {
        self.versions.iter().find(|served| served.version == *version)
    }

    /// That it is served, and not at the version that was asked for.
    pub fn only_others(&self) -> KindFact {
        let versions = self.versions.iter().map(|served| served.version.clone());
        KindFact::OtherVersions(self.scope, versions.collect())
    }
}

impl ServedGroup {
    /// Why the group cannot be called fully known, if so: the first version that did not answer.
    pub fn unknown(&self) -> Option<&Arc<str>> {
        self.versions.iter().find_map(|fact| fact.unknown.as_ref())
    }
}

impl Discovery {
    /// Whether some group or version did not answer: what it has is known only by asking again.
    pub fn is_partial(&self) -> bool {
        self.groups.values().any(|group| match group {
            GroupFact::Served(group) => group.unknown().is_some(),
            GroupFact::Unknown(_) => true,
        })
    }

    /// A kind that is served, whatever the version.
    pub fn served(&self, kind: &GroupKind) -> Option<&ServedKind> {
        match self.groups.get(&kind.group)? {
            GroupFact::Served(group) => group.kinds.get(&kind.kind),
            GroupFact::Unknown(_) => None,
        }
    }

    /// What is known of a kind at a version. What a version that did not answer might have is
    /// unknown, never absent.
    pub fn kind(&self, kind: &GroupKind, version: &Version) -> KindFact {
        let group = match self.groups.get(&kind.group) {
            None => return KindFact::Absent,
            Some(GroupFact::Unknown(why)) => return KindFact::Unknown(why.clone()),
            Some(GroupFact::Served(group)) => group,
        };
        let asked = group.versions.iter().find(|fact| fact.version == *version);
        let unknown = asked.and_then(|fact| fact.unknown.as_ref());
        match (group.kinds.get(&kind.kind), unknown) {
            (Some(served), _) if served.at(version).is_some() => KindFact::Served(served.scope),
            (_, Some(why)) => KindFact::Unknown(why.clone()),
            (Some(served), None) => served.only_others(),
            (None, None) => {
                group.unknown().map_or(KindFact::Absent, |why| KindFact::Unknown(why.clone()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Discovery, GroupFact, ServedGroup, ServedKind, ServedVersion, VersionFact};
    use trimtab_model::{GroupKind, Scope};
    use trimtab_plan::KindFact;

    fn discovery() -> Discovery {
        let widget = ServedKind {
            plural: "widgets".into(),
            scope: Scope::Cluster,
            versions: vec![ServedVersion {
                version: "v1".into(),
                verbs: vec![],
                subresources: vec![],
            }],
        };
        let group = ServedGroup {
            versions: vec![
                VersionFact { version: "v1".into(), unknown: None },
                VersionFact { version: "v2".into(), unknown: Some("down".into()) },
            ],
            kinds: [("Widget".into(), widget)].into(),
        };
        let mut discovery = Discovery::default();
        discovery.groups.insert("example.com".into(), GroupFact::Served(group));
        discovery.groups.insert("down.example.com".into(), GroupFact::Unknown("down".into()));
        discovery
    }

    #[test]
    fn what_could_not_be_asked_is_unknown_and_what_was_asked_is_absent() {
        let widget = GroupKind::new("example.com", "Widget");
        let gadget = GroupKind::new("example.com", "Gadget");
        let fact = |kind: &GroupKind, version: &str| discovery().kind(kind, &version.into());
        assert_eq!(fact(&widget, "v1"), KindFact::Served(Scope::Cluster));
        assert_eq!(fact(&widget, "v3"), KindFact::OtherVersions(Scope::Cluster, vec!["v1".into()]));
        assert_eq!(fact(&widget, "v2"), KindFact::Unknown("down".into()));
        assert_eq!(fact(&gadget, "v1"), KindFact::Unknown("down".into()));
        let down = GroupKind::new("down.example.com", "X");
        assert_eq!(fact(&down, "v1"), KindFact::Unknown("down".into()));
        assert_eq!(fact(&GroupKind::new("no.example.com", "X"), "v1"), KindFact::Absent);
    }
}
