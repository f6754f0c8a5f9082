//! What a cluster needs before we can run in it.

use crate::{APPLICATION, Definition, GIT_REPOSITORY, INVENTORY, KUSTOMIZATION, PROJECT};
use serde_json::Value;

/// The kinds that we serve, in the order in which they are printed.
pub fn definitions() -> [&'static Definition; 5] {
    [&APPLICATION, &PROJECT, &GIT_REPOSITORY, &KUSTOMIZATION, &INVENTORY]
}

/// Every `CustomResourceDefinition`, in a stable order.
pub fn all() -> Vec<Value> {
    definitions().map(Definition::to_object).into()
}

/// Objects as one YAML stream, in their order, with sorted keys.
pub fn yaml(objects: &[Value]) -> String {
    objects.iter().flat_map(|object| ["---\n".to_owned(), trimtab_yaml::emit(object)]).collect()
}
