//! The kinds that are served: those that every server has, and those that definitions add.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_merge::Schema;
use trimtab_model::GroupVersionKind;

const BUILT_IN: &str = include_str!("../kinds/kubernetes-1.36.txt");

/// A kind as the API serves it.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub group: String,
    pub plural: String,
    pub singular: String,
    pub kind: String,
    pub list_kind: String,
    pub namespaced: bool,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
    /// The served versions, the preferred one first.
    pub versions: Vec<ServedVersion>,
    /// The version in which objects are stored.
    pub stored_at: String,
    pub habits: Habits,
    /// The definition of a custom resource.
    pub definition: Option<Arc<Value>>,
}

/// A kind at one version.
#[derive(Clone, Debug)]
pub(crate) struct ServedVersion {
    pub name: String,
    pub schema: Arc<Schema>,
    pub status: bool,
}

/// What differs between kinds without a reason that follows from anything else.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a table")]
pub(crate) struct Habits {
    pub counts_generations: bool,
    pub labels_count: bool,
    pub put_creates: bool,
    pub update_needs_version: bool,
    pub deletion_answers_object: bool,
    pub orphans_by_default: bool,
}

impl Resource {
    /// Plural and group, as messages name the resource.
    pub fn qualified(&self) -> String {
        qualified(&self.plural, &self.group)
    }

    /// Kind and group, as messages name the kind.
    pub fn qualified_kind(&self) -> String {
        qualified(&self.kind, &self.group)
    }

    /// The details of a refusal that concerns an object.
    pub fn details(&self, kind: &str, name: &str) -> Value {
        let mut details = json!({"kind": kind});
        if !name.is_empty() {
            details["name"] = name.into();
        }
        if !self.group.is_empty() {
            details["group"] = self.group.clone().into();
        }
        details
    }

    pub fn is_custom(&self) -> bool {
        self.definition.is_some()
    }

    pub fn is(&self, group: &str, plural: &str) -> bool {
        self.group == group && self.plural == plural
    }

    pub fn version(&self, name: &str) -> Option<&ServedVersion> {
        self.versions.iter().find(|version| version.name == name)
    }

    /// The `apiVersion` of objects at a version.
    pub fn api_version(&self, version: &str) -> String {
        if self.group.is_empty() { version.to_owned() } else { format!("{}/{version}", self.group) }
    }
}

fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

/// All kinds that are served, by group and plural.
#[derive(Debug)]
pub(crate) struct Catalogue {
    /// In the order in which discovery tells them.
    all: Vec<Arc<Resource>>,
    /// How many of them every server has.
    built_in: usize,
}

impl Catalogue {
    /// The kinds that every server has.
    pub fn built_in() -> Self {
        let lines = BUILT_IN.lines().filter(|line| !line.starts_with('#'));
        let all: Vec<Arc<Resource>> = lines.filter_map(built_in).map(Arc::new).collect();
        Self { built_in: all.len(), all }
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.all.iter()
    }

    /// The resource at a place of the API.
    pub fn at(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.all.iter().find(|found| found.is(group, plural) && found.version(version).is_some())
    }

    /// The resource of a plural, whatever its versions.
    pub fn named(&self, group: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.all.iter().find(|found| found.is(group, plural))
    }

    /// The resource of a kind.
    pub fn of_kind(&self, group: &str, kind: &str) -> Option<&Arc<Resource>> {
        self.all.iter().find(|found| found.group == group && found.kind == kind)
    }

    /// Whether a group is one of those that every server has.
    pub fn has_built_in_group(&self, group: &str) -> bool {
        self.all[..self.built_in].iter().any(|found| found.group == group)
    }

    pub fn has_version(&self, group: &str, version: &str) -> bool {
        self.all.iter().any(|found| found.group == group && found.version(version).is_some())
    }

    /// Serves a custom resource, in the place of what its definition said before.
    pub fn serve(&mut self, resource: Resource) {
        self.withdraw(&resource.group, &resource.plural);
        self.all.push(Arc::new(resource));
        let custom = &mut self.all[self.built_in..];
        custom.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural)));
    }

    /// Serves a custom resource no more.
    pub fn withdraw(&mut self, group: &str, plural: &str) {
        self.all.retain(|found| !(found.is_custom() && found.is(group, plural)));
    }

    /// The versions of each group in the order of discovery, the preferred one first.
    pub fn groups(&self) -> Vec<(String, Vec<String>)> {
        let mut order: Vec<String> = Vec::new();
        let mut versions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for resource in &self.all {
            if !order.contains(&resource.group) {
                order.push(resource.group.clone());
            }
            let known = versions.entry(&resource.group).or_default();
            for version in &resource.versions {
                if !known.contains(&version.name) {
                    known.push(version.name.clone());
                }
            }
        }
        order
            .into_iter()
            .map(|group| {
                let mut versions = versions.remove(group.as_str()).unwrap_or_default();
                versions.sort_by_key(|version| std::cmp::Reverse(rank(version)));
                (group, versions)
            })
            .collect()
    }
}

/// How versions are preferred: stable before beta before alpha, then the higher number. Source:
/// apimachinery, `pkg/version/helpers.go`.
pub(crate) fn rank(version: &str) -> (u8, u64, u64) {
    let number = |text: &str| text.parse::<u64>().ok();
    let Some(rest) = version.strip_prefix('v') else { return (0, 0, 0) };
    if let Some(major) = number(rest) {
        return (3, major, 0);
    }
    for (word, stage) in [("beta", 2), ("alpha", 1)] {
        if let Some((major, minor)) = rest.split_once(word)
            && let (Some(major), Some(minor)) = (number(major), number(minor))
        {
            return (stage, major, minor);
        }
    }
    (0, 0, 0)
}

fn built_in(line: &str) -> Option<Resource> {
    let words: Vec<&str> = line.split(' ').collect();
    let [group, version, plural, singular, kind, scope, short, categories, status, habits] =
        words[..]
    else {
        return None;
    };
    let group = if group == "-" { "" } else { group };
    let list = |text: &str| match text {
        "-" => Vec::new(),
        names => names.split(',').map(str::to_owned).collect(),
    };
    let of = GroupVersionKind { group: group.into(), version: version.into(), kind: kind.into() };
    let schema = Arc::new(Schema::built_in(&of)?);
    let has = |letter: &str| habits.split(',').any(|habit| habit == letter);
    Some(Resource {
        group: group.into(),
        plural: plural.into(),
        singular: singular.into(),
        kind: kind.into(),
        list_kind: format!("{kind}List"),
        namespaced: scope == "Namespaced",
        short_names: list(short),
        categories: list(categories),
        versions: vec![ServedVersion { name: version.into(), schema, status: status == "status" }],
        stored_at: version.into(),
        habits: Habits {
            counts_generations: has("g"),
            labels_count: has("l"),
            put_creates: has("p"),
            update_needs_version: has("v"),
            deletion_answers_object: has("o"),
            orphans_by_default: has("j"),
        },
        definition: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, Catalogue, rank};

    #[test]
    fn every_line_of_the_table_is_a_kind_with_a_schema() {
        let lines = BUILT_IN.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(Catalogue::built_in().all().count(), lines);
    }

    #[test]
    fn stable_versions_are_preferred() {
        let mut versions = ["v1beta1", "v2", "v1", "foo", "v1alpha2", "v1beta2", "v10"];
        versions.sort_by_key(|version| std::cmp::Reverse(rank(version)));
        assert_eq!(versions, ["v10", "v2", "v1", "v1beta2", "v1beta1", "v1alpha2", "foo"]);
    }
}
