//! Who else writes a resource that we serve (P9).

use crate::read;
use serde_json::Value;
use trimtab_model::{Digest, FieldManager, Timestamp};

/// The manager under which we write the resources that we serve.
pub const MANAGER: &str = "trimtab";

/// What another controller has written into a resource that we serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignEntry {
    /// The writer.
    pub manager: FieldManager,
    /// When it wrote last.
    pub time: Option<Timestamp>,
    /// A digest of what every foreign controller owns, and when each wrote last: another one means
    /// that somebody is still at work.
    pub mark: Digest,
}

/// The entry of the foreign controller that wrote the status or the finalizers last. People are no
/// controllers: managers named `kubectl…` and `trimtab…` do not count, and who writes the spec may
/// write finalizers beside it.
pub fn foreign_entry(resource: &Value) -> Option<ForeignEntry> {
    let entries: Vec<&Value> = read::list(resource, "metadata.managedFields")
        .iter()
        .filter(|entry| is_foreign(entry) && writes_as_a_controller(entry))
        .collect();
    let last = entries.iter().max_by_key(|entry| read::time(entry, "time"))?;
    let parts: Vec<String> = entries.iter().map(ToString::to_string).collect();
    Some(ForeignEntry {
        manager: read::text(last, "manager").unwrap_or_default().into(),
        time: read::time(last, "time"),
        mark: Digest::of_parts(parts.iter().map(String::as_bytes)),
    })
}

/// The controller that wrote a resource's status before us, while we have not written it ourselves.
pub fn former_owner(resource: &Value) -> Option<FieldManager> {
    let ours = |entry: &Value| {
        read::text(entry, "manager").is_some_and(|manager| manager.starts_with(MANAGER))
            && writes_as_a_controller(entry)
    };
    let taken = read::list(resource, "metadata.managedFields").iter().any(ours);
    foreign_entry(resource).filter(|_| !taken).map(|entry| entry.manager)
}

fn is_foreign(entry: &Value) -> bool {
    let manager = read::text(entry, "manager").unwrap_or_default();
    !manager.starts_with(MANAGER) && !manager.starts_with("kubectl")
}

fn writes_as_a_controller(entry: &Value) -> bool {
    let owns = |field: &str| read::at(entry, "fieldsV1").and_then(|f| f.get(field)).is_some();
    let finalizers = read::at(entry, "fieldsV1")
        .and_then(|fields| fields.get("f:metadata")?.get("f:finalizers"))
        .is_some();
    owns("f:status") || finalizers && !owns("f:spec")
}

#[cfg(test)]
mod tests {
    use super::foreign_entry;
    use serde_json::{Value, json};

    fn entry(manager: &str, time: &str, fields: &Value) -> Value {
        json!({"manager": manager, "time": time, "operation": "Update", "fieldsV1": fields})
    }

    fn found(entries: &[Value]) -> Option<String> {
        let resource = json!({"metadata": {"managedFields": entries}});
        foreign_entry(&resource).map(|entry| entry.manager.to_string())
    }

    #[test]
    fn who_wrote_the_status_last_is_named() {
        let status = json!({"f:status": {"f:health": {}}});
        assert_eq!(
            found(&[
                entry("old-controller", "2026-01-01T00:00:00Z", &status),
                entry("new-controller", "2026-01-02T00:00:00Z", &status),
                entry("trimtab", "2026-01-03T00:00:00Z", &status),
            ]),
            Some("new-controller".to_owned())
        );
    }

    #[test]
    fn people_are_no_controllers() {
        let people = json!({"f:spec": {}, "f:metadata": {"f:finalizers": {}}});
        let status = json!({"f:status": {"f:operationState": {"f:phase": {}}}});
        assert_eq!(
            found(&[
                entry("terraform", "2026-01-01T00:00:00Z", &people),
                entry("kubectl-patch", "2026-01-01T00:00:00Z", &status),
            ]),
            None
        );
    }

    #[test]
    fn a_controller_shows_itself_by_its_finalizer() {
        let finalizer = json!({"f:metadata": {"f:finalizers": {"v:\"x\"": {}}}});
        let entries = [entry("gotk", "2026-01-01T00:00:00Z", &finalizer)];
        assert_eq!(found(&entries), Some("gotk".to_owned()));
    }
}
