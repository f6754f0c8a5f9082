//! What is stored, and everything that has happened to it since the last compaction.

use crate::catalogue::Resource;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Which object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub group: Arc<str>,
    pub plural: Arc<str>,
    /// Empty for what has no namespace.
    pub namespace: Arc<str>,
    pub name: Arc<str>,
}

impl Key {
    pub fn new(group: &str, plural: &str, namespace: &str, name: &str) -> Self {
        Self {
            group: group.into(),
            plural: plural.into(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    pub fn is_of(&self, group: &str, plural: &str) -> bool {
        &*self.group == group && &*self.plural == plural
    }
}

/// One change of one object.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub revision: u64,
    pub key: Key,
    /// The object before; `None` if it was created.
    pub before: Option<Arc<Value>>,
    /// The object after; of one that is gone its last state, at the version of its end.
    pub after: Arc<Value>,
    pub is_end: bool,
}

/// All objects, one line of versions.
#[derive(Debug)]
pub(crate) struct Store {
    revision: u64,
    /// Changes up to this version are forgotten.
    compacted: u64,
    objects: BTreeMap<Key, Arc<Value>>,
    /// What names an owner, by the owner's uid.
    owned: BTreeMap<String, BTreeSet<Key>>,
    /// The objects by their uids.
    by_uid: BTreeMap<String, Key>,
    log: VecDeque<Change>,
}

impl Store {
    pub fn new() -> Self {
        Self {
            revision: 1,
            compacted: 1,
            objects: BTreeMap::new(),
            owned: BTreeMap::new(),
            by_uid: BTreeMap::new(),
            log: VecDeque::new(),
        }
    }

    /// The version of the last change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Up to which version changes are forgotten.
    pub fn compacted(&self) -> u64 {
        self.compacted
    }

    pub fn get(&self, key: &Key) -> Option<&Arc<Value>> {
        self.objects.get(key)
    }

    /// The objects of a resource in the order of namespace and name.
    pub fn of(&self, group: &str, plural: &str) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        let first = Key::new(group, plural, "", "");
        let (group, plural) = (first.group.clone(), first.plural.clone());
        self.objects.range(first..).take_while(move |(key, _)| key.is_of(&group, &plural))
    }

    /// The objects of a resource in one namespace, or in all where it is empty.
    pub fn of_place(
        &self,
        resource: &Resource,
        namespace: &str,
    ) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        let first = Key::new(&resource.group, &resource.plural, namespace, "");
        let place = first.clone();
        self.objects.range(first..).take_while(move |(key, _)| {
            let within = place.namespace.is_empty() || key.namespace == place.namespace;
            within && key.is_of(&place.group, &place.plural)
        })
    }

    /// The object with a uid.
    pub fn with_uid(&self, uid: &str) -> Option<(&Key, &Arc<Value>)> {
        let key = self.by_uid.get(uid)?;
        self.objects.get_key_value(key)
    }

