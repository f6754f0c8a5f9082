//! What the cluster serves: aggregated discovery, and the older one request for each version.

mod aggregated;
mod legacy;

use crate::answer::Answer;
use crate::cluster::Edge;
use crate::refusal;
use crate::wire::Call;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use trimtab_model::limit::READ_TIMEOUT_SECONDS_MAX;
use trimtab_model::{Class, Group, GroupKind, Kind, ObjectKey, Scope, Version};
use trimtab_ports::cluster::{
    Discovery, GroupFact, ServedGroup, ServedKind, ServedVersion, ServerVersion, VersionFact,
};
use trimtab_sync::Failure;

/// The answers that are understood, the best first.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
     application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// One version of one group, as either discovery tells it.
struct Told {
    group: Group,
    version: Version,
    /// Its kinds; or why it could not be asked.
    kinds: Result<Vec<ToldKind>, Arc<str>>,
}

/// One kind of one version.
struct ToldKind {
    kind: Kind,
    plural: Arc<str>,
    scope: Scope,
    verbs: Vec<Arc<str>>,
    subresources: Vec<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VersionAnswer {
    git_version: Arc<str>,
    major: Arc<str>,
    minor: Arc<str>,
}

/// Asks for everything that is served.
pub async fn discover(edge: &Arc<Edge>) -> Result<Discovery, Failure> {
    let server = version(&get(edge, "/version", None).await?)?;
    let mut told = Vec::new();
    for root in ["/api", "/apis"] {
        let answer = get(edge, root, Some(AGGREGATED)).await?;
        match aggregated::read(&answer)? {
            Some(mut versions) => told.append(&mut versions),
            None => told.append(&mut legacy::read(edge, root, &answer).await?),
        }
    }
    let mut groups = gathered(told);
    add_unheard(edge, &mut groups).await?;
    let discovery = Discovery { server, groups };
    edge.resources.learn(&discovery);
    Ok(discovery)
}

fn version(answer: &Answer) -> Result<ServerVersion, Failure> {
    let version: VersionAnswer =
        serde_json::from_slice(&answer.body).map_err(|_| nonsense("/version"))?;
    Ok(ServerVersion { git: version.git_version, major: version.major, minor: version.minor })
}

async fn get(edge: &Edge, path: &str, accept: Option<&'static str>) -> Result<Answer, Failure> {
    let answer = ask(edge, path, accept).await?;
    if answer.is_success() { Ok(answer) } else { Err(refused(path, &answer)) }
}

/// Any answer, also a refusal.
async fn ask(edge: &Edge, path: &str, accept: Option<&'static str>) -> Result<Answer, Failure> {
    let call = Call { accept, ..Call::read("get", &"discovery".into(), path.to_owned()) };
    let answer = edge.exchange.ask(call, Duration::from_secs(READ_TIMEOUT_SECONDS_MAX)).await;
    answer.map_err(|lost| refusal::of_lost_read(&lost))
}

fn refused(path: &str, answer: &Answer) -> Failure {
    let about = ObjectKey::cluster(&GroupKind::new("", "discovery"), path);
    refusal::of_read(&about, answer)
}

fn nonsense(path: &str) -> Failure {
    let message = format!("the cluster's answer to {path} cannot be read");
    Failure { class: Class::Retry, message }
}

/// Puts the versions of each group together, in the order in which they were told: the preferred one
/// first.
fn gathered(told: Vec<Told>) -> BTreeMap<Group, GroupFact> {
    let mut groups: BTreeMap<Group, ServedGroup> = BTreeMap::new();
    for Told { group, version, kinds } in told {
        let group = groups.entry(group).or_default();
        let unknown = kinds.as_ref().err().cloned();
        group.versions.push(VersionFact { version: version.clone(), unknown });
        for kind in kinds.into_iter().flatten() {
            add(group, &version, kind);
        }
    }
    groups.into_iter().map(|(name, group)| (name, fact(group))).collect()
}

fn fact(group: ServedGroup) -> GroupFact {
    let answered = group.versions.iter().any(|fact| fact.unknown.is_none());
    match (answered, group.unknown().cloned()) {
        (false, Some(why)) => GroupFact::Unknown(why),
        _ => GroupFact::Served(group),
    }
}

fn add(group: &mut ServedGroup, version: &Version, told: ToldKind) {
    let at = ServedVersion {
        version: version.clone(),
        verbs: told.verbs,
        subresources: told.subresources,
    };
    let fresh = || ServedKind { plural: told.plural.clone(), scope: told.scope, versions: vec![] };
    let served = group.kinds.entry(told.kind).or_insert_with(fresh);
    match served.versions.iter_mut().find(|known| known.version == *version) {
        None => served.versions.push(at),
        // Two resources of one kind: the one that can be watched is the kind's own.
        Some(known) if !known.can("watch") && at.can("watch") => {
            *known = at;
            served.plural = told.plural;
            served.scope = told.scope;
        }
        Some(_) => {}
    }
}

#[derive(Deserialize)]
struct ApiServices {
    items: Vec<ApiService>,
}

#[derive(Deserialize)]
struct ApiService {
    spec: ApiServiceSpec,
    #[serde(default)]
    status: ApiServiceStatus,
}

#[derive(Deserialize)]
struct ApiServiceSpec {
    #[serde(default)]
    group: String,
    #[serde(default)]
    version: String,
}

#[derive(Default, Deserialize)]
struct ApiServiceStatus {
    #[serde(default)]
    conditions: Vec<ApiServiceCondition>,
}

#[derive(Deserialize)]
struct ApiServiceCondition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
    #[serde(default)]
    message: String,
}

/// Adds groups that are registered and that discovery does not mention: an aggregated API that has
/// not answered yet. Without the right to read them, and where there are none, what discovery says has
/// to do; any other failure is one of the whole, for a group that is left out would count as absent.
async fn add_unheard(edge: &Edge, groups: &mut BTreeMap<Group, GroupFact>) -> Result<(), Failure> {
    let path = "/apis/apiregistration.k8s.io/v1/apiservices";
    let answer = ask(edge, path, None).await?;
    match answer.code {
        403 | 404 => return Ok(()),
        _ if !answer.is_success() => return Err(refused(path, &answer)),
        _ => {}
    }
    let services: ApiServices = serde_json::from_slice(&answer.body).map_err(|_| nonsense(path))?;
    for service in services.items {
        let group = Group::from(service.spec.group);
        let version = Version::from(service.spec.version);
        let conditions = service.status.conditions.into_iter();
        let mut unavailable = conditions.filter(|c| c.kind == "Available" && c.status != "True");
        let Some(condition) = unavailable.next() else { continue };
        let why: Arc<str> = match &*condition.message {
            "" => "the API is registered and does not answer".into(),
            message => message.into(),
        };
        match groups.get_mut(&group) {
            None => drop(groups.insert(group, GroupFact::Unknown(why))),
            Some(GroupFact::Served(served)) => add_unknown(served, version, why),
            Some(GroupFact::Unknown(_)) => {}
        }
    }
    Ok(())
}

fn add_unknown(group: &mut ServedGroup, version: Version, why: Arc<str>) {
    if !group.versions.iter().any(|known| known.version == version) {
        group.versions.push(VersionFact { version, unknown: Some(why) });
    }
}
