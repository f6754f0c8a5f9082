//! Conditions as the family keeps them.
//!
//! Source: fluxcd/pkg `runtime/conditions/setter.go`.

use serde_json::{Value, json};
use trimtab_crd::{read, sentence};
use trimtab_model::{Timestamp, limit};

/// The condition that says that live objects are not as they were applied (P7).
pub const DRIFTED: &str = "Drifted";

/// The condition that says that the inventory stands in shards (P11).
pub const SHARDED: &str = "InventorySharded";

/// The condition that says which others had no room (P11).
pub const TRUNCATED: &str = "ConditionsTruncated";

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
        self.bound();
        self.all.sort_by_key(|c| (place(c), name(c).to_owned()));
        self.all
    }

    /// Keeps as many conditions as may stand in a status: the family's first three always, then ours,
    /// then those that others have put there. What is left out is named.
    fn bound(&mut self) {
        let told = self.get(TRUNCATED).cloned();
        self.remove(TRUNCATED);
        let rank = |condition: &Value| (place(condition), importance(name(condition)));
        self.all.sort_by_key(|c| (rank(c), name(c).to_owned()));
        let mut room = limit::STATUS_CONDITIONS_BYTES_MAX;
        let mut left_out = Vec::new();
        self.all.retain(|condition| {
            let bytes = condition.to_string().len() as u64;
            let stays = place(condition) < REST || bytes <= room;
            if stays {
                room = room.saturating_sub(bytes);
            } else {
                left_out.push(name(condition).to_owned());
            }
            stays
        });
        // What others had put there does not come back: that it is gone stays said for a while.
        if let Some(told) = told.filter(|old| self.still_tells(old, &left_out)) {
            self.all.push(told);
        } else if !left_out.is_empty() {
            let (count, names) = (left_out.len(), left_out.join(", "));
            let message = format!("{count} conditions have no room and are not shown: {names}");
            self.set(TRUNCATED, "True", TRUNCATED, &message);
        }
    }

    /// Whether the condition that names what had no room was written for this generation, and names all
    /// that has none now.
    fn still_tells(&self, told: &Value, left_out: &[String]) -> bool {
        let message = told["message"].as_str().unwrap_or_default();
        let names: Vec<&str> = message.rsplit(": ").take(1).flat_map(|n| n.split(", ")).collect();
        told["observedGeneration"] == self.generation
            && left_out.iter().all(|name| names.contains(&name.as_str()))
    }
}

/// The place of all that have none of their own.
const REST: u8 = 3;

fn place(condition: &Value) -> u8 {
    match name(condition) {
        "Stalled" => 0,
        "Reconciling" => 1,
        "Ready" => 2,
        _ => REST,
    }
}

fn name(condition: &Value) -> &str {
    condition["type"].as_str().unwrap_or_default()
}

/// Which goes first where there is no room for all: what a person must answer stays longest.
fn importance(name: &str) -> usize {
    const KNOWN: [&str; 15] = [
        "PruneHeld",
        "PruneWaiting",
        "DeletionFailed",
        "InventoryFailed",
        "Healthy",
        "FetchFailed",
        "ArtifactInStorage",
        "Contended",
        "ClaimedBy",
        DRIFTED,
        SHARDED,
        "SharedResource",
        "RepeatedResource",
        "LeftOut",
        "StorageOperationFailed",
    ];
    KNOWN.iter().position(|known| *known == name).unwrap_or(KNOWN.len())
}

#[cfg(test)]
mod tests {
    use super::importance;
    use crate::status::own_names;

    #[test]
    fn each_condition_of_ours_has_its_place_where_there_is_no_room_for_all() {
        let last = importance("SomebodyElses");
        let without: Vec<&str> = own_names().filter(|name| importance(name) == last).collect();
        assert_eq!(without, [""; 0]);
    }
}
