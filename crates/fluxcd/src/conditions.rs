//! Conditions as the family keeps them.
//!
//! Source: fluxcd/pkg `runtime/conditions/setter.go`.

use serde_json::{Value, json};
use trimtab_crd::{read, sentence};
use trimtab_model::Timestamp;

/// The condition that says that the inventory stands in shards (P11).
pub const SHARDED: &str = "InventorySharded";

/// The conditions of one status while it is written.
pub struct Conditions {
    all: Vec<Value>,
    generation: i64,
    now: Timestamp,
}

/// Whether a status has a condition that is True.
pub fn has(status: &Value, kind: &str) -> bool {
    find(status, kind).is_some_and(|condition| condition["status"] == "True")
}

/// A condition of a status.
pub fn find<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    read::list(status, "conditions").iter().find(|condition| condition["type"] == kind)
}

impl Conditions {
    /// Begins with what a status has.
    pub fn new(resource: &Value, now: Timestamp) -> Self {
        let all = read::list(resource, "status.conditions");
        let all = all.iter().filter(|condition| condition["type"].is_string()).cloned().collect();
        let generation = read::integer(resource, "metadata.generation").unwrap_or(0);
        Self { all, generation, now }
    }

    /// Sets a condition. Its time moves when its status, reason or message does; the generation is
    /// always the resource's. `Reconciling` and `Stalled` drive each other out.
    pub fn set(&mut self, kind: &str, status: &str, reason: &str, message: &str) {
        match kind {
            "Reconciling" => self.remove("Stalled"),
            "Stalled" => self.remove("Reconciling"),
            _ => {}
        }
        let message = sentence(message);
        let same = |old: &&Value| {
            old["type"] == kind
                && old["status"] == status
                && old["reason"] == reason
                && old["message"] == *message
        };
        let since =
            self.all.iter().find(same).and_then(|old| read::text(old, "lastTransitionTime"));
        let condition = json!({
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "lastTransitionTime": since.map_or_else(|| read::seconds(self.now), str::to_owned),
            "observedGeneration": self.generation,
        });
        self.remove(kind);
        self.all.push(condition);
    }

    /// Takes a condition away.
    pub fn remove(&mut self, kind: &str) {
        self.all.retain(|condition| condition["type"] != kind);
    }

    /// A condition as it stands.
    pub fn get(&self, kind: &str) -> Option<&Value> {
        self.all.iter().find(|condition| condition["type"] == kind)
    }

    /// Ends with the family's order: Stalled, Reconciling, Ready, then by type.
    pub fn finish(mut self) -> Vec<Value> {
        let place = |condition: &Value| match condition["type"].as_str() {
            Some("Stalled") => 0,
            Some("Reconciling") => 1,
            Some("Ready") => 2,
            _ => 3,
        };
        self.all.sort_by_key(|c| (place(c), c["type"].as_str().unwrap_or_default().to_owned()));
        self.all
    }
}
