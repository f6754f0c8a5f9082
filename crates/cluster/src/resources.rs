//! Where objects of a kind are found.

use crate::cluster::Edge;
use crate::refusal;
use crate::wire::Call;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use trimtab_model::limit::READ_TIMEOUT_SECONDS_MAX;
use trimtab_model::{
    Class, Group, GroupKind, Namespace, ObjectKey, Scope, Version, is_path_segment,
};
use trimtab_ports::cluster::{Discovery, GroupFact, Target};
use trimtab_sync::Failure;

/// Names in paths of the kinds that were seen so far.
#[derive(Default)]
pub struct Resources(Mutex<BTreeMap<GroupKind, Resource>>);

/// How a kind is named in paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its plural.
    pub plural: Arc<str>,
    /// Its scope.
    pub scope: Scope,
    /// Plural and group, as counts name it.
    pub counted_as: Arc<str>,
}

/// One object's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The collection's path.
    pub collection: String,
    /// The object's path.
    pub object: String,
    /// How requests for it are counted.
    pub counted_as: Arc<str>,
}

impl Resource {
    /// Names a resource.
    pub fn new(group: &Group, plural: &Arc<str>, scope: Scope) -> Self {
        let counted_as = match group.as_str() {
            "" => plural.clone(),
            group => format!("{plural}.{group}").into(),
        };
        Self { plural: plural.clone(), scope, counted_as }
    }
}

impl Resources {
    /// Remembers what discovery has said.
    pub fn learn(&self, discovery: &Discovery) {
        let mut known = self.lock();
        for (group, fact) in &discovery.groups {
            let GroupFact::Served(served) = fact else { continue };
            for (kind, served) in &served.kinds {
                let resource = Resource::new(group, &served.plural, served.scope);
                let kind = GroupKind { group: group.clone(), kind: kind.clone() };
                known.insert(kind, resource);
            }
        }
    }

    /// Forgets a kind: its path was not found.
    pub fn forget(&self, kind: &GroupKind) {
        self.lock().remove(kind);
    }

