//! What the room promises from outside.

mod id;
mod inventory;
mod shards;

use trimtab_inventory::{Entries, Entry};
use trimtab_model::{GroupKind, ObjectKey};

/// So many Deployments.
pub fn entries(numbers: impl IntoIterator<Item = usize>) -> Entries {
    numbers.into_iter().map(|number| (key(number), entry("v1"))).collect()
}

/// One of them.
pub fn key(number: usize) -> ObjectKey {
    let kind = GroupKind::new("apps", "Deployment");
    ObjectKey::namespaced(&kind, "shop", &format!("web-{number}"))
}

/// An entry of that version.
pub fn entry(version: &str) -> Entry {
    Entry { version: version.into() }
}
