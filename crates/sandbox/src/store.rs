//! What is stored, and everything that has happened to it since the last compaction.

use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
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
    log: VecDeque<Change>,
}

impl Store {
    pub fn new() -> Self {
        Self { revision: 1, compacted: 1, objects: BTreeMap::new(), log: VecDeque::new() }
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
        let revision = self.revision;
        self.log.push_back(Change { revision, key, before, after: after.clone(), is_end: false });
        after
    }

    /// Removes an object; its last state carries the version of its end.
    pub fn remove(&mut self, key: &Key) -> Option<Arc<Value>> {
        let before = self.objects.remove(key)?;
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
}
