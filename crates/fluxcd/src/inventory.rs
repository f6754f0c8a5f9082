//! The inventory in a status, `status.inventory.entries`.

use crate::conditions;
use serde_json::{Value, json};
use trimtab_crd::read;
use trimtab_inventory::{Entries, Entry, Error, Home, Inventory, fits_inline, id, parse_id};
use trimtab_model::{ObjectKey, limit};
use trimtab_plan::place_in_stage;

/// Where the status says that the inventory is.
pub fn home(status: &Value) -> Home {
    if conditions::has(status, conditions::SHARDED) {
        return Home::Sharded;
    }
    Home::Inline(entries(status).unwrap_or_default())
}

/// Reads the inventory of a status; one that is in shards is unknown until it is joined. An entry that names no object makes all of it
/// unknown: nobody knows what it was.
pub fn read_inventory(status: &Value) -> Inventory {
    match home(status) {
        Home::Inline(_) => entries(status).map_or_else(Inventory::Unknown, Inventory::Known),
        Home::Sharded => trimtab_inventory::join(&Home::Sharded, &[]),
    }
}

fn entries(status: &Value) -> Result<Entries, Error> {
    let entries = read::list(status, "inventory.entries").iter();
    entries
        .map(|entry| {
            let key = parse_id(read::text(entry, "id").unwrap_or_default())?;
            Ok((key, Entry { version: read::text(entry, "v").unwrap_or_default().into() }))
        })
        .collect()
}

/// Writes the inventory in the order in which objects are applied. Where it stands in shards, the
/// status still has its beginning, for people. What is unknown is not written over.
pub fn write(inventory: &Inventory, status: &mut Value) {
    let Ok(known) = inventory.known() else { return };
    if known.is_empty() && status.get("inventory").is_none() {
        return;
    }
    let mut entries: Vec<(&ObjectKey, &Entry)> = known.iter().collect();
    entries.sort_by(|(one, _), (other, _)| place_in_stage(one).cmp(&place_in_stage(other)));
    let most = usize::try_from(limit::INVENTORY_INLINE_OBJECTS_MAX).unwrap_or(usize::MAX);
    let (mut count, mut bytes) = (0, 0);
    let fits = fits_inline(known);
    let entries: Vec<Value> = entries
        .into_iter()
        .map(|(key, entry)| json!({"id": id(key), "v": entry.version.as_str()}))
        .take_while(|entry| {
            count += 1;
            bytes += entry.to_string().len() as u64 + 1;
            fits || count <= most && bytes <= limit::INVENTORY_INLINE_BYTES_MAX
        })
        .collect();
    status["inventory"] = json!({"entries": entries});
}

/// Whether the inventory stands in shards: it has no room here, or nobody knows it.
pub fn is_sharded(inventory: &Inventory, status: &Value) -> bool {
    match inventory {
        Inventory::Known(entries) => !fits_inline(entries),
        Inventory::Unknown(_) => conditions::has(status, conditions::SHARDED),
    }
}
