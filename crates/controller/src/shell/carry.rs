//! One effect, one task, one event.

use super::World;
use crate::effect::{
    AnnounceTask, ApplyTask, DeleteTask, Effect, Entries, ShardChange, ShardTask, WriteTask,
};
use crate::event::{Carried, Event};
use crate::sources::{Ask, Seen, Trouble};
use futures::FutureExt as _;
use serde_json::Value;
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use trimtab_model::{AppId, Class, Commit, Digest, Document, ObjectKey, Remote, chain, limit};
use trimtab_plan::{Baseline, DryRun, Entry, LiveObject};
use trimtab_ports::clock::{fraction, sleep};
use trimtab_ports::cluster::{
    Apply, ApplyAnswer, Delete, EventPost, JsonPatch, MergePatch, Mode, PartOfWork, Target, Terms,
    WriteError,
};
use trimtab_ports::git::{Access, Ancestry, Error, Look, Refs, Want, WantedRefs};
use trimtab_ports::{store, tasks};
use trimtab_sync::{Change, Failure, Outcome};

/// How long a fetch waits for its turn before that is told.
const TURN_TOLD: Duration = Duration::from_secs(limit::GIT_TURN_TOLD_SECONDS);

/// The manager under which we write into resources of ours.
const MANAGER: &str = "trimtab";

/// Carries an effect out beside the loop; its answer comes as an event. What is given with it is held
/// until then.
pub(super) fn spawn<T: Send + 'static>(
    world: World,
    events: mpsc::Sender<Event>,
    (effect, held): (Effect, T),
) {
    let tasks = world.tasks.clone();
    let task = async move {
        let waits = Waits::of(&effect);
        let mut done = pin!(AssertUnwindSafe(carry_out(&world, effect)).catch_unwind());
        let done = tokio::select! {
            biased;
            done = &mut done => done,
            () = waits_for_its_turn(&world, &events, &waits) => done.await,
        };
        let told = done.map_or_else(|panic| waits.told(&said(&*panic)), |event| [event, None]);
        for event in told.into_iter().flatten() {
            // Nobody listens any more: the loop has ended.
            let _ = events.send(event).await;
        }
        drop(held);
    };
    tasks.spawn("effect", Box::pin(task));
}

/// Tells of a fetch that has waited long for its turn, once.
async fn waits_for_its_turn(world: &World, events: &mpsc::Sender<Event>, waits: &Waits) {
    let Waits::Files(remote, commit) = waits else { return std::future::pending().await };
    let (mut looks, looks_max) = (0, 3);
    while looks <= looks_max {
        sleep(&*world.clock, TURN_TOLD / looks_max).await;
        looks = if world.git.waits_for_its_turn(remote) { looks + 1 } else { 0 };
    }
    // Nobody listens any more: the loop has ended.
    let _ = events.send(Event::Waiting(remote.clone(), commit.clone())).await;
}

/// Who waits for the answer to an effect, and must hear of its end also when it panics.
enum Waits {
    /// One application, or the source resource of that name; the number says for which write.
    App(AppId, Option<u64>),
    /// Everybody, for what the cluster serves.
    Discovery,
    /// The readers of a remote.
    Refs(Remote),
    /// The readers of a commit.
    Files(Remote, Commit),
    /// The readers of a remote, for how two commits relate.
    Relation(Remote, Commit, Commit),
    /// The store: nothing more is kept while it is being told.
    Store,
    /// Nobody: what is lost is done again by itself.
    Nobody,
}

