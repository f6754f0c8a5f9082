//! The loop: events in, effects out. It decides nothing.

mod carry;
mod forgetting;
mod renders;

#[cfg(test)]
pub(crate) use carry::baseline;
pub(crate) use carry::said;

use crate::effect::Effect;
use crate::engine::Engine;
use crate::event::{Event, WatchId};
use futures::StreamExt;
use futures::future::{AbortHandle, BoxFuture, abortable};
use renders::Renders;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use trimtab_fluxcd::SecretProblem;
use trimtab_model::{AppId, Class, Remote, limit};
use trimtab_ports::clock::{Clock, Monotonic, Randomness, sleep};
use trimtab_ports::cluster::{Cluster, PartOfWork, Right, Term, Terms, WatchRequest};
use trimtab_ports::git::{Access, Git};
use trimtab_ports::store::Store;
use trimtab_ports::tasks::{self, Tasks};
use trimtab_sync::Failure;

/// Tells how a remote is reached; reads the Secret that its credential names.
pub trait Keys: Send + Sync {
    /// The access of a remote. With `renew`, what was read before does not count.
    fn access<'a>(
        &'a self,
        remote: &'a Remote,
        renew: bool,
    ) -> BoxFuture<'a, Result<Arc<Access>, NoAccess>>;

    /// Only these remotes are read from now on: what is known of others is forgotten.
    fn retain(&self, remotes: &BTreeSet<Remote>);
}

/// Why nobody can tell how a remote is reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAccess {
    /// The cluster did not give the Secret.
    #[error("the Secret {name} cannot be read: {}", .failure.message)]
    Unread {
        /// The Secret, `namespace/name`.
        name: Arc<str>,
        /// What the cluster said.
        failure: Failure,
    },
    /// The Secret says no way.
    #[error(transparent)]
    Unusable(#[from] SecretProblem),
}

impl NoAccess {
    /// What happens next.
    pub fn class(&self) -> Class {
        match self {
            Self::Unread { failure, .. } => failure.class,
            Self::Unusable(_) => Class::User,
        }
    }
}

/// Everything outside of the process that the loop may touch.
#[derive(Clone)]
pub struct World {
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub randomness: Arc<dyn Randomness>,
    /// The scope of everything that goes on beside the loop.
    pub tasks: Arc<dyn Tasks>,
    /// The cluster.
    pub cluster: Arc<dyn Cluster>,
    /// Git.
    pub git: Arc<dyn Git>,
    /// How remotes are reached.
    pub keys: Arc<dyn Keys>,
    /// The term that writes are decided in: the one whose win the loop has heard of last.
    pub term: Term,
    /// What the last process left, and where something is left for the next.
    pub store: Arc<dyn Store>,
}

impl World {
    fn terms(&self, app: &AppId) -> Terms {
        let (lane, part) = (app.to_string().into(), PartOfWork::GoesOn);
        Terms { lane, part, term: self.term.present() }
    }

    /// The terms of a write that ends with the life that it was decided in.
    fn terms_within(&self, app: &AppId, right: &Right) -> Terms {
        let terms = self.terms(app);
        Terms { term: terms.term.within(right), ..terms }
    }
}

/// Where events come in. Senders wait while the queue is full, each at its own source.
pub type Inbox = mpsc::Receiver<Event>;

/// Makes the queue of events.
pub fn inbox() -> (mpsc::Sender<Event>, Inbox) {
    let events_max = usize::try_from(limit::EVENT_QUEUE_EVENTS_MAX).unwrap_or(usize::MAX);
    mpsc::channel(events_max)
}

/// How many events are taken in before effects are carried out, so that a flood cannot starve them.
const EVENTS_PER_TURN_MAX: usize = 512;

/// How soon a repository on disk that could not be followed is tried again.
const FOLLOW_AGAIN: Duration = Duration::from_secs(10);

