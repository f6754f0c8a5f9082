//! The finalizer of the family: a Kustomization goes after its objects.

use crate::names::FINALIZER;
use serde_json::{Value, json};
use trimtab_crd::read;

/// The patch that puts our finalizer on; `None` where it is. The resourceVersion goes along, for the
/// list is replaced as a whole.
pub fn with_ours(resource: &Value) -> Option<Value> {
    let mut all: Vec<&str> = read::texts(resource, "metadata.finalizers").collect();
    if all.contains(&FINALIZER) {
        return None;
    }
    all.push(FINALIZER);
    Some(patch(resource, &all))
}

/// The patch that takes our finalizer off; `None` where it is not.
pub fn without_ours(resource: &Value) -> Option<Value> {
    let all: Vec<&str> = read::texts(resource, "metadata.finalizers").collect();
    let kept: Vec<&str> = all.iter().copied().filter(|name| *name != FINALIZER).collect();
    (kept.len() < all.len()).then(|| patch(resource, &kept))
}

fn patch(resource: &Value, finalizers: &[&str]) -> Value {
    json!({"metadata": {
        "finalizers": finalizers,
        "resourceVersion": read::at(resource, "metadata.resourceVersion"),
        "uid": read::at(resource, "metadata.uid"),
    }})
}
