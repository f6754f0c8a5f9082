//! Shards of inventories as objects of a cluster.

use crate::{INVENTORY, read};
use serde_json::{Value, json};
use trimtab_inventory::{Entries, Entry, Error, FORMAT, Shard, id, parse_id};
use trimtab_model::{AppId, Digest, GroupKind, Uid};

/// The label by which the shards of one application are found; its value is the application's uid.
pub const OWNER_LABEL: &str = "trimtab.dev/owner-uid";

/// The object that holds a shard, in the application's namespace. It goes when its application goes;
/// nothing waits for it.
pub fn shard_object(owner: &AppId, api_version: &str, uid: &Uid, shard: &Shard) -> Value {
    let entries: Vec<Value> = shard
        .entries
        .iter()
        .map(|(key, entry)| json!({"id": id(key), "v": entry.version.as_str()}))
        .collect();
    json!({
        "apiVersion": format!("{}/{}", INVENTORY.group, INVENTORY.version),
        "kind": INVENTORY.kind,
        "metadata": {
            "name": shard_name(owner, uid, (shard.generation, shard.index)),
            "namespace": owner.namespace.as_str(),
            "labels": {OWNER_LABEL: uid.as_str()},
            "ownerReferences": [{
                "apiVersion": api_version,
                "kind": owner.kind.kind.as_str(),
                "name": owner.name.as_str(),
                "uid": uid.as_str(),
            }],
        },
        "spec": {
            "format": shard.format,
            "owner": {
                "group": owner.kind.group.as_str(),
                "kind": owner.kind.kind.as_str(),
                "name": owner.name.as_str(),
                "uid": uid.as_str(),
            },
            "generation": shard.generation,
            "index": shard.index,
            "count": shard.count,
            "entries": entries,
        },
    })
}

/// The name of the object of a generation's shard. Two kinds of application may have one name, and one
/// that was made anew must not meet what is left of the one before: kind, name and uid are in it, as a
/// digest, since a name has at most 253 characters and an application's may have them all.
pub fn shard_name(owner: &AppId, uid: &Uid, (generation, index): (u64, u32)) -> String {
    let kind = [owner.kind.group.as_str(), owner.kind.kind.as_str()];
    let parts = [kind[0], kind[1], owner.name.as_str(), uid.as_str()];
    let digest = Digest::of_parts(parts.map(str::as_bytes));
    format!("inventory-{}-{generation}-{index}", digest.short())
}

/// The application that a shard's object names as its owner, and its incarnation; `None` where it
/// names none.
pub fn shard_owner(object: &Value) -> Option<(AppId, Uid)> {
    let text = |path: &str| read::text(object, path);
    let kind = GroupKind::new(text("spec.owner.group")?, text("spec.owner.kind")?);
    let (namespace, name) = (text("metadata.namespace")?, text("spec.owner.name")?);
    let owner = AppId { kind, namespace: namespace.into(), name: name.into() };
    Some((owner, Uid::from(text("spec.owner.uid")?)))
}

/// Reads a shard. One of a later format is read as far as its numbers, so that whoever joins shards
/// sees it; what is no shard at all, or holds an entry that names no object, is an error.
pub fn read_shard(object: &Value) -> Result<Shard, Error> {
    let number = |name: &str| {
        let reason =
            || Error::Unreadable { reason: format!("spec.{name} of a shard is no number") };
        read::at(object, &format!("spec.{name}")).and_then(Value::as_u64).ok_or_else(reason)
    };
    let small = |name: &str| number(name).map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    let format = small("format")?;
    let entries = if format == FORMAT { entries(object)? } else { Entries::new() };
    Ok(Shard {
        format,
        generation: number("generation")?,
        index: small("index")?,
        count: small("count")?,
        entries,
    })
}

fn entries(object: &Value) -> Result<Entries, Error> {
    let entries = read::list(object, "spec.entries").iter();
    entries
        .map(|entry| {
            let key = parse_id(read::text(entry, "id").unwrap_or_default())?;
            Ok((key, Entry { version: read::text(entry, "v").unwrap_or_default().into() }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{read_shard, shard_object, shard_owner};
    use crate::{INVENTORY, mismatches};
    use serde_json::json;
    use trimtab_inventory::{Entries, Entry, FORMAT, Shard};
    use trimtab_model::{AppId, GroupKind, ObjectKey, Uid};

    fn owner() -> AppId {
        AppId {
            kind: GroupKind::new("argoproj.io", "Application"),
            namespace: "argocd".into(),
            name: "shop".into(),
        }
    }

    #[test]
    fn a_shard_is_read_back_as_it_was_written() {
        let deployment = GroupKind::new("apps", "Deployment");
        let role = GroupKind::new("rbac.authorization.k8s.io", "ClusterRole");
        let entries: Entries = [
            (ObjectKey::namespaced(&deployment, "shop", "web"), Entry { version: "v1".into() }),
            (ObjectKey::cluster(&role, "system:web"), Entry { version: "v1".into() }),
        ]
        .into();
        let shard = Shard { format: FORMAT, generation: 3, index: 1, count: 2, entries };
        let object = shard_object(&owner(), "argoproj.io/v1alpha1", &Uid::from("u1"), &shard);
        assert_eq!(read_shard(&object), Ok(shard));
        assert_eq!(shard_owner(&object), Some((owner(), Uid::from("u1"))));
        assert_eq!(mismatches(&object, &INVENTORY.schema().into_value(), ""), []);
    }

    #[test]
    fn what_is_no_shard_is_an_error_and_a_later_format_is_seen() {
        assert!(read_shard(&json!({"spec": {"format": "x"}})).is_err());
        let later = json!({"spec": {"format": 9, "generation": 1, "index": 0, "count": 1}});
        assert_eq!(read_shard(&later).map(|shard| shard.format), Ok(9));
    }
}