impl Waits {
    fn of(effect: &Effect) -> Self {
        match effect {
            Effect::Apply(task) | Effect::Migrate(task, _) | Effect::DryRun(task) => {
                Self::App(task.app.clone(), None)
            }
            Effect::Delete(task) => Self::App(task.app.clone(), None),
            Effect::Read(app, _) => Self::App(app.clone(), None),
            Effect::Write(task) => Self::App(task.app.clone(), Some(task.ticket)),
            Effect::Shard(task) => Self::App(task.app.clone(), None),
            Effect::Announce(task) => Self::App(task.app.clone(), None),
            Effect::Discover => Self::Discovery,
            Effect::Git(Ask::Look { remote, .. }) => Self::Refs(remote.clone()),
            Effect::Git(Ask::Fetch { remote, commit, .. }) => {
                Self::Files(remote.clone(), commit.clone())
            }
            Effect::Git(Ask::Relate { remote, commit, before, .. }) => {
                Self::Relation(remote.clone(), commit.clone(), before.clone())
            }
            Effect::Keep(_) => Self::Store,
            Effect::Create(_)
            | Effect::Watch(..)
            | Effect::Unwatch(_)
            | Effect::Follow(_)
            | Effect::Render(_) => Self::Nobody,
        }
    }

    /// What is told of a panic: that there is a bug, and the answer that is waited for.
    fn told(self, said: &str) -> [Option<Event>; 2] {
        let message = format!("a bug of ours ({said}); please report it");
        let trouble = || Trouble {
            class: Class::Bug,
            message: message.clone(),
            of_access: false,
            retry_after: None,
        };
        let (whose, answer) = match self {
            Self::App(app, ticket) => (Some((app, ticket)), None),
            Self::Discovery => {
                let failure = Failure { class: Class::Bug, message: message.clone() };
                (None, Some(Event::Discovered(Err(failure))))
            }
            Self::Refs(remote) => (None, Some(Event::Looked(remote, Err(trouble()), 0.5))),
            Self::Files(remote, commit) => {
                (None, Some(Event::Fetched(remote, commit, Err(trouble()))))
            }
            Self::Relation(remote, commit, before) => {
                (None, Some(Event::Related { remote, commit, before, answer: Err(trouble()) }))
            }
            Self::Store => (None, Some(Event::Kept(Err(store::Error::Interrupted)))),
            Self::Nobody => (None, None),
        };
        [Some(Event::Crashed(whose, said.to_owned())), answer]
    }
}

async fn carry_out(world: &World, effect: Effect) -> Option<Event> {
    Some(match effect {
        Effect::Discover => Event::Discovered(world.cluster.discover().await),
        Effect::Git(Ask::Look { remote, wanted, abbreviated, previous, renew_access, timeout }) => {
            let access = access(world, &remote, renew_access, timeout).await;
            let answer = match access {
                Ok(access) => look(world, &remote, &access, (&wanted, previous.as_ref())).await,
                Err(trouble) => Err(trouble),
            };
            let answer = match answer {
                Ok(refs) => {
                    Ok(Seen { refs, completed: complete(world, &remote, abbreviated).await })
                }
                Err(trouble) => Err(trouble),
            };
            Event::Looked(remote, answer, fraction(&*world.randomness))
        }
        Effect::Git(Ask::Fetch { remote, commit, known_tip, timeout }) => {
            let pair = (&commit, known_tip.as_ref());
            let answer = fetch(world, &remote, timeout, pair).await;
            Event::Fetched(remote, commit, answer)
        }
        Effect::Git(Ask::Relate { remote, commit, before, timeout }) => {
            let answer = fetch(world, &remote, timeout, (&commit, Some(&before))).await;
            Event::Related { remote, commit, before, answer }
        }
        Effect::Apply(task) => {
            let (app, life, key) = (task.app.clone(), task.life, task.key.clone());
            let (desired, body) = (task.desired, task.body.clone());
            let answer = world.cluster.apply(apply(world, task, false)).await;
            let (outcome, object) = outcome(answer, desired, &body);
            Event::Carried(Carried { app, life, key, outcome, object })
        }
        Effect::Migrate(task, entries) => migrate(world, task, entries).await,
        Effect::Delete(task) => {
            let (app, life, key) = (task.app.clone(), task.life, task.key.clone());
            let outcome = world.cluster.delete(delete(world, task)).await;
            Event::Carried(Carried { app, life, key, outcome, object: None })
        }
        Effect::DryRun(task) => dry_run(world, task).await,
        Effect::Read(app, target) => {
            let key = target.key.clone();
            Event::Read(app, key, world.cluster.get(target).await)
        }
        Effect::Write(task) => {
            let (app, ticket) = (task.app.clone(), task.ticket);
            let answer = world.cluster.merge_patch(merge_patch(world, task)).await;
            Event::Written(app, ticket, answer.map(Box::new))
        }
        Effect::Shard(task) => shard(world, task).await,
        Effect::Create(object) => {
            let (lane, part) = (Arc::from("create"), PartOfWork::GoesOn);
            let terms = Terms { lane, part, term: world.term.present() };
            let name = object["metadata"]["name"].clone();
            match world.cluster.create(object, MANAGER.into(), terms).await {
                // Another one may have created it meanwhile; the watch shows what is there.
                Ok(_) | Err(WriteError::Stale(_)) => {}
                Err(error) => tracing::warn!(%name, %error, "the project cannot be created"),
            }
            return None;
        }
        Effect::Keep(changes) => Event::Kept(world.store.save(changes).await),
        Effect::Announce(task) => {
            if let Err(error) = world.cluster.post_event(event_post(world, *task)).await {
                tracing::warn!(%error, "an event for people was not posted");
            }
            return None;
        }
        // The loop itself carries these out.
        Effect::Watch(..) | Effect::Unwatch(_) | Effect::Follow(_) | Effect::Render(_) => {
            return None;
        }
    })
}

