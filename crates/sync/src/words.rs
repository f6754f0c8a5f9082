//! The sentences of operations. Literal texts are Argo CD's, which its users and their tools know:
//! argo-cd `gitops-engine/pkg/sync/sync_context.go`, `controller/appcontroller.go`.

use crate::Change;
use std::collections::{BTreeMap, BTreeSet};
use trimtab_model::{App, NamespaceCreation, ObjectKey, Order, Retry, SourceRevision, Timestamp};
use trimtab_plan::{Refusal, SourceFile};

pub(crate) const SUCCEEDED: &str = "successfully synced (all tasks run)";
pub(crate) const NOTHING_TO_DO: &str = "successfully synced (no more tasks)";
/// What is said of an object whose prune waits for a yes.
pub const PRUNE_HELD: &str = "held (waits for approval)";
pub(crate) const RUNNING: &str = "one or more tasks are running";
pub(crate) const TERMINATING: &str = "operation is terminating";
pub(crate) const TERMINATED: &str = "Operation terminated";
pub(crate) const WIPE_OUT: &str = "auto-sync will wipe out all resources";
/// How a status says that prunes wait because the branch was rewritten. Who begins anew reads it (P13).
pub(crate) const BRANCH_REWRITTEN: &str = "the branch was rewritten";
pub(crate) const FAILED_TO_APPLY: &str = "one or more objects failed to apply";
/// How a status says that the last sync which began by itself failed.
pub(crate) const FAILED_LAST: &str = "Failed last sync attempt to [";
pub(crate) const UNREAD: &str = "the object cannot be read";
pub(crate) const UNRECORDED: &str = "the status does not show what was written into it; look whether the definition of its kind has all fields, and who else writes it";
pub(crate) const INVALID_TASKS: &str = "one or more synchronization tasks are not valid";

/// What helps an application whose destination's namespace is absent.
pub(crate) const CREATES_NAMESPACE: &str = "; the sync option CreateNamespace=true creates it";

/// Whether objects failed because the destination's namespace is absent, and nobody has it created in the
/// family that has an option for that. The server's words.
pub(crate) fn lacks_namespace(reasons: &[String], app: &App) -> bool {
    let is_absent = |namespace| {
        let words = format!("namespaces \"{namespace}\" not found");
        reasons.iter().any(|reason| reason.ends_with(&words))
    };
    app.policy.order == Order::Waves
        && app.policy.create_namespace == NamespaceCreation::Never
        && app.destination.namespace.as_ref().is_some_and(is_absent)
}

/// Why a sync was given up: objects were again and again not as its plans saw them.
pub(crate) fn too_fast<T>(stale: &BTreeMap<ObjectKey, T>) -> String {
    let which = match (stale.keys().next(), stale.len()) {
        (None, _) => "the objects change faster than they".to_owned(),
        (Some(first), 1) => format!("{first} changes faster than it"),
        (Some(first), count) => format!("{first} and {} more change faster than they", count - 1),
    };
    format!("{which} can be applied; look who else writes there")
}

/// `deployment.apps/web created`, as kubectl says it.
pub(crate) fn applied(key: &ObjectKey, change: Change) -> String {
    let done = match change {
        Change::Created => "created",
        Change::Configured => "configured",
        Change::Unchanged => "unchanged",
    };
    let kind = key.kind.as_str().to_lowercase();
    if key.group.is_empty() {
        format!("{kind}/{} {done}", key.name)
    } else {
        format!("{kind}.{}/{} {done}", key.group, key.name)
    }
}

/// `waiting for healthy state of apps/Deployment/web and 2 more resources`.
pub(crate) fn waiting(why: &str, keys: &BTreeSet<ObjectKey>) -> String {
    let Some(first) = keys.first() else { return RUNNING.to_owned() };
    let more = match keys.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more resources"),
    };
    format!("waiting for {why} {}/{}/{}{more}", first.group, first.kind, first.name)
}

/// The message of an operation in which objects failed.
pub(crate) fn failed(reasons: &[String]) -> String {
    format!("{FAILED_TO_APPLY}, reason: {}", reasons.join(","))
}

/// The message of an operation whose destination's namespace could not be created.
pub(crate) fn namespace_failed(reasons: &[String]) -> String {
    format!("the namespace failed to apply, reason: {}", reasons.join(","))
}

/// The message of an operation whose objects did not become healthy.
pub(crate) fn unsuccessful(reasons: &[String]) -> String {
    let reasons = reasons.join(",");
    format!("one or more synchronization tasks completed unsuccessfully, reason: {reasons}")
}

/// The message of an operation that is not begun because of something that does not act yet.
pub(crate) fn not_supported(fields: &str) -> String {
    format!(
        "NotSupportedError: {fields}: not supported yet, and without it more would be done than asked"
    )
}

/// Why an application is not synced whose inventory is too large for its status.
pub(crate) fn no_room(objects: usize, why: &str) -> String {
    format!(
        "{objects} objects are more than a status can list, and larger inventories stand in Inventory objects of trimtab.dev: {why}; nothing is applied until they can be written"
    )
}

/// What is said of an inventory that cannot be read.
pub(crate) fn unknown_inventory(why: &str, order: Order) -> String {
    let way_out = match order {
        Order::Waves => {
            "restore them, or sync by hand: then what Git has now is the inventory, and what it no longer has is shown as requiring pruning"
        }
        Order::Stages => "restore them",
    };
    format!("{why}: objects are applied and nothing is deleted; {way_out}")
}

/// What is said of a sync that is due by itself and that no window permits now.
/// Source of the first words: argo-cd `controller/appcontroller.go`.
pub(crate) fn prevented(project: &str, until: Option<Timestamp>) -> String {
    let next = match until {
        Some(until) => format!("the next one of project {project} opens or closes at {until}"),
        None => format!("and no window of project {project} opens or closes again: change them"),
    };
    format!("Sync prevented by sync window: a sync is due and waits; {next}")
}

