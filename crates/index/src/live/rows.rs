//! The rows, by key, by owner's claim and by owner's uid.

use crate::live::slots::{Slot, Slots};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::size_of;
use std::ops::Bound::{Excluded, Unbounded};
use trimtab_model::{GroupKind, Name, Namespace, ObjectKey, OwnerClaim, ResourceVersion, Uid};
use trimtab_plan::{Content, LiveObject};

/// How much is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Objects.
    pub objects: usize,
    /// About how many bytes their rows take, contents and keys included.
    pub bytes: usize,
}

/// What became of a row that was offered.
#[derive(Debug)]
pub enum Upsert {
    /// It was known, or something newer is.
    Same,
    /// Something is different now.
    Changed {
        /// The object.
        key: ObjectKey,
        /// Owners that it names or has named.
        claims: Vec<OwnerClaim>,
        /// Whether more than version and content differs.
        differs: bool,
    },
}

/// Where an object stands within its kind.
type Place = (Option<Namespace>, Name);

/// The rows. The maps hold numbers of slots and no second copy of a key, for there are many rows.
#[derive(Debug, Default)]
pub struct Rows {
    slots: Slots,
    by_kind: BTreeMap<GroupKind, BTreeMap<Place, Slot>>,
    by_claim: BTreeMap<OwnerClaim, BTreeSet<Slot>>,
    by_owner: BTreeMap<Uid, BTreeSet<Slot>>,
    /// Objects of which an answer to a write has shown a state that no watch has told yet.
    unconfirmed: BTreeSet<ObjectKey>,
    bytes: usize,
}

impl Rows {
    /// Keeps a row, unless what is there is newer. `watched` says that a watch has shown it.
    pub fn upsert(&mut self, row: Box<LiveObject>, watched: bool) -> Upsert {
        let known = self.get(&row.key);
        let is_old =
            known.is_some_and(|known| row.resource_version.is_older_than(&known.resource_version));
        let is_news = !is_old && known.is_none_or(|known| !is_same_state(known, &row));
        if watched && !is_old {
            self.unconfirmed.remove(&row.key);
        }
        if !is_news {
            return Upsert::Same;
        }
        let before = self.take(&row.key);
        let key = row.key.clone();
        let claims = claims(before.as_deref(), Some(&row));
        let differs = before.is_none_or(|before| differs(&before, &row));
        if !watched {
            self.unconfirmed.insert(key.clone());
        }
        self.put(row);
        Upsert::Changed { key, claims, differs }
    }

    /// Forgets an incarnation that was not there any more at a version, unless what is known of the
    /// key is newer.
    pub fn remove(&mut self, key: &ObjectKey, uid: &Uid, version: &ResourceVersion) -> Upsert {
        let Some(known) = self.get(key) else { return Upsert::Same };
        if known.uid != *uid && !known.resource_version.is_older_than(version) {
            return Upsert::Same;
        }
        self.drop_row(key)
    }

    /// Forgets rows that only an answer has shown, and that a watch which has told everything up to
    /// this version does not know: they came and went while nobody watched.
    pub fn unconfirmed_until(
        &mut self,
        kind: &GroupKind,
        namespace: Option<&Namespace>,
        version: &ResourceVersion,
    ) -> Vec<Upsert> {
        let told = |key: &ObjectKey| {
            let seen = self.get(key).map(|row| &row.resource_version);
            seen.is_none_or(|seen| seen.is_older_than(version) || seen == version)
        };
        let in_collection = |key: &&ObjectKey| {
            key.group == kind.group
                && key.kind == kind.kind
                && (namespace.is_none() || key.namespace.as_ref() == namespace)
        };
        let suspects = self.unconfirmed.iter().filter(in_collection);
        let gone: Vec<ObjectKey> = suspects.filter(|key| told(key)).cloned().collect();
        gone.iter().map(|key| self.drop_row(key)).collect()
    }

    /// Forgets the rows of a collection.
    pub fn forget(&mut self, kind: &GroupKind, namespace: Option<&Namespace>) {
        let mut keys = self.of_kind(kind);
        keys.retain(|key| namespace.is_none() || key.namespace.as_ref() == namespace);
        for key in keys {
            self.drop_row(&key);
        }
    }

    /// The row of an object.
    pub fn get(&self, key: &ObjectKey) -> Option<&LiveObject> {
        let slot = self.by_kind.get(&key.group_kind())?.get(&place(key))?;
        self.slots.get(*slot)
    }

    /// The objects that name an owner by a mark, in the order of their keys.
    pub fn owned_by(&self, claim: &OwnerClaim) -> Vec<ObjectKey> {
        self.keys(self.by_claim.get(claim))
    }

    /// The owners that some object names by a mark.
    pub fn claims(&self) -> impl Iterator<Item = &OwnerClaim> {
        self.by_claim.keys()
    }

    /// The objects that name an owner by its uid, in the order of their keys.
    pub fn children(&self, owner: &Uid) -> Vec<ObjectKey> {
        self.keys(self.by_owner.get(owner))
    }

    /// The objects of a kind, in order.
    pub fn of_kind(&self, kind: &GroupKind) -> Vec<ObjectKey> {
        let slots = self.by_kind.get(kind).into_iter().flat_map(BTreeMap::values);
        slots.filter_map(|slot| Some(self.slots.get(*slot)?.key.clone())).collect()
    }

