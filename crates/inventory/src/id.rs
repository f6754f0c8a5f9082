//! Objects in one word, as Flux writes them into its inventories: `<namespace>_<name>_<group>_<kind>`.
//!
//! Source: fluxcd/cli-utils 1.2.1, `pkg/object/objmetadata.go`.

use crate::Error;
use trimtab_model::{GroupKind, ObjectKey};

const RBAC_GROUP: &str = "rbac.authorization.k8s.io";
const RBAC_KINDS: [&str; 4] = ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];

/// The word for an object. One of the whole cluster begins with `_`; the core group leaves two `_`
/// before the kind; in the names of RBAC objects `:` becomes `__`, so that such a name which has `__`
/// itself is read back as another.
pub fn id(key: &ObjectKey) -> String {
    let namespace = key.namespace.as_ref().map_or("", |namespace| namespace.as_str());
    let name = key.name.as_str();
    let rbac = key.group.as_str() == RBAC_GROUP && RBAC_KINDS.contains(&key.kind.as_str());
    let name = if rbac { name.replace(':', "__") } else { name.to_owned() };
    format!("{namespace}_{name}_{}_{}", key.group, key.kind)
}

/// The object that a word means.
pub fn parse_id(id: &str) -> Result<ObjectKey, Error> {
    let wrong = || Error::Id { id: id.to_owned() };
    let (namespace, rest) = id.split_once('_').ok_or_else(wrong)?;
    let (rest, kind) = rest.rsplit_once('_').ok_or_else(wrong)?;
    let (name, group) = rest.rsplit_once('_').ok_or_else(wrong)?;
    if name.is_empty() || kind.is_empty() {
        return Err(wrong());
    }
    let (kind, name) = (GroupKind::new(group, kind), name.replace("__", ":"));
    Ok(match namespace {
        "" => ObjectKey::cluster(&kind, &name),
        namespace => ObjectKey::namespaced(&kind, namespace, &name),
    })
}
