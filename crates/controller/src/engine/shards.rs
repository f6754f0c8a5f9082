//! Inventories that are too large for a status, in objects of their own (P11).

use super::Engine;
use super::resources::Reading;
use crate::effect::{Effect, ShardChange, ShardTask};
use crate::slot::{Moving, Slot, What, Writing};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use trimtab_inventory::{
    Entries, Error, Home, Inventory, Shard, ShardWrite, change, fits_inline, join, start_over,
};
use trimtab_model::{AppId, Name, ObjectKey, ResourceVersion, Timestamp, Uid};
use trimtab_ports::cluster::{Trouble, WriteError};
use trimtab_sync::{Report, Room};

/// A format that no shard has: what cannot be read is no shard that anybody knows.
const UNREADABLE: u32 = u32::MAX;

/// All shards of all applications, as they were last seen or written.
#[derive(Debug, Default)]
pub struct Shards {
    reach: Reach,
    by_owner: BTreeMap<Uid, BTreeMap<Name, Stored>>,
    owners: BTreeMap<Name, (AppId, Uid)>,
    /// Incarnations that we have deleted, until the watch shows it too.
    deleted: BTreeSet<Uid>,
}

/// Whether shards can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Reach {
    /// They have not been read yet.
    #[default]
    Coming,
    /// All of them have been read.
    Whole,
    /// They cannot be, and why.
    Unreadable(String),
}

/// One shard's object.
#[derive(Debug)]
struct Stored {
    uid: Uid,
    version: ResourceVersion,
    shard: Shard,
    wrong: Option<Error>,
}

impl Shards {
    /// Whether it is known what there is, or that it cannot be known.
    pub fn is_settled(&self) -> bool {
        self.reach != Reach::Coming
    }

    /// All objects have been read.
    pub fn read_whole(&mut self) {
        self.reach = Reach::Whole;
    }

    /// The objects cannot be read, and none can be written.
    pub fn unreadable(&mut self, why: String) {
        self.reach = Reach::Unreadable(why);
    }

    /// Where a large inventory may stand.
    pub fn room(&self) -> Room<'_> {
        match &self.reach {
            Reach::Coming => Room::StatusOnly("they have not been read yet"),
            Reach::Whole => Room::Shards,
            Reach::Unreadable(why) => Room::StatusOnly(why),
        }
    }

    /// Takes an object in; returns its owner if that may change anything.
    pub fn seen(&mut self, object: &Value) -> Option<AppId> {
        let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let name = Name::from(text("/metadata/name"));
        let Some((owner, owner_uid)) = trimtab_crd::shard_owner(object) else {
            tracing::warn!(%name, "an Inventory without an owner is passed over");
            return None;
        };
        let (uid, version) = (
            Uid::from(text("/metadata/uid")),
            ResourceVersion::from(text("/metadata/resourceVersion")),
        );
        let shards = self.by_owner.entry(owner_uid.clone()).or_default();
        let old = shards.get(&name).filter(|old| old.uid == uid);
        if self.deleted.contains(&uid)
            || old.is_some_and(|old| old.version == version || version.is_older_than(&old.version))
        {
            return None;
        }
        let (shard, wrong) = match trimtab_crd::read_shard(object) {
            Ok(shard) => (shard, None),
            Err(error) => (unreadable(name.as_str()), Some(error)),
        };
        shards.insert(name.clone(), Stored { uid, version, shard, wrong });
        self.owners.insert(name, (owner.clone(), owner_uid));
        Some(owner)
    }

    /// The watch says that an object is gone.
    pub fn gone(&mut self, name: &Name, uid: &Uid) -> Option<AppId> {
        self.deleted.remove(uid);
        self.remove(name, uid)
    }

    /// We have deleted an object.
    fn deleted(&mut self, name: &Name, uid: &Uid) {
        if self.remove(name, uid).is_some() {
            self.deleted.insert(uid.clone());
        }
    }

    fn remove(&mut self, name: &Name, uid: &Uid) -> Option<AppId> {
        let (owner, owner_uid) = self.owners.get(name)?.clone();
        let shards = self.by_owner.get_mut(&owner_uid)?;
        shards.get(name).filter(|stored| stored.uid == *uid)?;
        shards.remove(name);
        if shards.is_empty() {
            self.by_owner.remove(&owner_uid);
        }
        self.owners.remove(name);
        Some(owner)
    }

    fn of(&self, owner: &Uid) -> impl Iterator<Item = (&Name, &Stored)> {
        self.by_owner.get(owner).into_iter().flatten()
    }

    fn shards_of(&self, owner: &Uid) -> Vec<Shard> {
        self.of(owner).map(|(_, stored)| stored.shard.clone()).collect()
    }

    /// The inventory that an application's shards hold.
    pub fn inventory(&self, owner: &Uid) -> Inventory {
        let reason = match &self.reach {
            Reach::Coming => Some("its Inventory objects have not been read yet".to_owned()),
            Reach::Unreadable(why) => Some(format!("its Inventory objects cannot be read: {why}")),
            Reach::Whole => None,
        };
        if let Some(reason) = reason {
            return Inventory::Unknown(Error::Unreadable { reason });
        }
        match self.of(owner).find_map(|(_, stored)| stored.wrong.clone()) {
            Some(error) => Inventory::Unknown(error),
            None => join(&Home::Sharded, &self.shards_of(owner)),
        }
    }
}

