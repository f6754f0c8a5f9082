//! Discovery in one answer. Source: KEP-3352, `k8s.io/api/apidiscovery/v2`.

use super::{Told, ToldKind, nonsense};
use crate::answer::Answer;
use serde::Deserialize;
use std::sync::Arc;
use trimtab_model::Scope;
use trimtab_sync::Failure;

#[derive(Deserialize)]
struct Groups {
    kind: String,
    #[serde(default)]
    items: Vec<GroupItem>,
}

#[derive(Deserialize)]
struct GroupItem {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    versions: Vec<VersionItem>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct VersionItem {
    version: String,
    #[serde(default)]
    freshness: String,
    #[serde(default)]
    resources: Vec<ResourceItem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceItem {
    resource: Arc<str>,
    #[serde(default)]
    response_kind: Option<ResponseKind>,
    scope: String,
    #[serde(default)]
    verbs: Vec<Arc<str>>,
    #[serde(default)]
    subresources: Vec<SubresourceItem>,
}

#[derive(Deserialize)]
struct ResponseKind {
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
struct SubresourceItem {
    subresource: Arc<str>,
}

/// Reads an aggregated answer; `None` when the server has given the older one.
pub fn read(answer: &Answer) -> Result<Option<Vec<Told>>, Failure> {
    if !answer.content_type.contains("APIGroupDiscoveryList") {
        return Ok(None);
    }
    let groups: Groups = serde_json::from_slice(&answer.body).map_err(|_| nonsense("discovery"))?;
    if groups.kind != "APIGroupDiscoveryList" {
        return Ok(None);
    }
    Ok(Some(groups.items.into_iter().flat_map(versions).collect()))
}

fn versions(group: GroupItem) -> impl Iterator<Item = Told> {
    let name = group.metadata.name;
    group.versions.into_iter().map(move |item| {
        // What a stale version lists is from before its server went away.
        let kinds = match &*item.freshness {
            "Stale" => Err(stale(&name, &item.version)),
            _ => Ok(item.resources.into_iter().filter_map(kind).collect()),
        };
        Told { group: name.as_str().into(), version: item.version.into(), kinds }
    })
}

fn stale(group: &str, version: &str) -> Arc<str> {
    format!("the server of the API {group}/{version} does not answer").into()
}

fn kind(item: ResourceItem) -> Option<ToldKind> {
    let kind = item.response_kind.map(|response| response.kind).filter(|kind| !kind.is_empty())?;
    let scope = match &*item.scope {
        "Namespaced" => Scope::Namespaced,
        "Cluster" => Scope::Cluster,
        _ => return None,
    };
    Some(ToldKind {
        kind: kind.into(),
        plural: item.resource,
        scope,
        verbs: item.verbs,
        subresources: item.subresources.into_iter().map(|sub| sub.subresource).collect(),
    })
}