    /// The namespaces that have an object of this kind and name. Costs what the kind has namespaces.
    pub fn namespaces_with(
        &self,
        kind: &GroupKind,
        name: &Name,
    ) -> impl Iterator<Item = &Namespace> {
        let places = self.by_kind.get(kind);
        let first = places.and_then(|places| places.keys().find_map(|place| place.0.as_ref()));
        let next = move |namespace: &&Namespace| {
            let last: Place = (Some((*namespace).clone()), Name::from("\u{10ffff}"));
            places?.range((Excluded(last), Unbounded)).find_map(|(place, _)| place.0.as_ref())
        };
        let all = std::iter::successors(first, next);
        all.filter(move |namespace| {
            let place: Place = (Some((*namespace).clone()), name.clone());
            places.is_some_and(|places| places.contains_key(&place))
        })
    }

    /// How much is held.
    pub fn size(&self) -> Size {
        Size { objects: self.slots.len(), bytes: self.bytes }
    }

    fn keys(&self, slots: Option<&BTreeSet<Slot>>) -> Vec<ObjectKey> {
        let rows = slots.into_iter().flatten().filter_map(|slot| self.slots.get(*slot));
        let mut keys: Vec<ObjectKey> = rows.map(|row| row.key.clone()).collect();
        keys.sort_unstable();
        keys
    }

    fn drop_row(&mut self, key: &ObjectKey) -> Upsert {
        self.unconfirmed.remove(key);
        let Some(row) = self.take(key) else { return Upsert::Same };
        let claims = claims(Some(&row), None);
        Upsert::Changed { key: row.key, claims, differs: true }
    }

    fn put(&mut self, row: Box<LiveObject>) {
        self.bytes += bytes(&row);
        let (kind, place) = (row.key.group_kind(), place(&row.key));
        let (claims, owners) = (row.claims.clone(), row.owners.clone());
        let slot = self.slots.put(row);
        for claim in claims {
            self.by_claim.entry(claim).or_default().insert(slot);
        }
        for owner in owners {
            self.by_owner.entry(owner).or_default().insert(slot);
        }
        self.by_kind.entry(kind).or_default().insert(place, slot);
    }

    fn take(&mut self, key: &ObjectKey) -> Option<Box<LiveObject>> {
        let slot = self.by_kind.get_mut(&key.group_kind())?.remove(&place(key))?;
        let row = self.slots.take(slot)?;
        for claim in &row.claims {
            remove_from(&mut self.by_claim, claim, slot);
        }
        for owner in &row.owners {
            remove_from(&mut self.by_owner, owner, slot);
        }
        self.bytes = self.bytes.saturating_sub(bytes(&row));
        Some(row)
    }
}

fn place(key: &ObjectKey) -> Place {
    (key.namespace.clone(), key.name.clone())
}

fn remove_from<K: Ord>(map: &mut BTreeMap<K, BTreeSet<Slot>>, at: &K, slot: Slot) {
    if let Some(slots) = map.get_mut(at) {
        slots.remove(&slot);
        if slots.is_empty() {
            map.remove(at);
        }
    }
}

/// Whether two rows say the same. A state that was read at another version of its kind does: one
/// watch of a kind is enough.
fn is_same_state(known: &LiveObject, row: &LiveObject) -> bool {
    row.uid == known.uid && row.resource_version == known.resource_version
}

fn claims(before: Option<&LiveObject>, after: Option<&LiveObject>) -> Vec<OwnerClaim> {
    let all = before.into_iter().chain(after).flat_map(|row| row.claims.iter().cloned());
    let all: BTreeSet<OwnerClaim> = all.collect();
    all.into_iter().collect()
}

/// Whether a decision could come out differently, were it not for the content.
fn differs(before: &LiveObject, after: &LiveObject) -> bool {
    before.uid != after.uid
        || before.version != after.version
        || before.generation != after.generation
        || before.owners != after.owners
        || before.claims != after.claims
        || before.deleting != after.deleting
        || before.health != after.health
        || before.status != after.status
        || before.annotations != after.annotations
        || before.entry != after.entry
}

/// About what a row takes: itself, its texts and content, and its places in the maps.
fn bytes(row: &LiveObject) -> usize {
    // Two counts stand before the bytes of each shared text.
    let text = |len: usize| len + 2 * size_of::<usize>();
    let content = match &row.content {
        Content::Kept(bytes) => text(bytes.len()),
        Content::OnDemand => 0,
    };
    let health = row.health.as_ref().map_or(0, |health| health.message.len());
    let owners = row.owners.iter().map(|uid| size_of::<Uid>() + text(uid.as_str().len()));
    let annotations = row.annotations.iter().map(|(_, value)| 32 + text(value.len()));
    let slots = 1 + row.claims.len() + row.owners.len();
    size_of::<LiveObject>()
        + size_of::<Place>()
        + slots * size_of::<Slot>()
        + size_of::<Box<LiveObject>>()
        + row.claims.len() * size_of::<OwnerClaim>()
        + text(row.key.name.as_str().len())
        + text(row.uid.as_str().len())
        + text(row.resource_version.as_str().len())
        + owners.sum::<usize>()
        + annotations.sum::<usize>()
        + health
        + row.status.message.len()
        + content
}