    fn known(&self, kind: &GroupKind) -> Option<Resource> {
        self.lock().get(kind).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<GroupKind, Resource>> {
        // A map of names is whole after a panic elsewhere.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The path of a collection; `None` for all namespaces, and for kinds without any.
pub fn collection(
    group: &Group,
    version: &Version,
    namespace: Option<&Namespace>,
    plural: &str,
) -> String {
    let mut path = root(group, version);
    if let Some(namespace) = namespace {
        // Writing into a text cannot fail.
        let _ = write!(path, "/namespaces/{}", segment(namespace.as_str()));
    }
    let _ = write!(path, "/{}", segment(plural));
    path
}

/// The path of a group's version.
pub fn root(group: &Group, version: &Version) -> String {
    match group.as_str() {
        "" => format!("/api/{}", segment(version.as_str())),
        group => format!("/apis/{}/{}", segment(group), segment(version.as_str())),
    }
}

/// A name as one step of a path: what could end the step is escaped. Names of RBAC objects contain
/// `:`, which may stand as it is.
fn segment(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                escaped.push(char::from(byte));
            }
            byte => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    // A step of dots alone would lead elsewhere.
    if matches!(&*escaped, "." | "..") { escaped.replace('.', "%2E") } else { escaped }
}

/// Refuses names that the server would take for more than one step: escaped or not, it reads what
/// follows a `/` as a subresource.
fn check_names(key: &ObjectKey, version: &Version) -> Result<(), Failure> {
    let refused = |message| Err(Failure { class: Class::User, message });
    let namespace = key.namespace.as_ref().map(Namespace::as_str);
    if !is_path_segment(key.name.as_str()) || !namespace.is_none_or(is_path_segment) {
        return refused(format!("{key} is no name of an object"));
    }
    let group = Some(key.group.as_str()).filter(|group| !group.is_empty());
    if !group.is_none_or(is_path_segment) || !is_path_segment(version.as_str()) {
        return refused(format!("`{version}` of {key} is no version of a kind"));
    }
    Ok(())
}

#[derive(Deserialize)]
struct ResourceList {
    #[serde(default)]
    resources: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: Arc<str>,
    kind: String,
    namespaced: bool,
}

impl Edge {
    /// Where an object is found. A kind that was never seen is asked for, at its version alone.
    pub async fn address(&self, target: &Target) -> Result<Address, Failure> {
        let Target { key, version } = target;
        check_names(key, version)?;
        let kind = key.group_kind();
        let resource = match self.resources.known(&kind) {
            Some(resource) => resource,
            None => self.look_up(&kind, version).await?,
        };
        let namespace = match (resource.scope, &key.namespace) {
            (Scope::Namespaced, None) => {
                let message = format!("{key} needs a namespace");
                return Err(Failure { class: Class::User, message });
            }
            (Scope::Namespaced, Some(namespace)) => Some(namespace),
            (Scope::Cluster, _) => None,
        };
        let collection = collection(&key.group, version, namespace, &resource.plural);
        let object = format!("{collection}/{}", segment(key.name.as_str()));
        Ok(Address { collection, object, counted_as: resource.counted_as })
    }

    async fn look_up(&self, kind: &GroupKind, version: &Version) -> Result<Resource, Failure> {
        let longest = Duration::from_secs(READ_TIMEOUT_SECONDS_MAX);
        let call = Call::read("get", &"discovery".into(), root(&kind.group, version));
        let answer = self.exchange.ask(call, longest).await;
        let answer = answer.map_err(|lost| refusal::of_lost_read(&lost))?;
        // A definition that was just made is served a moment later.
        let not_served = || Failure {
            class: Class::Retry,
            message: format!("the cluster does not serve {kind} at {version}"),
        };
        if answer.code == 404 {
            return Err(not_served());
        }
        if !answer.is_success() {
            return Err(refusal::of_read(&ObjectKey::cluster(kind, ""), &answer));
        }
        let list: ResourceList = serde_json::from_slice(&answer.body).map_err(|_| not_served())?;
        let found = list.resources.into_iter();
        let mut found =
            found.filter(|listed| listed.kind == kind.kind.as_str() && !listed.name.contains('/'));
        let found = found.next().ok_or_else(not_served)?;
        let scope = if found.namespaced { Scope::Namespaced } else { Scope::Cluster };
        let resource = Resource::new(&kind.group, &found.name, scope);
        self.resources.lock().insert(kind.clone(), resource.clone());
        Ok(resource)
    }
}

#[cfg(test)]
mod tests {
    use super::{check_names, collection, segment};
    use trimtab_model::{GroupKind, ObjectKey};

    #[test]
    fn paths_are_those_of_the_api() {
        let path = collection(&"".into(), &"v1".into(), Some(&"shop".into()), "services");
        assert_eq!(path, "/api/v1/namespaces/shop/services");
        let path = collection(&"apps".into(), &"v1".into(), None, "deployments");
        assert_eq!(path, "/apis/apps/v1/deployments");
    }

    #[test]
    fn a_name_that_reaches_a_subresource_is_never_asked_for() {
        let kind = GroupKind::new("", "ServiceAccount");
        let check = |namespace, name| {
            check_names(&ObjectKey::namespaced(&kind, namespace, name), &"v1".into())
        };
        assert!(check("shop", "default").is_ok());
        for (namespace, name) in
            [("shop", "default/token"), ("shop", "default%2Ftoken"), ("..", "x"), ("shop", "")]
        {
            assert!(check(namespace, name).is_err(), "{namespace} {name}");
        }
        for (group, version) in [("", "v1/namespaces/x"), ("", ".."), ("a/b", "v1"), ("..", "v1")] {
            let key = ObjectKey::namespaced(&GroupKind::new(group, "A"), "shop", "a");
            assert!(check_names(&key, &version.into()).is_err(), "{group} {version}");
        }
    }

    #[test]
    fn a_name_stays_one_step_of_the_path() {
        assert_eq!(segment("system:node"), "system:node");
        assert_eq!(segment("a/../b?c#d%"), "a%2F..%2Fb%3Fc%23d%25");
        assert_eq!(segment(".."), "%2E%2E");
    }
}