/// What a panic said.
pub(crate) fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// How a remote is reached, for so long as its readers allow.
async fn access(
    world: &World,
    remote: &Remote,
    renew: bool,
    timeout: Option<Duration>,
) -> Result<Arc<Access>, Trouble> {
    let access = world.keys.access(remote, renew).await;
    let access = access.map_err(|error| Trouble::of_keys(&error))?;
    Ok(match timeout.filter(|timeout| *timeout != access.timeout) {
        Some(timeout) => Arc::new(Access { timeout, ..Access::clone(&access) }),
        None => access,
    })
}

async fn look(
    world: &World,
    remote: &Remote,
    access: &Access,
    (wanted, previous): (&WantedRefs, Option<&Arc<Refs>>),
) -> Result<Arc<Refs>, Trouble> {
    let look = Look { remote, access, wanted, previous };
    world.git.refs(look).await.map_err(|error| trouble(&error))
}

/// Completes beginnings of commits among what was fetched before; who cannot be, is not there.
async fn complete(
    world: &World,
    remote: &Remote,
    abbreviated: BTreeSet<Arc<str>>,
) -> BTreeMap<Arc<str>, Commit> {
    if abbreviated.is_empty() {
        return BTreeMap::new();
    }
    let (git, remote) = (world.git.clone(), remote.clone());
    let find = move || {
        let each = abbreviated.into_iter();
        each.filter_map(|name| git.complete(&remote, &name).map(|commit| (name, commit))).collect()
    };
    tasks::block(&*world.tasks, "complete commits", find).await.unwrap_or_default()
}

async fn fetch(
    world: &World,
    remote: &Remote,
    timeout: Option<Duration>,
    (commit, known_tip): (&Commit, Option<&Commit>),
) -> Result<Ancestry, Trouble> {
    let access = access(world, remote, false, timeout).await?;
    let want = Want { remote, access: &access, commit, known_tip };
    let fetched = world.git.fetch(want).await.map_err(|error| trouble(&error))?;
    Ok(fetched.ancestry)
}

fn trouble(error: &Error) -> Trouble {
    Trouble { message: chain(error), ..Trouble::of(error) }
}

fn apply(world: &World, task: ApplyTask, dry_run: bool) -> Apply {
    Apply {
        terms: world.terms_within(&task.app, &task.right),
        target: Target { key: task.key, version: task.version },
        body: task.body,
        manager: task.manager,
        mode: task.mode,
        dry_run,
    }
}

/// What an apply has left of ours in an object; nothing where our entry should be there and is not.
pub(crate) fn baseline(object: &LiveObject, desired: Digest, body: &Document) -> Option<Baseline> {
    let nothing = || Entry { fields: Digest::of(b""), values: Digest::of(b"") };
    Some(Baseline {
        uid: object.uid.clone(),
        desired,
        entry: object.entry.or_else(|| is_bare(&body.value()).then(nothing))?,
        resource_version: object.resource_version.clone(),
    })
}