/// What stands for an object that is no shard: where it would be, by its name, in a format that nobody
/// knows.
fn unreadable(name: &str) -> Shard {
    let mut numbers = name.rsplit('-').map(|part| part.parse::<u64>().unwrap_or(0));
    let index = u32::try_from(numbers.next().unwrap_or(0)).unwrap_or(0);
    let generation = numbers.next().unwrap_or(0);
    Shard { format: UNREADABLE, generation, index, count: 0, entries: Entries::new() }
}

impl Engine {
    /// Something has changed in an application's shards.
    pub(super) fn shards_changed(&mut self, owner: &AppId, now: Timestamp) {
        if self.apps.get(owner).is_some_and(|slot| slot.resource.sharded) {
            self.reread(owner, now);
        }
    }

    /// Whether shards can be read has changed.
    pub(super) fn shards_settled(&mut self, now: Timestamp) {
        let all: Vec<AppId> = self.apps.keys().cloned().collect();
        for app in all {
            self.shards_changed(&app, now);
            self.touch(&app);
        }
        self.note_completeness();
    }

    /// A watch of shards does not stand. What was read before stays known in an outage.
    pub(super) fn shards_broken(&mut self, trouble: Trouble, message: String, now: Timestamp) {
        match trouble {
            Trouble::Outage => {}
            Trouble::Forbidden | Trouble::NotServed => {
                self.shards.unreadable(message);
                self.shards_settled(now);
            }
        }
    }

    /// The kind is not served: nothing is read, and a large inventory has no room.
    pub(super) fn shards_not_served(&mut self, now: Timestamp) {
        let Some(why) = self.not_served(Reading::Inventories) else { return };
        if self.shards.reach != Reach::Unreadable(why.clone()) {
            self.shards.unreadable(why);
            self.shards_settled(now);
        }
    }

    /// What an application's record says of its inventory now, against what its life knows: a shard
    /// that is lost makes it unknown, and one that is restored makes it known again. While we write
    /// shards ourselves, and for an application that is being deleted (its shards may go before it
    /// does), what was known stays known.
    pub(super) fn learn_inventory(slot: &mut Slot) {
        let crate::slot::Parsed::Valid(both) = &slot.parsed else { return };
        let read = &both.1.inventory;
        let (known, readable) = (!slot.state.inventory().is_unknown(), !read.is_unknown());
        if known == readable || slot.moving.is_some() || (known && both.0.deleting.is_some()) {
            return;
        }
        slot.state.learn(read.clone());
    }