/// What is said of live objects that cannot be read.
pub(crate) fn unreadable(first: &ObjectKey, others: usize, why: &str) -> String {
    let others = if others == 0 { String::new() } else { format!(" and {others} more") };
    format!("the live state of {first}{others} cannot be read: {why}; it is left alone until then")
}

/// The first words of why an object that another application has is not applied.
const BELONGS: &str = "the object belongs to";
/// The first words where it is not known whether another application has it.
const CARRIES: &str = "the object carries the mark of";

/// Whether an object was not applied because of another application, by what was said of it.
pub(crate) fn is_of_another(said: &str) -> bool {
    said.contains(BELONGS) || said.contains(CARRIES)
}

/// Why an object is not applied. Runs name the object, tasks speak for themselves.
pub(crate) fn refused(key: &ObjectKey, refusal: &Refusal, order: Order) -> String {
    let why = match refusal {
        Refusal::NotPermitted(text)
        | Refusal::UnknownKind(text)
        | Refusal::OtherVersion(text)
        | Refusal::KindUnknowable(text)
        | Refusal::Invalid(text) => text.clone(),
        Refusal::OwnedBy(owner) => {
            format!("{BELONGS} {owner}, which still has it; remove it from one of the two")
        }
        Refusal::OwnerUnknown(owner) => {
            format!(
                "{BELONGS} {owner}, and what that one renders is not known yet; look at its conditions"
            )
        }
        Refusal::OwnerUnseen(owner, why) => format!(
            "{CARRIES} {owner}, which may be an application of another namespace; nobody can tell: {why}; permit that, or give each installation a name (--installation-id)"
        ),
    };
    match order {
        Order::Waves => why,
        Order::Stages => format!("{key}: {why}"),
    }
}

/// The message of an operation whose tasks are not valid.
pub(crate) fn invalid(reasons: &[String]) -> String {
    format!("{INVALID_TASKS}: {}", reasons.join("; "))
}

/// The message of an operation that will be tried again.
pub(crate) fn retrying(message: &str, attempt: u32, at: Timestamp) -> String {
    format!("{message}. Retrying attempt #{attempt} at {}.", at.strftime("%-I:%M%p"))
}

/// The message of an attempt that begins.
pub(crate) fn begins(retries: u32, retry: Option<Retry>) -> String {
    match (retries, retry.is_some_and(|retry| retry.refresh)) {
        (0, _) => RUNNING.to_owned(),
        (attempt, false) => format!("Retrying operation. Attempt #{attempt}"),
        (attempt, true) => {
            format!("Retrying operation with latest revisions. Attempt #{attempt}")
        }
    }
}

/// The message of an operation that was tried again in vain.
pub(crate) fn retried(message: &str, times: u32) -> String {
    if times == 0 { message.to_owned() } else { format!("{message} (retried {times} times).") }
}

/// Commits, as messages name them.
pub(crate) fn revisions(revisions: &[SourceRevision]) -> String {
    let commits: Vec<&str> = revisions.iter().map(|revision| revision.commit.as_str()).collect();
    commits.join(", ")
}

/// A file as people find it: of several sources, with the place of its own, counted from 1 as the
/// families' tools count.
pub(crate) fn file(file: &SourceFile, sources: usize) -> String {
    match sources {
        0 | 1 => file.path.clone(),
        _ => format!("{} of source {}", file.path, file.source + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimtab_model::GroupKind;

    #[test]
    fn objects_are_named_as_kubectl_names_them() {
        let web = ObjectKey::namespaced(&GroupKind::new("apps", "Deployment"), "shop", "web");
        assert_eq!(applied(&web, Change::Created), "deployment.apps/web created");
        let map = ObjectKey::namespaced(&GroupKind::new("", "ConfigMap"), "shop", "web");
        assert_eq!(applied(&map, Change::Unchanged), "configmap/web unchanged");
        let both = BTreeSet::from([map, web]);
        let text = waiting("healthy state of", &both);
        assert_eq!(text, "waiting for healthy state of /ConfigMap/web and 1 more resources");
    }

    #[test]
    fn who_gives_up_says_which_objects_change_too_fast() {
        let key =
            |name: &str| ObjectKey::namespaced(&GroupKind::new("", "ConfigMap"), "shop", name);
        let said = |names: &[&str]| too_fast(&names.iter().map(|name| (key(name), ())).collect());
        let next = "can be applied; look who else writes there";
        assert_eq!(said(&[]), format!("the objects change faster than they {next}"));
        assert_eq!(said(&["a"]), format!("{} changes faster than it {next}", key("a")));
        let both = format!("{} and 1 more change faster than they {next}", key("a"));
        assert_eq!(said(&["b", "a"]), both);
    }

    #[test]
    fn a_retry_that_begins_is_counted() {
        let pause = std::time::Duration::from_secs(5);
        let backoff = trimtab_model::Backoff { first: pause, factor: 2, longest: None };
        let retry = |refresh| Some(Retry { limit: Some(5), backoff, refresh });
        assert_eq!(begins(0, retry(true)), RUNNING);
        assert_eq!(begins(2, retry(false)), "Retrying operation. Attempt #2");
        let latest = "Retrying operation with latest revisions. Attempt #1";
        assert_eq!(begins(1, retry(true)), latest);
    }

    #[test]
    fn a_retry_says_the_real_time() {
        let at: Timestamp = "2026-01-01T15:04:05Z".parse().expect("a time");
        assert_eq!(retrying("m", 2, at), "m. Retrying attempt #2 at 3:04PM.");
    }
}
