//! The newest row of each object, and what is known of each collection.

mod collection;
mod kinds;
mod rows;
mod slots;

pub use rows::Size;

use collection::{Collection, Collections};
use kinds::Kinds;
use rows::{Rows, Upsert};
use serde_json::Value;
use std::sync::Arc;
use trimtab_model::{GroupKind, Namespace, ObjectKey, OwnerClaim, ResourceVersion, Uid, Version};
use trimtab_plan::{Content, KindFact, Live, LiveObject, Sighting};
use trimtab_ports::cluster::{Discovery, ServedKind, WatchEvent};

/// The live index of one cluster.
#[derive(Debug, Default)]
pub struct Index {
    rows: Rows,
    collections: Collections,
    kinds: Kinds,
}

/// What an event has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// Nothing that anybody could decide by.
    Nothing,
    /// An object came, changed or went.
    Object {
        /// The object.
        key: ObjectKey,
        /// The owners that it names now or has named before.
        claims: Vec<OwnerClaim>,
        /// Whether more than its version and its content has changed: owner, health, our entry,
        /// generation, deletion.
        differs: bool,
    },
    /// It is known more, or less, of a whole kind than before.
    Kind(GroupKind),
}

impl Index {
    /// Takes what a watch of a collection tells. `namespace` is the watch's, `None` for one of all
    /// namespaces. Events of objects as they are ([`WatchEvent::Object`]) say nothing here.
    pub fn observe(
        &mut self,
        kind: &GroupKind,
        namespace: Option<&Namespace>,
        event: WatchEvent,
    ) -> Vec<Touched> {
        let collection = self.collections.entry(kind, namespace);
        match event {
            WatchEvent::Started => known(kind, collection.start()),
            WatchEvent::Synced => known(kind, collection.synced()),
            WatchEvent::Broken { trouble, message } => {
                known(kind, collection.broken(trouble, message.into()))
            }
            WatchEvent::Row(row) => {
                collection.advance_while_whole(&row.resource_version);
                vec![touched(self.rows.upsert(row, true))]
            }
            WatchEvent::Gone { key, uid, resource_version } => {
                collection.advance_while_whole(&resource_version);
                vec![touched(self.rows.remove(&key, &uid, &resource_version))]
            }
            WatchEvent::Progress(version) => {
                collection.advance(&version);
                let gone = self.rows.unconfirmed_until(kind, namespace, &version);
                gone.into_iter().map(touched).collect()
            }
            WatchEvent::Object(_) => Vec::new(),
        }
    }

    /// Takes the object that a write's answer brought. It is not taken when the collection's watch
    /// has already told everything up to its version: then the watch knows better, also when the
    /// object is gone since.
    pub fn answered(&mut self, row: LiveObject) -> Touched {
        let told = self.collections.of(&row.key).and_then(Collection::told_until);
        let behind = told.is_some_and(|told| !told.is_older_than(&row.resource_version));
        if behind && self.rows.get(&row.key).is_none() && is_comparable(&row.resource_version) {
            return Touched::Nothing;
        }
        touched(self.rows.upsert(Box::new(row), false))
    }

    /// Takes what the cluster serves. Returns whether that is another answer than the last one.
    pub fn discovered(&mut self, discovery: Discovery) -> bool {
        self.kinds.discovered(discovery)
    }

    /// Takes a custom resource definition, which knows of its kind before discovery does. `None` when
    /// it says nothing that was not known.
    pub fn defined(&mut self, definition: &Value) -> Option<GroupKind> {
        self.kinds.defined(definition)
    }

    /// Takes that a custom resource definition is gone: its kind is not served any more.
    pub fn undefined(&mut self, name: &str) -> Option<GroupKind> {
        self.kinds.undefined(name)
    }

    /// Forgets a collection that is not watched any more, with its rows.
    pub fn forget(&mut self, kind: &GroupKind, namespace: Option<&Namespace>) {
        self.collections.remove(kind, namespace);
        self.rows.forget(kind, namespace);
    }