struct Loop {
    world: World,
    events: mpsc::Sender<Event>,
    watches: BTreeMap<WatchId, AbortHandle>,
    files: BTreeMap<Remote, AbortHandle>,
    /// The remotes that are read, for whoever forgets the others.
    wanted: watch::Sender<BTreeSet<Remote>>,
    renders: Renders,
    writes: UnderWay,
}

/// Counts tasks that must not be left half-done: each holds a sender, and nobody sends anything.
struct UnderWay {
    one: mpsc::Sender<Infallible>,
    all: mpsc::Receiver<Infallible>,
}

/// Runs the engine until `stopped` turns true. Then nothing more begins, the writes that were begun come
/// to their end, and what they brought is kept for the next process. Returns the engine.
pub async fn run(
    mut engine: Engine,
    world: World,
    (events, mut inbox): (mpsc::Sender<Event>, Inbox),
    mut stopped: watch::Receiver<bool>,
) -> Engine {
    engine.recall(world.store.load().await);
    let mut this = Loop::new(world, events);
    loop {
        for effect in engine.settle(this.world.clock.now()) {
            this.carry_out(effect);
        }
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            event = inbox.recv() => {
                let Some(event) = event else { break };
                this.hear(&mut engine, event);
                for _ in 1..EVENTS_PER_TURN_MAX {
                    let Ok(event) = inbox.try_recv() else { break };
                    this.hear(&mut engine, event);
                }
            }
            () = this.timer(&engine) => engine.handle(Event::Tick, this.world.clock.now()),
        }
    }
    this.end(engine, inbox).await
}

impl Loop {
    fn new(world: World, events: mpsc::Sender<Event>) -> Self {
        let (one, all) = mpsc::channel(1);
        let writes = UnderWay { one, all };
        let (wanted, told) = watch::channel(BTreeSet::new());
        let forget = forgetting::forget(world.git.clone(), world.clock.clone(), told);
        world.tasks.spawn("forget remotes", Box::pin(forget));
        let (watches, files) = (BTreeMap::new(), BTreeMap::new());
        let renders = Renders::new(&world, events.clone());
        Self { world, events, watches, files, wanted, renders, writes }
    }

    fn hear(&mut self, engine: &mut Engine, event: Event) {
        if let Event::Leading(Some(term)) = &event {
            self.world.term = term.clone();
        }
        engine.handle(event, self.world.clock.now());
    }

    /// Waits for the answers of writes that were begun. Whoever calls bounds the time.
    async fn end(self, mut engine: Engine, mut inbox: Inbox) -> Engine {
        for handle in self.watches.values().chain(self.files.values()) {
            handle.abort();
        }
        let UnderWay { one, mut all } = self.writes;
        drop(one);
        loop {
            tokio::select! {
                biased;
                event = inbox.recv() => {
                    let Some(event) = event else { break };
                    engine.handle(event, self.world.clock.now());
                }
                _ = all.recv() => break,
            }
        }
        while let Ok(event) = inbox.try_recv() {
            engine.handle(event, self.world.clock.now());
        }
        let unsaved = engine.unsaved();
        if !unsaved.is_empty()
            && let Err(error) = self.world.store.save(unsaved).await
        {
            tracing::warn!(%error, "the next start will cost more questions");
        }
        engine
    }

    fn timer(&self, engine: &Engine) -> BoxFuture<'static, ()> {
        let clock = &self.world.clock;
        match engine.next_wake() {
            None => clock.sleep_until(Monotonic::NEVER),
            Some(time) => {
                let wait = time.duration_since(clock.now());
                sleep(&**clock, wait.try_into().unwrap_or_default())
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Watch(id, request) => self.watch(id, request),
            Effect::Unwatch(id) => {
                if let Some(handle) = self.watches.remove(&id) {
                    handle.abort();
                }
            }
            Effect::Follow(remotes) => self.follow(&remotes),
            Effect::Render(tasks) => {
                self.renders.ask(tasks);
            }
            effect => {
                let held = effect.is_write().then(|| self.writes.one.clone());
                carry::spawn(self.world.clone(), self.events.clone(), (effect, held));
            }
        }
    }