/// Whether there is nothing but a name in a document, so that whoever applies it owns nothing.
fn is_bare(document: &Value) -> bool {
    let only = |value: &Value, names: &[&str]| {
        value.as_object().is_some_and(|fields| fields.keys().all(|k| names.contains(&k.as_str())))
    };
    only(document, &["apiVersion", "kind", "metadata"])
        && only(&document["metadata"], &["name", "namespace"])
}

fn outcome(
    answer: ApplyAnswer,
    desired: Digest,
    body: &Document,
) -> (Outcome, Option<Box<LiveObject>>) {
    match answer {
        ApplyAnswer::Applied { change, object } => match baseline(&object, desired, body) {
            Some(baseline) => (Outcome::Applied { change, baseline }, Some(object)),
            // An applied object without our entry: somebody took it away inside the request.
            None => (Outcome::Stale, Some(object)),
        },
        ApplyAnswer::Stale => (Outcome::Stale, None),
        ApplyAnswer::Failed(failure) => (Outcome::Failed(failure), None),
        ApplyAnswer::Uncertain(why) => {
            tracing::warn!(why, "no answer to an apply; looking before acting again");
            (Outcome::Uncertain, None)
        }
    }
}

/// The patch that makes our entry what it has to be, then the apply over exactly the state that it
/// left. Without anything to move it is the apply alone.
async fn migrate(world: &World, task: ApplyTask, entries: Entries) -> Event {
    let (app, life, key) = (task.app.clone(), task.life, task.key.clone());
    let (desired, body) = (task.desired, task.body.clone());
    let answer = match migrated(world, &task, &entries).await {
        Ok(mode) => {
            let mode = mode.unwrap_or_else(|| task.mode.clone());
            world.cluster.apply(apply(world, ApplyTask { mode, ..task }, false)).await
        }
        Err(answer) => answer,
    };
    let (outcome, object) = outcome(answer, desired, &body);
    Event::Carried(Carried { app, life, key, outcome, object })
}

/// Sends the patch; `None` if there is none to send. What is kept of objects has not all of their
/// managers, and a patch replaces them all: so the object is read whole, as the plan saw it.
async fn migrated(
    world: &World,
    task: &ApplyTask,
    entries: &Entries,
) -> Result<Option<Mode>, ApplyAnswer> {
    let Mode::Update { seen, exactly, .. } = &task.mode else { return Ok(None) };
    let target = Target { key: task.key.clone(), version: task.version.clone() };
    let live = match world.cluster.get(target.clone()).await {
        Ok(Some(live)) if live["metadata"]["resourceVersion"] == seen.as_str() => live,
        Ok(_) => return Err(ApplyAnswer::Stale),
        Err(failure) => return Err(ApplyAnswer::Failed(failure)),
    };
    let manager = &task.manager;
    let restored = |own| trimtab_merge::restoration(&live, manager, own);
    // Entries that cannot be read are left as they are: the apply itself does not need them.
    let moved = || trimtab_merge::migration(&live, manager, &entries.predecessors).ok().flatten();
    let operations = entries.own.as_ref().and_then(restored).or_else(moved);
    let Some(operations) = operations else { return Ok(None) };
    let patch = JsonPatch {
        target,
        subresource: None,
        operations,
        manager: manager.clone(),
        seen: Some(seen.clone()),
        terms: world.terms_within(&task.app, &task.right),
    };
    match world.cluster.migrate(patch).await {
        ApplyAnswer::Applied { object, .. } => Ok(Some(Mode::Update {
            uid: object.uid.clone(),
            seen: object.resource_version.clone(),
            entry: object.entry,
            exactly: *exactly,
        })),
        other => Err(other),
    }
}

