//! Who else writes a resource that we serve (P9).

use crate::read;
use serde_json::Value;
use trimtab_model::{FieldManager, Timestamp};

/// The manager under which we write the resources that we serve.
pub const MANAGER: &str = "trimtab";

/// What another controller has written into a resource that we serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignEntry {
    /// The writer.
    pub manager: FieldManager,
    /// When it wrote last: a later time means that somebody is still at work. What it owns says
    /// nothing: each of our own writes takes fields out of its entry, and the entry with the last one.
    pub mark: Option<Timestamp>,
}

/// The entry of the foreign controller that wrote the status or the finalizers last. People are no
/// controllers: managers named `kubectl…` and `trimtab…` do not count, and who writes the spec may
/// write finalizers beside it.
pub fn foreign_entry(resource: &Value) -> Option<ForeignEntry> {
    let last = read::list(resource, "metadata.managedFields")
        .iter()
        .filter(|entry| is_foreign(entry) && writes_as_a_controller(entry))
        .max_by_key(|entry| read::time(entry, "time"))?;
    Some(ForeignEntry {
        manager: read::text(last, "manager").unwrap_or_default().into(),
        mark: read::time(last, "time"),
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
    fn what_we_take_from_an_entry_is_no_sign_of_life() {
        let mark = |fields: &Value| {
            let entries = [entry("old-controller", "2026-01-01T00:00:00Z", fields)];
            foreign_entry(&json!({"metadata": {"managedFields": entries}})).map(|e| e.mark)
        };
        let whole = json!({"f:status": {"f:health": {}, "f:sync": {}}});
        let rest = json!({"f:status": {"f:health": {}}});
        assert!(mark(&whole).is_some_and(|mark| mark.is_some()));
        assert_eq!(mark(&whole), mark(&rest));
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
