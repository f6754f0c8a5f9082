//! P1, P2, P3 and P13: what may be deleted.

use super::applying::still_wants;
use super::{Case, Memory, applied, carried, operation, path_of};
use crate::facts::Verb;
use crate::model::Wanted;
use crate::ownership::{self, Called, Owner};
use serde_json::Value;
use trimtab_model::limit;

pub fn check(case: &Case<'_>, memory: &mut Memory) {
    let write = case.write;
    note_held(case, memory);
    if write.facts.verb != Verb::Delete || !write.is_of_users() {
        return;
    }
    let (Some(before), Some(called)) = (&write.before, case.called()) else { return };
    if let Some(why) = wrong(case, before, &called) {
        case.accuse(memory, "P1", why);
        return;
    }
    let Some((owner, resource)) = case.owner() else { return };
    if let Some(other) = wanted_by_another(case, &owner, &called) {
        case.accuse(memory, "P3", format_args!("is deleted for {owner}, and {other} wants it"));
    }
    if resource["metadata"]["deletionTimestamp"].is_string() {
        return;
    }
    let held = memory.held.get(&owner).filter(|held| carried(resource).as_ref() == Some(held));
    let why = held.map(|held| format!("prunes by {held:?}, at which it said that prunes wait"));
    if let Some(why) = why.or_else(|| rewritten(case, &owner, resource)) {
        case.accuse(memory, "P13", why);
    }
    if let Some(why) = too_many(memory, owner, resource, called).filter(|_| write.is_done()) {
        case.accuse(memory, "P2", why);
    }
}

/// Remembers that a status says that prunes wait because the branch was rewritten. Whatever process
/// carries that commit out: they wait until the next one, since nobody here approves.
fn note_held(case: &Case<'_>, memory: &mut Memory) {
    let resource = &case.write.answer;
    let is_of_app = matches!(&*case.write.facts.plural, "applications" | "kustomizations");
    if !is_of_app || !case.write.is_done() {
        return;
    }
    let conditions = resource["status"]["conditions"].as_array().into_iter().flatten();
    let mut said = conditions.filter_map(|condition| condition["message"].as_str());
    if let Some(commit) = carried(resource)
        && said.any(|text| text.starts_with("the branch was rewritten"))
    {
        memory.held.insert(path_of(resource), commit);
    }
}

fn wrong(case: &Case<'_>, before: &Value, called: &Called) -> Option<String> {
    let owners = ownership::owners(before);
    if owners.is_empty() {
        return Some("deletes what carries no owner's mark".to_owned());
    }
    let Some((owner, resource)) = case.owner() else {
        return Some(format!("deletes for {}, which is not there", owners.join(", ")));
    };
    if resource["metadata"]["deletionTimestamp"].is_string() {
        let held = resource["metadata"]["finalizers"].as_array().is_some_and(|f| !f.is_empty());
        return (!held).then(|| format!("deletes for {owner} without its finalizer"));
    }
    let listed = ownership::inventory(resource);
    if !listed.is_some_and(|inventory| inventory.contains(called)) {
        return Some(format!("deletes what {owner} does not list"));
    }
    if before["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "Prune=false"
        && resource["kind"] == "Application"
    {
        return Some("deletes what asks to be kept".to_owned());
    }
    let asked = if resource["kind"] == "Kustomization" {
        resource["spec"]["prune"] == true
    } else {
        resource["status"]["operationState"]["operation"]["sync"]["prune"] == true
    };
    if !asked {
        return Some(format!("prunes, which {owner} does not ask for"));
    }
    absent(case, &owner, resource, called)
}

/// Another application that wants the object: in the repository that a prune is of, the commit that is
/// carried out has it there, too; in another one, the commits that may count as its latest all have it.
/// Of a repository that cannot be read, only what is written counts, which [`wrong`] and the product's
/// own tests judge.
fn wanted_by_another(case: &Case<'_>, owner: &Owner, called: &Called) -> Option<Owner> {
    let model = case.model;
    let (_, resource) = case.owner()?;
    // Whoever is being deleted carries no commit out: the one in its status is of its last sync.
    let is_prune = !resource["metadata"]["deletionTimestamp"].is_string();
    let carried = carried(resource).filter(|_| is_prune);
    let says = |other: &Owner| {
        let snapshot = model.snapshot(other, carried.as_ref()?)?;
        Some(!snapshot.broken && snapshot.objects.contains_key(called))
    };
    let still = |other: &Owner| {
        let is_read = model.app(other).is_some_and(|app| model.repositories.is_readable(&app.url));
        is_read && still_wants(case, other, called)
    };
    let others = model.apps.iter().filter(|app| app.exists).map(Wanted::owner);
    others
        .filter(|other| other != owner && !model.strange.contains(other))
        .find(|other| says(other) == Some(true) || still(other))
}

/// The render that is carried out is complete and does not have the object.
fn absent(case: &Case<'_>, owner: &Owner, resource: &Value, called: &Called) -> Option<String> {
    let Some(commit) = carried(resource) else {
        return Some(format!("prunes for {owner}, which carries nothing out"));
    };
    let Some(snapshot) = case.model.snapshot(owner, &commit) else {
        return Some(format!("prunes by {commit:?}, which says nothing of {owner}"));
    };
    if snapshot.broken {
        return Some(format!("prunes by {commit:?}, which cannot be read whole"));
    }
    let has = snapshot.objects.contains_key(called);
    has.then(|| format!("prunes what {commit:?} has"))
}

/// A rewritten branch holds prunes until its next commit: one that goes on from what was seen of the
/// branch since. What a push replaced before anybody had looked is no rewriting.
fn rewritten(case: &Case<'_>, owner: &Owner, resource: &Value) -> Option<String> {
    let (commit, before) = (carried(resource)?, applied(resource)?);
    let url = &case.model.app(owner)?.url;
    let forced = case.model.forced.contains(&commit);
    let descends = case.model.repositories.descends(url, &commit, &before);
    let goes_on = case.model.repositories.goes_on(url, &commit, &before);
    (forced && !descends && !goes_on)
        .then(|| format!("prunes by {commit:?}, which rewrites {before:?}"))
}

/// More than a plan may remove without a yes.
fn too_many(memory: &mut Memory, owner: Owner, resource: &Value, called: Called) -> Option<String> {
    let listed = ownership::inventory(resource).map_or(0, |inventory| inventory.len() as u64);
    let removed = memory.removed.entry((owner, operation(resource))).or_default();
    removed.insert(called);
    // What is pruned leaves the list only at the end of the operation.
    let percent = listed * limit::PRUNE_BUDGET_PERCENT / 100;
    let most = percent.max(limit::PRUNE_BUDGET_OBJECTS);
    let count = removed.len() as u64;
    (count > most).then(|| format!("is the {count}th prune of {listed} objects"))
}
