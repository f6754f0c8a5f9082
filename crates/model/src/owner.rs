//! How an object says to which application it belongs.

use crate::{FieldManager, ObjectKey};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// How an application writes its ownership into its objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tracking {
    /// The mark and its names.
    pub mark: Mark,
    /// What the mark says for this application.
    pub claim: OwnerClaim,
    /// The manager under which its fields are applied: the one that the family's own controller uses.
    pub manager: FieldManager,
    /// Managers whose update entries the family's controller would take over with the first change.
    /// A trailing `*` matches any ending.
    pub predecessors: Vec<FieldManager>,
}

/// A way to mark objects; the names are data that the doors give.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// One annotation, `<owner>:<group>/<kind>:<namespace>/<name>`; an object whose mark names another
    /// object carries it by accident (copied) and has no owner.
    Annotation {
        /// The annotation's name.
        name: Arc<str>,
        /// The annotation that names the installation, where one has a name.
        installation: Arc<str>,
        /// Kinds that are never marked, and so never pruned, as (group, kind).
        unmarked: Vec<crate::GroupKind>,
    },
    /// Two labels, the owner's name and its namespace.
    Labels {
        /// The label that holds the owner's name.
        name: Arc<str>,
        /// The label that holds the owner's namespace.
        namespace: Arc<str>,
    },
}

/// The owner as an object names it: the mark's kind and its text, for example `guestbook` or
/// `flux-system/apps`. Two applications with equal claims cannot be told apart by their objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerClaim {
    /// The name of the annotation or label that carries it.
    pub mark: Arc<str>,
    /// The owner as written: `name` for an annotation, `namespace/name` for labels.
    pub owner: Arc<str>,
    /// The name of its installation, where the object says one.
    pub installation: Option<Arc<str>>,
}

impl OwnerClaim {
    /// An owner of an installation without a name.
    pub fn new(mark: impl Into<Arc<str>>, owner: impl Into<Arc<str>>) -> Self {
        Self { mark: mark.into(), owner: owner.into(), installation: None }
    }

    /// Whether this is what `now` wrote before its installation had a name.
    pub fn is_unnamed(&self, now: &Self) -> bool {
        self.installation.is_none() && self.mark == now.mark && self.owner == now.owner
    }
}

impl fmt::Display for OwnerClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.owner)?;
        match &self.installation {
            Some(installation) => write!(f, " of installation {installation}"),
            None => Ok(()),
        }
    }
}

impl Mark {
    /// The owner that a live object's metadata names under this mark.
    pub fn read(&self, key: &ObjectKey, metadata: &Value) -> Option<OwnerClaim> {
        match self {
            Self::Annotation { name, installation, .. } => {
                let annotations = metadata.get("annotations")?;
                let owner = tracked_owner(annotations.get(&**name)?.as_str()?, key)?;
                let installation = annotations.get(&**installation).and_then(Value::as_str);
                let installation = installation.filter(|id| !id.is_empty()).map(Into::into);
                Some(OwnerClaim { mark: name.clone(), owner: owner.into(), installation })
            }
            Self::Labels { name, namespace } => {
                let labels = metadata.get("labels")?;
                let (owner, space) =
                    (labels.get(&**name)?.as_str()?, labels.get(&**namespace)?.as_str()?);
                Some(OwnerClaim::new(name.clone(), format!("{space}/{owner}")))
            }
        }
    }
}

impl Tracking {
    /// Writes the owner's mark into an object. `default_namespace` stands in the mark of objects of
    /// the whole cluster, as the reference writes it. Another installation's name is taken out.
    pub fn write(&self, key: &ObjectKey, default_namespace: &str, body: &mut Value) {
        match &self.mark {
            Mark::Annotation { name, installation, unmarked } => {
                if unmarked.contains(&key.group_kind()) {
                    return;
                }
                let namespace = key.namespace.as_ref().map_or(default_namespace, |n| n.as_str());
                let text = format!(
                    "{}:{}/{}:{namespace}/{}",
                    self.claim.owner, key.group, key.kind, key.name
                );
                set(body, "annotations", name, text);
                if let Some(id) = &self.claim.installation {
                    set(body, "annotations", installation, id.to_string());
                } else if let Some(annotations) = body["metadata"]["annotations"].as_object_mut() {
                    annotations.remove(&**installation);
                }
            }
            Mark::Labels { name, namespace } => {
                let (space, owner) =
                    self.claim.owner.split_once('/').unwrap_or(("", &self.claim.owner));
                set(body, "labels", name, owner.to_owned());
                set(body, "labels", namespace, space.to_owned());
            }
        }
    }

