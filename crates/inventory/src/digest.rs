//! The name of a set of objects.

use std::collections::BTreeSet;
use trimtab_model::{Digest, ObjectKey};

/// The digest of a set of objects, whatever the order in which they come and however often: the name
/// by which a person says yes to pruning exactly these. [`Digest::short`] is its short form.
pub fn digest<'a>(keys: impl IntoIterator<Item = &'a ObjectKey>) -> Digest {
    let keys: BTreeSet<&ObjectKey> = keys.into_iter().collect();
    Digest::of_parts(keys.into_iter().flat_map(parts))
}

/// The four texts of a key; no namespace and an empty one are alike.
pub fn parts(key: &ObjectKey) -> [&[u8]; 4] {
    let namespace = key.namespace.as_ref().map_or("", |namespace| namespace.as_str());
    [key.group.as_str(), key.kind.as_str(), namespace, key.name.as_str()].map(str::as_bytes)
}
