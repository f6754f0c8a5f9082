//! What is known of a whole collection.

use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_model::{GroupKind, Namespace, ObjectKey, ResourceVersion};
use trimtab_ports::cluster::Trouble;

/// Whether a collection was seen whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Seen {
    /// It was not: an object that has no row may be there.
    #[default]
    InPart,
    /// It was, and is kept up to date; through an outage the last good state counts.
    Whole,
    /// It cannot be read: nothing counts.
    Unreadable,
}

/// One collection, as its watch tells it.
#[derive(Debug, Default)]
pub struct Collection {
    seen: Seen,
    /// Objects come in no order of versions at the moment.
    listing: bool,
    trouble: Option<Arc<str>>,
    told_until: Option<ResourceVersion>,
}

impl Collection {
    /// It is read from its beginning. What was known stays known, unless nothing was.
    pub fn start(&mut self) -> bool {
        self.listing = true;
        if self.seen == Seen::Unreadable {
            self.seen = Seen::InPart;
            return true;
        }
        false
    }

    /// It was read whole. Returns whether that is news, as in the other methods.
    pub fn synced(&mut self) -> bool {
        let news = self.seen != Seen::Whole || self.trouble.is_some();
        (self.seen, self.trouble, self.listing) = (Seen::Whole, None, false);
        news
    }

    /// Its watch does not stand.
    pub fn broken(&mut self, trouble: Trouble, why: Arc<str>) -> bool {
        let before = (self.seen, self.trouble.replace(why));
        match trouble {
            Trouble::Outage => {}
            Trouble::Forbidden | Trouble::NotServed => {
                self.seen = Seen::Unreadable;
                self.told_until = None;
            }
        }
        before.0 != self.seen || before.1 != self.trouble
    }

    /// Everything up to this version was told.
    pub fn advance(&mut self, version: &ResourceVersion) {
        if self.told_until.as_ref().is_none_or(|told| told.is_older_than(version)) {
            self.told_until = Some(version.clone());
        }
    }

    /// As [`Collection::advance`], for the version of one change. While the collection is read from
    /// its beginning, objects come in no order of versions: then nothing follows from one.
    pub fn advance_while_whole(&mut self, version: &ResourceVersion) {
        if self.seen == Seen::Whole && !self.listing {
            self.advance(version);
        }
    }

    /// Whether it was seen whole.
    pub fn is_whole(&self) -> bool {
        self.seen == Seen::Whole
    }

    /// Why nothing of it counts, if so.
    pub fn unreadable(&self) -> Option<&str> {
        (self.seen == Seen::Unreadable).then(|| self.trouble.as_deref().unwrap_or("unreadable"))
    }

    /// Why an object without a row may still be there, before the collection was seen whole.
    pub fn waiting(&self) -> &str {
        self.trouble.as_deref().unwrap_or("the kind is being read")
    }

    /// Why the watch does not stand at the moment.
    pub fn trouble(&self) -> Option<&Arc<str>> {
        self.trouble.as_ref()
    }

    /// The version up to which everything was told.
    pub fn told_until(&self) -> Option<&ResourceVersion> {
        self.told_until.as_ref()
    }
}

/// The collections by kind and by the namespace that is watched.
#[derive(Debug, Default)]
pub struct Collections(BTreeMap<GroupKind, BTreeMap<Option<Namespace>, Collection>>);

impl Collections {
    /// The collection of a watch.
    pub fn entry(&mut self, kind: &GroupKind, namespace: Option<&Namespace>) -> &mut Collection {
        if !self.0.contains_key(kind) {
            self.0.insert(kind.clone(), BTreeMap::new());
        }
        let watched = self.0.entry(kind.clone()).or_default();
        watched.entry(namespace.cloned()).or_default()
    }

    /// The collection that an object is told in: of all namespaces, else of its own.
    pub fn of(&self, key: &ObjectKey) -> Option<&Collection> {
        let watched = self.0.get(&key.group_kind())?;
        watched.get(&None).or_else(|| watched.get(&key.namespace))
    }

    /// Forgets a collection.
    pub fn remove(&mut self, kind: &GroupKind, namespace: Option<&Namespace>) {
        if let Some(watched) = self.0.get_mut(kind) {
            watched.remove(&namespace.cloned());
        }
    }
}
