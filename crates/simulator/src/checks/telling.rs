//! P11 and P17, and that a status tells the truth.

use super::{Case, Memory, operation};
use crate::journal::Write;
use crate::objects::SECRET_MARKER;
use crate::ownership::Called;
use serde_json::Value;
use std::time::Duration;

/// The most bytes of a status.
const STATUS_BYTES_MAX: usize = 64 * 1024;

/// How long after a write's end a status may not yet know of it, where it was told otherwise before.
const KNOWN: Duration = Duration::from_secs(8);

/// The beginning of a Secret's value, as `data` holds it.
const ENCODED_MARKER: &str = "aHVzaC1odXNoL";

pub fn check(case: &Case<'_>, memory: &mut Memory) {
    let write = case.write;
    if write.facts.plural != "secrets" {
        let body = write.body.to_string();
        if body.contains(SECRET_MARKER) || body.contains(ENCODED_MARKER) {
            case.accuse(memory, "P17", "carries a Secret's value");
        }
    }
    if !is_resource(write) || write.body.get("status").is_none() {
        return;
    }
    let size = write.answer["status"].to_string().len();
    if size > STATUS_BYTES_MAX {
        case.accuse(memory, "P11", format_args!("makes the status {size} bytes"));
    }
    // Also what it leaves as it was: who writes a status says all of it.
    truth(case, memory, &write.answer["status"]);
}

fn is_resource(write: &Write) -> bool {
    matches!(&*write.facts.plural, "applications" | "kustomizations")
}

/// An object whose last write was done has not failed.
fn truth(case: &Case<'_>, memory: &mut Memory, status: &Value) {
    let results = &status["operationState"]["syncResult"]["resources"];
    let answer = operation(&case.write.answer);
    for result in results.as_array().into_iter().flatten() {
        if result["status"] != "SyncFailed" {
            continue;
        }
        let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
        let called = Called {
            group: text("group"),
            kind: text("kind"),
            namespace: text("namespace"),
            name: text("name"),
        };
        let done = memory.applied.iter().find(|(_, applied)| {
            Called::of(&applied.body) == called
                && applied.operation == answer
                && applied.counts
                && !applied.refused
                // What a process did and died before it wrote it down, the next one finds out.
                && applied.process == case.write.process
        });
        let Some((object, applied)) = done else {
            memory.failed.insert(called);
            continue;
        };
        // Where nothing else ever went wrong with the object, only the lost answer can have been told.
        let is_of_lost = applied.lost
            && applied.arrived < case.write.sent
            && !memory.refused.contains(object)
            && !memory.failed.contains(&called);
        if is_of_lost || applied.arrived + KNOWN < case.write.sent {
            let what = format!("says that {called} failed, which was applied");
            case.accuse(memory, "truth", what);
        }
    }
}