    /// Begins what a status write needs beforehand and afterwards so that the inventory that it tells
    /// of stands somewhere. Says whether the status may be written now.
    pub(super) fn move_inventory(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        report: &Report,
        record: bool,
    ) -> Room<'static> {
        const LATER: Room<'static> = Room::StatusOnly("shards are written first");
        let Inventory::Known(wanted) = &report.inventory else { return Room::Shards };
        let stored = self.shards.shards_of(&slot.uid);
        if fits_inline(wanted) && stored.is_empty() {
            return Room::Shards;
        }
        if self.shards.room() != Room::Shards {
            // Without shards the status would say that the inventory stands in them.
            return if fits_inline(wanted) { Room::Shards } else { LATER };
        }
        let home = self.families.home(&slot.resource.value());
        // What we know and cannot be read any more is what a person asked for: a new beginning.
        let change = change(&home, &stored, wanted).unwrap_or_else(|_| start_over(&stored, wanted));
        if change.before.is_empty() && change.after.is_empty() {
            return Room::Shards;
        }
        let now = change.before.is_empty();
        slot.moving =
            Some(Moving { before: change.before.into(), after: change.after.into(), record });
        if !now {
            self.next_shard(id, slot);
        }
        if now { Room::Shards } else { LATER }
    }

    /// Sends the next write of shards. Returns whether there was one.
    pub(super) fn next_shard(&mut self, id: &AppId, slot: &mut Slot) -> bool {
        loop {
            let Some(moving) = slot.moving.as_mut() else { return false };
            let Some(write) = moving.before.front().or_else(|| moving.after.front()).cloned()
            else {
                return false;
            };
            if let Some(change) = self.shard_change(id, slot, &write) {
                let ticket = self.ticket();
                slot.writing = Some(Writing {
                    ticket,
                    what: What::Shard,
                    seen: slot.resource_version.clone(),
                });
                self.effects.push(Effect::Shard(ShardTask { app: id.clone(), ticket, change }));
                return true;
            }
            // It is gone already.
            if let Some(moving) = slot.moving.as_mut() {
                moving.done();
            }
        }
    }

    fn shard_change(&self, id: &AppId, slot: &Slot, write: &ShardWrite) -> Option<ShardChange> {
        let kind = self.families.kind(Reading::Inventories);
        let place = match write {
            ShardWrite::Put(shard) => (shard.generation, shard.index),
            ShardWrite::Delete { generation, index } => (*generation, *index),
        };
        let stored = self
            .shards
            .of(&slot.uid)
            .find(|(_, stored)| (stored.shard.generation, stored.shard.index) == place);
        let key = |name: &Name| {
            ObjectKey::namespaced(&kind.group_kind(), id.namespace.as_str(), name.as_str())
        };
        match (write, stored) {
            (ShardWrite::Put(shard), stored) => {
                let api_version = self.families.api_version(&id.kind);
                let object = trimtab_crd::shard_object(id, &api_version, &slot.uid, shard);
                Some(match stored {
                    None => ShardChange::Create(object),
                    Some((name, stored)) => ShardChange::Replace {
                        key: key(name),
                        version: kind.version.clone(),
                        patch: json!({"spec": object["spec"]}),
                        uid: stored.uid.clone(),
                        seen: stored.version.clone(),
                    },
                })
            }
            (ShardWrite::Delete { .. }, Some((name, stored))) => Some(ShardChange::Delete {
                key: key(name),
                version: kind.version.clone(),
                uid: stored.uid.clone(),
                seen: stored.version.clone(),
            }),
            (ShardWrite::Delete { .. }, None) => None,
        }
    }

    /// A write of a shard came back: the next one, then the status, then what is to be done after it.
    pub(super) fn shard_written(
        &mut self,
        id: &AppId,
        ticket: u64,
        answer: Result<Option<Box<Value>>, WriteError>,
        now: Timestamp,
    ) {
        let Some(mut slot) = self.apps.remove(id) else { return };
        let ours = slot.writing.take_if(|writing| writing.ticket == ticket).is_some();
        if ours && slot.moving.is_some() {
            self.shard_moved(id, &mut slot, answer, now);
            self.status_wakes.set(id, slot.due());
        }
        self.apps.insert(id.clone(), slot);
        // What the record says of the inventory has changed with it.
        self.shards_changed(id, now);
        self.touch(id);
    }

    fn shard_moved(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        answer: Result<Option<Box<Value>>, WriteError>,
        now: Timestamp,
    ) {
        let Some(moving) = slot.moving.as_mut() else { return };
        let record = moving.record;
        let before = !moving.before.is_empty();
        let failed = match answer {
            Ok(object) => {
                let done = moving.done();
                if let Some(object) = object {
                    self.shards.seen(&object);
                } else if let Some(ShardWrite::Delete { generation, index }) = done {
                    self.shards_deleted(&slot.uid, (generation, index));
                }
                None
            }
            Err(error) => {
                slot.moving = None;
                Some(error)
            }
        };
        if let Some(error) = failed {
            let pause = slot.holding.came_back(record && before, error.class(), now);
            let seconds = pause.as_secs();
            tracing::warn!(app = %id.with_kind(), %error, seconds, "a shard of the inventory was not written; again");
        } else if !self.next_shard_of_part(id, slot, before) {
            if before {
                self.begin_status(id, slot, record, now);
            } else {
                slot.moving = None;
                slot.holding.ended();
            }
        }
    }

    /// Goes on within the writes before the status, or within those after it.
    fn next_shard_of_part(&mut self, id: &AppId, slot: &mut Slot, before: bool) -> bool {
        let left = slot.moving.as_ref().is_some_and(|moving| {
            if before { !moving.before.is_empty() } else { !moving.after.is_empty() }
        });
        left && self.next_shard(id, slot)
    }

    fn shards_deleted(&mut self, owner: &Uid, place: (u64, u32)) {
        let found = self
            .shards
            .of(owner)
            .find(|(_, stored)| (stored.shard.generation, stored.shard.index) == place)
            .map(|(name, stored)| (name.clone(), stored.uid.clone()));
        if let Some((name, uid)) = found {
            self.shards.deleted(&name, &uid);
        }
    }

    /// Whether the shards hold what a report tells of, or the status does.
    pub(super) fn is_housed(&self, slot: &Slot, report: &Report) -> bool {
        match &report.inventory {
            Inventory::Unknown(_) => true,
            Inventory::Known(wanted) if fits_inline(wanted) => true,
            Inventory::Known(wanted) => {
                let stored = self.shards.inventory(&slot.uid);
                stored
                    .known()
                    .is_ok_and(|stored| wanted.iter().all(|(k, e)| stored.get(k) == Some(e)))
            }
        }
    }
}
