//! P8: what is done to an object was decided over the state that it is in.
//!
//! By what became of it, and not by what the request says: a delete that took away a newer state than the
//! one that it was planned for, and an apply that went to another incarnation. What somebody has done in
//! between would be lost.

use super::{Case, Memory};
use crate::facts::Verb;
use serde_json::Value;

pub fn check(case: &Case<'_>, memory: &mut Memory) {
    let write = case.write;
    if !write.is_of_users() || !write.is_done() {
        return;
    }
    let Some(before) = &write.before else { return };
    let is_another = |planned: &str, now: &str| {
        let planned = write.planned.pointer(planned).and_then(Value::as_str);
        planned.is_some_and(|planned| before["metadata"][now] != planned)
    };
    match write.facts.verb {
        Verb::Delete if is_another("/preconditions/uid", "uid") => {
            case.accuse(memory, "P8", "takes away another incarnation than its plan saw");
        }
        Verb::Delete if is_another("/preconditions/resourceVersion", "resourceVersion") => {
            case.accuse(memory, "P8", "takes away a newer state than its plan saw");
        }
        Verb::Apply if is_another("/metadata/uid", "uid") => {
            case.accuse(memory, "P8", "goes to another incarnation than its plan saw");
        }
        _ => {}
    }
}
