//! Discovery with one request for each version of each group.

use super::{Told, ToldKind, get, nonsense};
use crate::answer::Answer;
use crate::cluster::Edge;
use futures::StreamExt as _;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_model::{Group, Scope, Version};
use trimtab_sync::Failure;

/// How many versions are asked for at a time.
const ASKED_AT_ONCE_MAX: usize = 8;

#[derive(Deserialize)]
struct CoreVersions {
    versions: Vec<String>,
}

#[derive(Deserialize)]
struct GroupList {
    groups: Vec<GroupItem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupItem {
    name: String,
    versions: Vec<VersionItem>,
    #[serde(default)]
    preferred_version: Option<VersionItem>,
}

#[derive(Clone, Deserialize, PartialEq)]
struct VersionItem {
    version: String,
}

#[derive(Deserialize)]
struct ResourceList {
    #[serde(default)]
    resources: Vec<ResourceItem>,
}

#[derive(Deserialize)]
struct ResourceItem {
    name: String,
    kind: String,
    namespaced: bool,
    #[serde(default)]
    verbs: Vec<Arc<str>>,
}

/// Asks for every version of the groups that an answer lists.
pub async fn read(edge: &Arc<Edge>, root: &str, answer: &Answer) -> Result<Vec<Told>, Failure> {
    let versions = if root == "/api" { core(answer) } else { groups(answer) };
    let versions = versions.map_err(|_| nonsense(root))?;
    let asked = versions.into_iter().map(|(group, version)| ask(edge, group, version));
    // In the order in which they were listed: the preferred version of a group first.
    Ok(futures::stream::iter(asked).buffered(ASKED_AT_ONCE_MAX).collect().await)
}

fn core(answer: &Answer) -> serde_json::Result<Vec<(Group, Version)>> {
    let versions: CoreVersions = serde_json::from_slice(&answer.body)?;
    Ok(versions.versions.into_iter().map(|version| ("".into(), version.into())).collect())
}

fn groups(answer: &Answer) -> serde_json::Result<Vec<(Group, Version)>> {
    let list: GroupList = serde_json::from_slice(&answer.body)?;
    let mut found = Vec::new();
    for mut group in list.groups {
        let preferred = group.preferred_version.take();
        group.versions.sort_by_key(|version| Some(version) != preferred.as_ref());
        let name = Group::from(group.name);
        found.extend(group.versions.into_iter().map(|v| (name.clone(), v.version.into())));
    }
    Ok(found)
}

async fn ask(edge: &Arc<Edge>, group: Group, version: Version) -> Told {
    let path = crate::resources::root(&group, &version);
    let kinds = match get(edge, &path, None).await {
        Ok(answer) => kinds(&answer).ok_or_else(|| nonsense(&path).message.into()),
        Err(failure) => Err(failure.message.into()),
    };
    Told { group, version, kinds }
}

fn kinds(answer: &Answer) -> Option<Vec<ToldKind>> {
    let list: ResourceList = serde_json::from_slice(&answer.body).ok()?;
    let mut subresources: BTreeMap<&str, Vec<Arc<str>>> = BTreeMap::new();
    for item in &list.resources {
        if let Some((plural, subresource)) = item.name.split_once('/') {
            subresources.entry(plural).or_default().push(subresource.into());
        }
    }
    let own = list.resources.iter().filter(|item| !item.name.contains('/'));
    let kinds = own.map(|item| ToldKind {
        kind: item.kind.as_str().into(),
        plural: item.name.as_str().into(),
        scope: if item.namespaced { Scope::Namespaced } else { Scope::Cluster },
        verbs: item.verbs.clone(),
        subresources: subresources.get(&*item.name).cloned().unwrap_or_default(),
    });
    Some(kinds.collect())
}