    fn watch(&mut self, id: WatchId, request: WatchRequest) {
        let mut stream = self.world.cluster.watch(request);
        let events = self.events.clone();
        let (task, handle) = abortable(async move {
            while let Some(event) = stream.next().await {
                if events.send(Event::Watched(id, event)).await.is_err() {
                    return;
                }
            }
        });
        self.watches.insert(id, handle);
        // An aborted watch has nothing more to say.
        self.world.tasks.spawn("watch", Box::pin(async move { _ = task.await }));
    }

    /// Follows repositories on disk by file events, and has remotes forgotten that nobody reads.
    fn follow(&mut self, remotes: &[Remote]) {
        self.files.retain(|remote, handle| {
            let wanted = remotes.contains(remote);
            if !wanted {
                handle.abort();
            }
            wanted
        });
        for remote in remotes {
            let on_disk = remote.url.starts_with("file://") || remote.url.starts_with('/');
            if on_disk && !self.files.contains_key(remote) {
                self.follow_file(remote);
            }
        }
        let wanted: BTreeSet<Remote> = remotes.iter().cloned().collect();
        self.world.keys.retain(&wanted);
        self.wanted.send_replace(wanted);
    }

    fn follow_file(&mut self, remote: &Remote) {
        let (task, handle) =
            abortable(follow_file(self.world.clone(), self.events.clone(), remote.clone()));
        self.files.insert(remote.clone(), handle);
        self.world.tasks.spawn("follow files", Box::pin(async move { _ = task.await }));
    }
}

/// Tells of each change of a repository on disk. One that is not there yet, or no longer the same
/// directory, is tried again.
async fn follow_file(world: World, events: mpsc::Sender<Event>, remote: Remote) {
    let mut told = false;
    loop {
        let (git, name) = (world.git.clone(), remote.clone());
        let begun =
            tasks::block(&*world.tasks, "follow files", move || git.watch_file(&name)).await;
        match begun {
            // The scope has ended.
            Err(_) => return,
            Ok(Err(error)) if !told => {
                tracing::info!(repository = %remote, %error, seconds = FOLLOW_AGAIN.as_secs(), "not followed; tried again");
                told = true;
            }
            Ok(Err(_)) => {}
            Ok(Ok(stirs)) => {
                told = false;
                // It may have changed between the last look and now.
                let mut stirs = futures::stream::once(std::future::ready(())).chain(stirs);
                while let Some(()) = stirs.next().await {
                    if events.send(Event::Stirred(remote.clone())).await.is_err() {
                        return;
                    }
                }
            }
        }
        sleep(&*world.clock, FOLLOW_AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::NoAccess;
    use crate::sources::Trouble;
    use trimtab_fluxcd::SecretProblem;
    use trimtab_model::Class;
    use trimtab_sync::Failure;

    #[test]
    fn a_cluster_that_does_not_answer_is_no_credential_that_is_refused() {
        let unread = |class| {
            let failure = Failure { class, message: "no answer".to_owned() };
            NoAccess::Unread { name: "argocd/key".into(), failure }
        };
        let absent = NoAccess::Unusable(SecretProblem::Absent { name: "argocd/key".into() });
        let told = |error: &NoAccess| {
            let trouble = Trouble::of_keys(error);
            (trouble.class, trouble.of_access)
        };
        assert_eq!(told(&unread(Class::Retry)), (Class::Retry, false));
        assert_eq!(told(&unread(Class::User)), (Class::User, true), "access is denied");
        assert_eq!(told(&absent), (Class::User, true));
        let said = Trouble::of_keys(&unread(Class::Retry)).message;
        assert_eq!(said, "the Secret argocd/key cannot be read: no answer");
    }
}
