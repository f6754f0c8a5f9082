//! P9 and P10: one owner, who writes only while its Lease stands and names what it saw.

use super::{Case, Memory};
use crate::facts::Verb;
use crate::ownership::Owner;
use std::time::Duration;
use trimtab_model::{Timestamp, limit};

/// A write may start until so long after the last renewal: the Lease's duration less its margin.
const TERM: Duration = Duration::from_secs(3);

/// How late a process may hear that another controller writes a resource of its.
const HEARD: Duration = Duration::from_secs(6);

/// How long another controller's entry must have stood still before it counts as a predecessor's: the
/// product's minute, less the second that the entry's time is cut to.
const SETTLED: Duration = Duration::from_secs(limit::OWNER_SETTLE_SECONDS - 1);

pub fn check(case: &Case<'_>, memory: &mut Memory) {
    if case.write.facts.is_lease() {
        return;
    }
    held(case, memory);
    names_what_it_saw(case, memory);
    hands_off(case, memory);
}

fn held(case: &Case<'_>, memory: &mut Memory) {
    let write = case.write;
    let spec = write.lease.as_ref().map(|lease| &lease["spec"]);
    let holder = spec.and_then(|spec| spec["holderIdentity"].as_str()).unwrap_or("nobody");
    if holder != &*write.process {
        case.accuse(memory, "P10", format_args!("while {holder} holds the Lease"));
        return;
    }
    let renewed = spec.and_then(|spec| spec["renewTime"].as_str()).and_then(|t| t.parse().ok());
    let renewed: Timestamp = renewed.unwrap_or(Timestamp::MIN);
    let sent = crate::time::beginning().checked_add(write.sent).unwrap_or(Timestamp::MAX);
    let age: Duration = sent.duration_since(renewed).try_into().unwrap_or_default();
    if age > TERM {
        case.accuse(memory, "P10", format_args!("{age:?} after the Lease's renewal"));
    }
}

fn names_what_it_saw(case: &Case<'_>, memory: &mut Memory) {
    let write = case.write;
    if !write.facts.writes() || !write.is_of_users() {
        return;
    }
    let is_named = |at: &str| write.body.pointer(at).is_some_and(serde_json::Value::is_string);
    match write.facts.verb {
        Verb::Delete
            if !is_named("/preconditions/uid") || !is_named("/preconditions/resourceVersion") =>
        {
            case.accuse(memory, "P10", "does not name the state that it deletes");
        }
        Verb::Apply if write.facts.force && !is_named("/metadata/uid") => {
            case.accuse(memory, "P10", "is forced and does not name the incarnation");
        }
        _ => {}
    }
}

/// Another controller writes the resource: hands off, until it is said whose it is. Who begins later
/// takes an entry that has not moved for a while for a predecessor's.
fn hands_off(case: &Case<'_>, memory: &mut Memory) {
    let Some((owner, _)) = case.owner() else { return };
    let Some((since, last)) = memory.foreign.get(&owner).copied() else { return };
    if served_takes(case, memory, &owner) {
        return;
    }
    let sent = case.write.sent;
    let lived = memory.heard.get(&case.write.process).is_some_and(|heard| *heard < since);
    if sent > since + HEARD && (lived || sent < last + SETTLED) {
        case.accuse(memory, "P9", "although another controller writes its resource");
    }
}

/// A patch carries no mark: it may make an object ready for the apply by which another application
/// takes it over, one that nobody else writes. That apply says for whom it is, and is judged by it.
fn served_takes(case: &Case<'_>, memory: &Memory, owner: &Owner) -> bool {
    let patches = case.write.facts.verb == Verb::Patch && case.write.is_of_users();
    let Some(called) = case.called().filter(|_| patches) else { return false };
    let served = case.model.apps.iter().filter(|app| {
        app.exists && app.owner() != *owner && !memory.foreign.contains_key(&app.owner())
    });
    served.into_iter().any(|app| case.model.lately_wanted(app, &called))
}