async fn dry_run(world: &World, task: ApplyTask) -> Event {
    let (app, key, desired) = (task.app.clone(), task.key.clone(), task.desired);
    let against = match &task.mode {
        Mode::Update { seen, .. } => seen.clone(),
        Mode::Create => "".into(),
    };
    let answer = world.cluster.apply(apply(world, task, true)).await;
    let changes = match answer {
        ApplyAnswer::Applied { change, .. } => Ok(change != Change::Unchanged),
        ApplyAnswer::Failed(failure) if failure.class == Class::User => Err(failure.message),
        ApplyAnswer::Failed(failure) => return Event::DryRunFailed(app, key, failure),
        ApplyAnswer::Stale => {
            return Event::DryRunFailed(app, key, again("the object has changed"));
        }
        ApplyAnswer::Uncertain(why) => return Event::DryRunFailed(app, key, again(&why)),
    };
    Event::DryRan(app, key, DryRun { desired, against, changes })
}

fn again(message: &str) -> Failure {
    Failure { class: Class::Retry, message: message.to_owned() }
}

fn delete(world: &World, task: DeleteTask) -> Delete {
    Delete {
        terms: world.terms_within(&task.app, &task.right),
        target: Target { key: task.key, version: task.version },
        uid: task.uid,
        seen: task.seen,
        propagation: task.propagation,
    }
}

async fn shard(world: &World, task: ShardTask) -> Event {
    let (app, ticket) = (task.app, task.ticket);
    let terms = world.terms(&app);
    let answer = match task.change {
        ShardChange::Create(object) => {
            world.cluster.create(object, MANAGER.into(), terms).await.map(Some)
        }
        ShardChange::Replace { key, version, patch, uid, seen } => {
            let patch = MergePatch {
                target: Target { key, version },
                subresource: None,
                body: patch,
                manager: MANAGER.into(),
                uid: Some(uid),
                seen: Some(seen),
                terms,
            };
            world.cluster.merge_patch(patch).await.map(Some)
        }
        ShardChange::Delete { key, version, uid, seen } => {
            let propagation = trimtab_model::Propagation::Background;
            let target = Target { key, version };
            deleted(world.cluster.delete(Delete { terms, target, uid, seen, propagation }).await)
        }
    };
    Event::ShardWritten(app, ticket, answer.map(|object| object.map(Box::new)))
}

fn deleted(outcome: Outcome) -> Result<Option<Value>, WriteError> {
    match outcome {
        Outcome::Deleted | Outcome::Gone | Outcome::Applied { .. } => Ok(None),
        Outcome::Failed(failure) => Err(WriteError::Refused(failure)),
        Outcome::Stale => Err(WriteError::Stale("another state is there".to_owned())),
        Outcome::Uncertain => Err(WriteError::Uncertain("the delete was not answered".to_owned())),
    }
}

fn resource(app: &AppId) -> ObjectKey {
    ObjectKey::namespaced(&app.kind, app.namespace.as_str(), app.name.as_str())
}

fn merge_patch(world: &World, task: WriteTask) -> MergePatch {
    let part = if task.begins { PartOfWork::Begins } else { PartOfWork::GoesOn };
    MergePatch {
        terms: Terms { part, ..world.terms(&task.app) },
        target: Target { key: resource(&task.app), version: task.version },
        subresource: task.subresource,
        body: task.patch,
        manager: MANAGER.into(),
        uid: Some(task.uid),
        seen: task.seen,
    }
}

fn event_post(world: &World, task: AnnounceTask) -> EventPost {
    EventPost {
        terms: world.terms(&task.app),
        about: Target { key: resource(&task.app), version: task.version },
        uid: task.uid,
        seen: task.seen,
        warning: task.event.warning,
        reason: task.event.reason.into(),
        message: task.event.message,
        component: task.event.component.into(),
        annotations: task.event.annotations.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, Event, Waits};

    #[test]
    fn the_store_is_told_again_after_a_panic_while_it_was() {
        let [bug, answer] = Waits::of(&Effect::Keep(Vec::new())).told("a planted panic");
        assert!(matches!(bug, Some(Event::Crashed(None, _))));
        assert!(matches!(answer, Some(Event::Kept(Err(_)))), "nothing would be kept any more");
    }
}
