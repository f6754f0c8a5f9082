//! Finalizers: what becomes of the objects when their Application is deleted.

use crate::names;
use serde_json::{Value, json};
use trimtab_crd::read;
use trimtab_model::{DeletionPolicy, NotSupported, Propagation, Restraint};

/// What the finalizers ask for, and those that do not act yet: `PreDelete` hooks would run before the
/// objects go, `PostDelete` hooks after.
pub fn read(resource: &Value) -> (DeletionPolicy, Vec<NotSupported>) {
    let (mut policy, mut not_supported) = (DeletionPolicy::Orphan, Vec::new());
    for finalizer in read::texts(resource, "metadata.finalizers") {
        match strip(finalizer) {
            Some((names::FINALIZER, "background")) => {
                policy = DeletionPolicy::Cascade(Propagation::Background);
            }
            Some((names::FINALIZER, _)) => {
                policy = DeletionPolicy::Cascade(Propagation::Foreground);
            }
            Some((names::PRE_DELETE_FINALIZER, _)) => {
                not_supported.push(hook(finalizer, Restraint::Restrains));
            }
            Some((names::POST_DELETE_FINALIZER, _)) => {
                not_supported.push(hook(finalizer, Restraint::Adds));
            }
            _ => {}
        }
    }
    (policy, not_supported)
}

fn hook(finalizer: &str, restraint: Restraint) -> NotSupported {
    NotSupported { field: format!("metadata.finalizers: {finalizer}").into(), restraint }
}

/// The patch that takes our finalizers off: those of the cascade and of `PostDelete` hooks, which are
/// left out. Others stay, and so does the one of `PreDelete` hooks: whoever wants the application gone
/// without them takes it off. `None` where there is none of ours. The resourceVersion goes along, for
/// the list is replaced as a whole.
pub fn without_ours(resource: &Value) -> Option<Value> {
    let all: Vec<&str> = read::texts(resource, "metadata.finalizers").collect();
    let kept: Vec<&str> = all.iter().copied().filter(|finalizer| !is_ours(finalizer)).collect();
    (kept.len() < all.len()).then(|| {
        json!({"metadata": {
            "finalizers": kept,
            "resourceVersion": read::at(resource, "metadata.resourceVersion"),
            "uid": read::at(resource, "metadata.uid"),
        }})
    })
}

fn is_ours(finalizer: &str) -> bool {
    strip(finalizer)
        .is_some_and(|(name, _)| matches!(name, names::FINALIZER | names::POST_DELETE_FINALIZER))
}

/// The finalizer's name, and what stands behind its last `/`.
fn strip(finalizer: &str) -> Option<(&'static str, &str)> {
    [names::FINALIZER, names::PRE_DELETE_FINALIZER, names::POST_DELETE_FINALIZER]
        .into_iter()
        .find_map(|name| {
            let rest = finalizer.strip_prefix(name)?;
            if rest.is_empty() { Some((name, "")) } else { Some((name, rest.strip_prefix('/')?)) }
        })
}
