//! What the server does for the manager `kubectl` alone: it keeps the annotation of client-side
//! apply up to date, and lets `kubectl apply --server-side` take over what that annotation proves
//! to be its own. Source: the server's `lastappliedmanager.go` and `lastappliedupdater.go`.

use crate::apply::{Applied, Apply, Force, api_version, applied};
use crate::differ::Changes;
use crate::{Error, FieldSet, ManagedFields, Schema, set_of};
use serde_json::Value;
pub use trimtab_model::LAST_APPLIED;

const KUBECTL: &str = "kubectl";

pub(crate) fn apply(
    request: &Apply<'_>,
    live: &Value,
    managed: &ManagedFields,
) -> Result<Applied, Error> {
    let result = applied(request, live, managed, request.force);
    let Err(Error::Conflicts(mut conflicts)) = result else { return result };
    if request.manager.as_str() != KUBECTL {
        return Err(Error::Conflicts(conflicts));
    }
    let Some(allowed) = allowed(request.schema, live, api_version(request.desired)) else {
        return Err(Error::Conflicts(conflicts));
    };
    conflicts.retain(|conflict| !allowed.contains(&conflict.path.0));
    if conflicts.is_empty() {
        return applied(request, live, managed, Force::Take);
    }
    Err(Error::Conflicts(conflicts))
}

/// The fields that the annotation names and that still have the values it names.
fn allowed(schema: &Schema, live: &Value, version: &str) -> Option<FieldSet> {
    let last = last_applied(live)?;
    if api_version(&last) != version {
        return None;
    }
    let changes = Changes::between(schema, &last, live);
    let fields = set_of::all_fields(schema, &last);
    Some(
        fields
            .difference(&changes.modified)
            .difference(&changes.added)
            .difference(&changes.removed),
    )
}

/// What client-side apply applied last, if the object remembers it.
pub fn last_applied(live: &Value) -> Option<Value> {
    let text = live.get("metadata")?.get("annotations")?.get(LAST_APPLIED)?.as_str()?;
    serde_json::from_str(text).ok()
}

/// Renews the annotation, if there is one and `kubectl` applied.
pub(crate) fn remember(request: &Apply<'_>, mut applied: Applied) -> Applied {
    if request.manager.as_str() != KUBECTL {
        return applied;
    }
    let annotations = applied.object.get_mut("metadata").and_then(|m| m.get_mut("annotations"));
    let remembered = annotations.and_then(|annotations| annotations.get_mut(LAST_APPLIED));
    if let Some(remembered) = remembered
        && remembered.as_str().is_some_and(|text| !text.is_empty())
    {
        let mut desired = request.desired.clone();
        let own = desired.get_mut("metadata").and_then(|m| m.get_mut("annotations"));
        if let Some(own) = own.and_then(Value::as_object_mut) {
            own.remove(LAST_APPLIED);
        }
        *remembered = Value::String(format!("{desired}\n"));
    }
    applied
}