    /// Whether objects of this kind can carry the mark at all.
    pub fn marks(&self, kind: &crate::GroupKind) -> bool {
        match &self.mark {
            Mark::Annotation { unmarked, .. } => !unmarked.contains(kind),
            Mark::Labels { .. } => true,
        }
    }
}

/// The owner in `<owner>:<group>/<kind>:<namespace>/<name>`, if it names this object. An object of the
/// whole cluster carries its application's destination namespace, so its namespace always matches.
fn tracked_owner<'a>(text: &'a str, key: &ObjectKey) -> Option<&'a str> {
    let (rest, object) = text.rsplit_once(':').filter(|(_, object)| object.contains('/'))?;
    let (owner, kind) = rest.rsplit_once(':')?;
    let (group, kind) = kind.split_once('/')?;
    let (namespace, name) = object.split_once('/')?;
    let same_namespace = key.namespace.as_ref().is_none_or(|n| n.as_str() == namespace);
    (same_namespace
        && name == key.name.as_str()
        && group == key.group.as_str()
        && kind == key.kind.as_str())
    .then_some(owner)
    .filter(|owner| !owner.is_empty())
}

/// Sets `metadata.<map>.<name>`, making the maps that are absent or null. A manifest whose metadata is
/// not an object does not exist (`Manifest::new`).
fn set(body: &mut Value, map: &str, name: &str, text: String) {
    let entry = &mut body["metadata"][map];
    if !entry.is_object() {
        *entry = Value::Object(serde_json::Map::new());
    }
    entry[name] = Value::String(text);
}

#[cfg(test)]
mod tests {
    use super::{Mark, OwnerClaim, Tracking};
    use crate::{GroupKind, ObjectKey};
    use serde_json::json;

    fn annotation() -> Tracking {
        let mark = Mark::Annotation {
            name: "argocd.argoproj.io/tracking-id".into(),
            installation: "argocd.argoproj.io/installation-id".into(),
            unmarked: vec![GroupKind::new("apiextensions.k8s.io", "CustomResourceDefinition")],
        };
        let claim = OwnerClaim::new("argocd.argoproj.io/tracking-id", "shop");
        Tracking { mark, claim, manager: "argocd-controller".into(), predecessors: vec![] }
    }

    #[test]
    fn an_annotation_is_read_back_as_it_was_written() {
        let key = ObjectKey::namespaced(&GroupKind::new("apps", "Deployment"), "bench", "web");
        let mut body = json!({"metadata": {"name": "web", "annotations": null}});
        annotation().write(&key, "bench", &mut body);
        assert_eq!(
            body["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"],
            "shop:apps/Deployment:bench/web"
        );
        let owner = annotation().mark.read(&key, &body["metadata"]);
        assert_eq!(owner, Some(annotation().claim));
    }

    #[test]
    fn two_installations_are_told_apart_by_their_names() {
        let id = "argocd.argoproj.io/installation-id";
        let key = ObjectKey::namespaced(&GroupKind::new("", "Service"), "bench", "web");
        let mut named = annotation();
        named.claim.installation = Some("east".into());
        let mut body = json!({"metadata": {"name": "web"}});
        named.write(&key, "bench", &mut body);
        assert_eq!(body["metadata"]["annotations"][id], "east");
        let read = named.mark.read(&key, &body["metadata"]).expect("a mark");
        assert_eq!(read, named.claim);
        assert_ne!(read, annotation().claim);
        assert!(annotation().claim.is_unnamed(&read) && !read.is_unnamed(&read));
        annotation().write(&key, "bench", &mut body);
        assert_eq!(body["metadata"]["annotations"].get(id), None);
    }

    #[test]
    fn a_mark_that_names_another_object_owns_nothing() {
        let key = ObjectKey::namespaced(&GroupKind::new("", "Service"), "bench", "copy");
        let metadata =
            json!({"annotations": {"argocd.argoproj.io/tracking-id": "shop:/Service:bench/web"}});
        assert_eq!(annotation().mark.read(&key, &metadata), None);
    }

    #[test]
    fn labels_name_the_owner_and_its_namespace() {
        let mark = Mark::Labels { name: "k/name".into(), namespace: "k/namespace".into() };
        let claim = OwnerClaim::new("k/name", "flux-system/apps");
        let tracking =
            Tracking { mark, claim, manager: "kustomize-controller".into(), predecessors: vec![] };
        let key = ObjectKey::cluster(&GroupKind::new("", "Namespace"), "shop");
        let mut body = json!({"metadata": {"name": "shop"}});
        tracking.write(&key, "", &mut body);
        assert_eq!(
            body["metadata"]["labels"],
            json!({"k/name": "apps", "k/namespace": "flux-system"})
        );
        assert_eq!(tracking.mark.read(&key, &body["metadata"]), Some(tracking.claim));
    }
}
