//! Which writes lead from what is stored to what is wanted.

use crate::shard::{divided, generations, missing};
use crate::{Entries, Error, FORMAT, Home, Shard, fits_inline};
use trimtab_model::limit;

/// How full parts are made, so that a part has room to grow before the inventory is divided again.
const PART_ENTRIES: usize = 700;

/// By what factor the parts may be too many before the inventory is divided again.
const PARTS_TOO_MANY: usize = 4;

/// The writes that a change needs, around the write of the status. Each list is in order, and each
/// write must have succeeded before the next begins.
///
/// Before the first apply of a sync, the change to the union of old and new is written; after its
/// success, the change to what is left. So at each moment what is stored holds all that both before
/// and after have, and nothing that neither has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Written before the status.
    pub before: Vec<ShardWrite>,
    /// Where the status says that the inventory is, from now on.
    pub home: Home,
    /// Written after the status.
    pub after: Vec<ShardWrite>,
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShardWrite {
    /// The shard is created, or takes the place of the one of the same generation and index.
    Put(Shard),
    /// The shard is deleted.
    Delete {
        /// Its generation.
        generation: u64,
        /// Its index.
        index: u32,
    },
}

/// The writes that lead from what is stored to what is wanted; none if nothing changes. An inventory
/// that is unknown is not changed: what it holds must not be lost by writing over it.
pub fn change(home: &Home, stored: &[Shard], wanted: &Entries) -> Result<Change, Error> {
    if fits_inline(wanted) {
        return Ok(inline(stored, wanted));
    }
    match home {
        // What lies about counts for nothing while the status has the inventory. If it is whole, it
        // is made what is wanted: writing it anew each time somebody crashes would never end.
        Home::Inline(_) if crate::join(&Home::Sharded, stored).is_unknown() => {
            Ok(start_over(stored, wanted))
        }
        Home::Inline(_) | Home::Sharded => in_place(stored, wanted),
    }
}

/// The writes that put what is wanted in the place of anything that is stored. Of an inventory that is
/// unknown, all that is not wanted is forgotten, so only a person may ask for it.
pub fn start_over(stored: &[Shard], wanted: &Entries) -> Change {
    if fits_inline(wanted) {
        return inline(stored, wanted);
    }
    let newest = stored.iter().map(|shard| shard.generation).max().unwrap_or(0);
    let mut before = puts(newest.saturating_add(1), wanted);
    // The old generation goes before anything is applied by the new one, so that it never counts
    // again should a part of the new one be lost.
    before.extend(deletes(stored));
    Change { before, home: Home::Sharded, after: Vec::new() }
}

fn inline(stored: &[Shard], wanted: &Entries) -> Change {
    let home = Home::Inline(wanted.clone());
    Change { before: Vec::new(), home, after: deletes(stored).collect() }
}

/// Writes only the parts that differ, if the division still suits.
fn in_place(stored: &[Shard], wanted: &Entries) -> Result<Change, Error> {
    let generations = generations(stored)?;
    let (newest, parts) = generations.last_key_value().ok_or(Error::NoShards)?;
    let incomplete = missing(*newest, parts)?;
    let older = generations.len() > 1;
    if let Some(error) = incomplete {
        // A generation that was being written when somebody crashed is replaced, if there is a
        // complete one to go by.
        let unknown = crate::join(&Home::Sharded, stored).is_unknown();
        return if unknown { Err(error) } else { Ok(start_over(stored, wanted)) };
    }
    let count = parts.first().map_or(0, |part| part.count);
    let divided = divided(wanted, count);
    let full = divided.iter().any(|part| part.len() as u64 > limit::INVENTORY_SHARD_ENTRIES_MAX);
    if full || older || count as usize > PARTS_TOO_MANY * parts_for(wanted.len()) {
        return Ok(start_over(stored, wanted));
    }
    let shards = shards(*newest, count, divided);
    let changed = shards.into_iter().filter(|shard| !parts.contains(&shard));
    let before = changed.map(ShardWrite::Put).collect();
    Ok(Change { before, home: Home::Sharded, after: Vec::new() })
}

/// A whole generation, divided so that no part is too large.
fn puts(generation: u64, wanted: &Entries) -> Vec<ShardWrite> {
    let mut count = parts_for(wanted.len());
    loop {
        let parts = u32::try_from(count).unwrap_or(u32::MAX);
        let divided = divided(wanted, parts);
        let largest = divided.iter().map(Entries::len).max().unwrap_or(0) as u64;
        if largest <= limit::INVENTORY_SHARD_ENTRIES_MAX {
            let shards = shards(generation, parts, divided);
            return shards.into_iter().map(ShardWrite::Put).collect();
        }
        count += 1;
    }
}

fn parts_for(entries: usize) -> usize {
    entries.div_ceil(PART_ENTRIES).max(1)
}

fn shards(generation: u64, count: u32, parts: Vec<Entries>) -> Vec<Shard> {
    let indexes = 0..count;
    indexes
        .zip(parts)
        .map(|(index, entries)| Shard { format: FORMAT, generation, index, count, entries })
        .collect()
}

fn deletes(stored: &[Shard]) -> impl Iterator<Item = ShardWrite> {
    stored
        .iter()
        .map(|shard| ShardWrite::Delete { generation: shard.generation, index: shard.index })
}