    /// The row of an object as it was seen last, whatever is known of its collection.
    pub fn row(&self, key: &ObjectKey) -> Option<&LiveObject> {
        self.rows.get(key)
    }

    /// The keys of all seen objects that name this object as an owner.
    pub fn children(&self, owner: &Uid) -> Vec<ObjectKey> {
        self.rows.children(owner)
    }

    /// The keys of all seen objects of a kind, in order.
    pub fn of_kind(&self, kind: &GroupKind) -> Vec<ObjectKey> {
        self.rows.of_kind(kind)
    }

    /// The namespaces that have an object of this kind and name.
    pub fn namespaces_with(
        &self,
        kind: &GroupKind,
        name: &trimtab_model::Name,
    ) -> impl Iterator<Item = &Namespace> {
        self.rows.namespaces_with(kind, name)
    }

    /// Every owner that some object names.
    pub fn claims(&self) -> impl Iterator<Item = &OwnerClaim> {
        self.rows.claims()
    }

    /// How a kind is served: its name in paths, scope and versions. `None` when it is not, or when
    /// that is not known.
    pub fn served(&self, kind: &GroupKind) -> Option<ServedKind> {
        self.kinds.served(kind)
    }

    /// Whether an object's collection has been seen whole.
    pub fn is_whole(&self, key: &ObjectKey) -> bool {
        self.collections.of(key).is_some_and(Collection::is_whole)
    }

    /// Why a collection's watch does not stand at the moment, if so. What was known stays known.
    pub fn trouble(&self, key: &ObjectKey) -> Option<&Arc<str>> {
        self.collections.of(key).and_then(Collection::trouble)
    }

    /// The version up to which everything about an object's collection has been told.
    pub fn told_until(&self, key: &ObjectKey) -> Option<&ResourceVersion> {
        self.collections.of(key).and_then(Collection::told_until)
    }

    /// How many objects are held, in about how many bytes.
    pub fn size(&self) -> Size {
        self.rows.size()
    }

    /// What is known of an object that has no readable row.
    fn without_collection(&self, key: &ObjectKey) -> Sighting<'_> {
        match self.kinds.any_version(&key.group_kind()) {
            kinds::Known::NotServed => Sighting::Absent,
            kinds::Known::Unknown(why) => Sighting::Unknown(why),
            kinds::Known::Served => Sighting::Unknown("the kind is not watched yet"),
        }
    }
}

impl Live for Index {
    fn sighting(&self, key: &ObjectKey) -> Sighting<'_> {
        let row = self.rows.get(key);
        let Some(collection) = self.collections.of(key) else {
            return row.map_or_else(|| self.without_collection(key), Sighting::Seen);
        };
        match (collection.unreadable(), row) {
            (Some(why), _) => match self.without_collection(key) {
                Sighting::Absent => Sighting::Absent,
                _ => Sighting::Unknown(why),
            },
            (None, Some(row)) => Sighting::Seen(row),
            (None, None) if collection.is_whole() => Sighting::Absent,
            (None, None) => Sighting::Unknown(collection.waiting()),
        }
    }

    fn owned_by(&self, claim: &OwnerClaim) -> Vec<ObjectKey> {
        self.rows.owned_by(claim)
    }

    fn kind(&self, kind: &GroupKind, version: &Version) -> KindFact {
        self.kinds.fact(kind, version)
    }

    fn body(&self, object: &LiveObject) -> Option<Value> {
        match &object.content {
            Content::Kept(bytes) => crate::decode::restore(bytes),
            Content::OnDemand => None,
        }
    }
}

fn known(kind: &GroupKind, changed: bool) -> Vec<Touched> {
    if changed { vec![Touched::Kind(kind.clone())] } else { Vec::new() }
}

fn touched(upsert: Upsert) -> Touched {
    match upsert {
        Upsert::Same => Touched::Nothing,
        Upsert::Changed { key, claims, differs } => Touched::Object { key, claims, differs },
    }
}

/// Versions that are no numbers say nothing about their order.
fn is_comparable(version: &ResourceVersion) -> bool {
    version.as_str().bytes().all(|byte| byte.is_ascii_digit())
}