    /// What names an owner, in the order of keys.
    pub fn owned_by(&self, uid: &str) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        let keys = self.owned.get(uid).into_iter().flatten();
        keys.filter_map(|key| self.objects.get_key_value(key))
    }

    /// Everything that is stored.
    pub fn all(&self) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        self.objects.iter()
    }

    /// Stores an object, and gives it the next version.
    pub fn put(&mut self, key: Key, mut object: Value) -> Arc<Value> {
        self.revision += 1;
        object["metadata"]["resourceVersion"] = self.revision.to_string().into();
        let after = Arc::new(object);
        let before = self.objects.insert(key.clone(), after.clone());
        self.index(&key, before.as_deref(), Some(&after));
        let revision = self.revision;
        self.log.push_back(Change { revision, key, before, after: after.clone(), is_end: false });
        after
    }

    /// Removes an object; its last state carries the version of its end.
    pub fn remove(&mut self, key: &Key) -> Option<Arc<Value>> {
        let before = self.objects.remove(key)?;
        self.index(key, Some(&before), None);
        self.revision += 1;
        let mut last = Value::clone(&before);
        last["metadata"]["resourceVersion"] = self.revision.to_string().into();
        let after = Arc::new(last);
        self.log.push_back(Change {
            revision: self.revision,
            key: key.clone(),
            before: Some(before),
            after: after.clone(),
            is_end: true,
        });
        Some(after)
    }

    fn index(&mut self, key: &Key, before: Option<&Value>, after: Option<&Value>) {
        let uid = |object: &Value| object["metadata"]["uid"].as_str().map(str::to_owned);
        let (old, new) = (before.and_then(uid), after.and_then(uid));
        if old != new {
            old.map(|uid| self.by_uid.remove(&uid));
            new.map(|uid| self.by_uid.insert(uid, key.clone()));
        }
        let owners = |object: Option<&Value>| {
            object.map_or(&Value::Null, |object| &object["metadata"]["ownerReferences"]).clone()
        };
        let (old, new) = (owners(before), owners(after));
        if old == new {
            return;
        }
        for uid in uids(&old) {
            if let Some(keys) = self.owned.get_mut(uid) {
                keys.remove(key);
                if keys.is_empty() {
                    self.owned.remove(uid);
                }
            }
        }
        for uid in uids(&new) {
            self.owned.entry(uid.to_owned()).or_default().insert(key.clone());
        }
    }

    /// Forgets all changes so far.
    pub fn compact(&mut self) {
        self.compacted = self.revision;
        self.log.clear();
    }

    /// The changes after a version.
    pub fn changes_after(&self, revision: u64) -> impl Iterator<Item = &Change> {
        let from = self.log.partition_point(|change| change.revision <= revision);
        self.log.range(from..)
    }

    /// The objects of a resource as they were at a version that is not forgotten.
    pub fn at(&self, revision: u64, group: &str, plural: &str) -> BTreeMap<Key, Arc<Value>> {
        let now = self.of(group, plural);
        let mut objects: BTreeMap<Key, Arc<Value>> =
            now.map(|(key, object)| (key.clone(), object.clone())).collect();
        let later = self.log.partition_point(|change| change.revision <= revision);
        for change in self.log.range(later..).rev().filter(|c| c.key.is_of(group, plural)) {
            match &change.before {
                Some(before) => drop(objects.insert(change.key.clone(), before.clone())),
                None => drop(objects.remove(&change.key)),
            }
        }
        objects
    }
}

/// The uids that owner references name.
fn uids(references: &Value) -> impl Iterator<Item = &str> {
    references.as_array().into_iter().flatten().filter_map(|owner| owner["uid"].as_str())
}

#[cfg(test)]
mod tests {
    use super::{Key, Store};
    use serde_json::json;

    #[test]
    fn an_earlier_state_can_be_read_until_it_is_compacted() {
        let mut store = Store::new();
        let key = |name| Key::new("", "configmaps", "shop", name);
        store.put(key("a"), json!({"metadata": {}, "data": {"k": "1"}}));
        let then = store.revision();
        store.put(key("b"), json!({"metadata": {}}));
        store.put(key("a"), json!({"metadata": {}, "data": {"k": "2"}}));
        store.remove(&key("b"));
        let earlier = store.at(then, "", "configmaps");
        assert_eq!(earlier.len(), 1);
        assert_eq!(earlier[&key("a")]["data"]["k"], "1");
        assert_eq!(store.changes_after(then).count(), 3);
        store.compact();
        assert_eq!(store.compacted(), store.revision());
    }

    #[test]
    fn owners_are_found_from_both_ends() {
        let mut store = Store::new();
        let key = |name| Key::new("", "configmaps", "shop", name);
        let owned = |uid: &str, owner: &str| json!({"metadata": {"uid": uid, "ownerReferences": [{"uid": owner}]}});
        store.put(key("a"), json!({"metadata": {"uid": "1"}}));
        store.put(key("b"), owned("2", "1"));
        store.put(key("c"), owned("3", "1"));
        let names = |store: &Store, uid: &str| -> Vec<String> {
            store.owned_by(uid).map(|(key, _)| key.name.to_string()).collect()
        };
        assert_eq!(names(&store, "1"), ["b", "c"]);
        assert_eq!(store.with_uid("2").map(|(found, _)| found.clone()), Some(key("b")));
        store.put(key("c"), owned("3", "2"));
        store.remove(&key("a"));
        assert_eq!(names(&store, "1"), ["b"]);
        assert_eq!(names(&store, "2"), ["c"]);
        assert!(store.with_uid("1").is_none());
    }
}
