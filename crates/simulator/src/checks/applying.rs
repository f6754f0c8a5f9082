//! P3, P5 and P16: what may be applied.

use super::{Applied, Case, Memory, operation};
use crate::facts::Verb;
use crate::ownership::{self, Called, Owner};

pub fn check(case: &Case<'_>, memory: &mut Memory) {
    let write = case.write;
    if write.facts.verb != Verb::Apply || !write.is_of_users() || write.facts.dry_run {
        return;
    }
    let Some((owner, resource)) = case.owner() else {
        // The destination's namespace carries no mark, and definitions none of the first door's.
        let unmarked = matches!(&*write.facts.plural, "namespaces" | "customresourcedefinitions");
        let of = ownership::owner(&write.body, write.before.as_ref());
        let deleted = of.and_then(|owner| memory.deleted.get(&owner));
        // One without a finalizer is gone at once, whatever is on its way for it.
        let is_late = deleted.is_some_and(|at| write.sent < *at);
        if !unmarked && write.is_done() && !is_late {
            case.accuse(memory, "P3", "applies for nobody");
        }
        return;
    };
    let called = Called::of(&write.body);
    let listed = ownership::inventory(resource);
    if write.is_done() && !listed.is_none_or(|inventory| inventory.contains(&called)) {
        case.accuse(memory, "P5", format_args!("is not in the inventory of {owner}"));
    }
    if let Some(why) = taken(case, &owner, &called).filter(|_| write.is_done()) {
        case.accuse(memory, "P3", why);
    }
    if let Some(why) = again(case, memory, resource) {
        case.accuse(memory, "P16", why);
    }
}

/// Whether the object is another's, who still wants it.
fn taken(case: &Case<'_>, owner: &Owner, called: &Called) -> Option<String> {
    let owners = ownership::owners(case.write.before.as_ref()?);
    if owners.contains(owner) {
        return None;
    }
    let other = owners.into_iter().find(|other| still_wants(case, other, called))?;
    Some(format!("takes it from {other}, which has it"))
}

/// Whether an application's commits that may count as its latest all have an object.
pub(super) fn still_wants(case: &Case<'_>, owner: &Owner, called: &Called) -> bool {
    let Some(app) = case.model.app(owner).filter(|app| app.exists) else { return false };
    let Some(tip) = case.model.repositories.tip(&app.url) else { return false };
    let mut at = Some(tip);
    for _ in 0..3 {
        let Some(commit) = at else { break };
        let has = case
            .model
            .snapshot(owner, &commit)
            .is_some_and(|snapshot| !snapshot.broken && snapshot.objects.contains_key(called));
        if !has {
            return false;
        }
        at = case.model.repositories.parent(&app.url, &commit);
    }
    true
}

/// Whether nothing has happened since the same process applied the same, in the same operation.
fn again(case: &Case<'_>, memory: &mut Memory, resource: &serde_json::Value) -> Option<String> {
    let write = case.write;
    if !write.is_done() {
        memory.refuse(&write.facts.object);
        return None;
    }
    let version = |object: &serde_json::Value| {
        object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned()
    };
    let before = write.before.as_ref().map(version);
    let done = Applied {
        process: write.process.clone(),
        body: write.body.clone(),
        version: version(&write.answer),
        operation: operation(resource),
        arrived: write.arrived,
        counts: write.facts.force || write.code == 201,
        refused: false,
        lost: false,
    };
    let old = memory.applied.insert(write.facts.object.clone(), done)?;
    // An apply that expected nothing and found something counts as not done: it is looked at again.
    // What a person asks for applies everything, and does so again when it is planned anew.
    let asked = &resource["status"]["operationState"]["operation"]["initiatedBy"]["username"];
    let same = old.counts
        && !asked.is_string()
        && old.process == write.process
        && old.operation == operation(resource)
        && before.as_ref() == Some(&old.version)
        && without_uid(&old.body) == without_uid(&write.body)
        && !memory.unanswered.remove(&write.facts.object);
    same.then(|| "is applied again although nothing has changed".to_owned())
}

fn without_uid(body: &serde_json::Value) -> serde_json::Value {
    let mut body = body.clone();
    body["metadata"].as_object_mut().map(|metadata| metadata.remove("uid"));
    body
}
