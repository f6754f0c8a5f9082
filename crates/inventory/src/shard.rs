//! Parts of an inventory that is too large for one resource.

use crate::digest::parts;
use crate::{Entries, Error, Inventory, id};
use std::collections::{BTreeMap, BTreeSet};
use trimtab_model::{Digest, ObjectKey, limit};

/// The format of shards that is written and understood.
pub const FORMAT: u32 = 1;

/// One part of an inventory. The parts of one generation are one division of it: as long as their
/// number stays, an object's entry stays in its part, and a change writes only the parts that it
/// touches. Another division is another generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The format that it was written in.
    pub format: u32,
    /// Which division of the inventory it belongs to; later ones are larger.
    pub generation: u64,
    /// Which part it is, from 0.
    pub index: u32,
    /// How many parts its generation has.
    pub count: u32,
    /// Its entries.
    pub entries: Entries,
}

/// Where the application's status says that its inventory is. Parts that lie about while the status
/// has it are left over from a crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// In the status itself.
    Inline(Entries),
    /// In shards.
    Sharded,
}

impl Shard {
    /// What makes its name differ from those of the application's other shards: `<generation>-<index>`.
    pub fn suffix(&self) -> String {
        format!("{}-{}", self.generation, self.index)
    }
}

/// Whether entries may stand in the status (P11): few enough, and small enough when each is written as
/// its [`id`](crate::id) and its version.
pub fn fits_inline(entries: &Entries) -> bool {
    /// `{"id":"","v":""},`
    const AROUND: usize = 18;
    let bytes = entries
        .iter()
        .map(|(key, entry)| id(key).len() + entry.version.as_str().len() + AROUND)
        .sum::<usize>() as u64;
    entries.len() as u64 <= limit::INVENTORY_INLINE_OBJECTS_MAX
        && bytes <= limit::INVENTORY_INLINE_BYTES_MAX
}

/// The inventory that a status and all shards of its application say.
///
/// The newest complete generation counts. Newer ones that are not complete were being written when
/// somebody crashed, before anything was applied by them: their entries are added, since more than was
/// applied harms nothing. Without a complete generation, or with a format that nobody knows, the
/// inventory is unknown.
pub fn join(home: &Home, shards: &[Shard]) -> Inventory {
    match home {
        Home::Inline(entries) => Inventory::Known(entries.clone()),
        Home::Sharded => joined(shards).map_or_else(Inventory::Unknown, Inventory::Known),
    }
}

fn joined(shards: &[Shard]) -> Result<Entries, Error> {
    let mut entries = Entries::new();
    let mut problem = Error::NoShards;
    for (generation, parts) in generations(shards)?.into_iter().rev() {
        let missing = missing(generation, &parts)?;
        let all = parts.iter().flat_map(|part| &part.entries);
        // What a newer generation says of an object is not said again by an older one.
        for (key, entry) in all {
            entries.entry(key.clone()).or_insert_with(|| entry.clone());
        }
        match missing {
            None => return Ok(entries),
            Some(error) if problem == Error::NoShards => problem = error,
            Some(_) => {}
        }
    }
    Err(problem)
}

/// The shards by generation, if all are of the format that is known.
pub fn generations(shards: &[Shard]) -> Result<BTreeMap<u64, Vec<&Shard>>, Error> {
    let mut generations = BTreeMap::<u64, Vec<&Shard>>::new();
    for shard in shards {
        if shard.format != FORMAT {
            return Err(Error::Format { found: shard.format, known: FORMAT });
        }
        generations.entry(shard.generation).or_default().push(shard);
    }
    Ok(generations)
}

/// What a generation lacks; `None` if it is complete.
pub fn missing(generation: u64, parts: &[&Shard]) -> Result<Option<Error>, Error> {
    let counts: BTreeSet<u32> = parts.iter().map(|part| part.count).collect();
    let indexes: BTreeSet<u32> = parts.iter().map(|part| part.index).collect();
    let outside = parts.iter().any(|part| part.index >= part.count);
    let (Some(count), 1) = (counts.first(), counts.len()) else {
        return Err(Error::Contradiction { generation });
    };
    if outside || indexes.len() != parts.len() {
        return Err(Error::Contradiction { generation });
    }
    let there = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let missing = count.saturating_sub(there);
    Ok((missing > 0).then_some(Error::MissingShards { generation, shards: *count, missing }))
}

/// Divides entries into so many parts, by the digest of each key: where an object's entry stands
/// depends on nothing but its key and the number of parts.
pub fn divided(entries: &Entries, count: u32) -> Vec<Entries> {
    let mut parts = vec![Entries::new(); count as usize];
    for (key, entry) in entries {
        parts[place(key, count)].insert(key.clone(), entry.clone());
    }
    parts
}

fn place(key: &ObjectKey, count: u32) -> usize {
    let digest = Digest::of_parts(parts(key));
    let [a, b, c, d, ..] = *digest.as_bytes();
    (u32::from_le_bytes([a, b, c, d]) % count) as usize
}
