//! A remote over HTTP: its looks, its fetches, its store.

mod download;
mod fetching;
mod tips;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{Either, select};
use tokio::sync::{OwnedMutexGuard, watch};
use trimtab_model::{Commit, Remote};
use trimtab_ports::clock::Monotonic;
use trimtab_ports::git::{Access, Ancestry, Error, Fetched, Id, Look, Refs, Want, WantedRefs};
use url::Url;

use crate::blocking::{self, in_time};
use crate::edge::World;
use crate::http::Http;
use crate::objects::{Objects, Unreadable};
use crate::session::Session;
use crate::store::Store;
use crate::tree::{Tree, unreadable};
use fetching::Fetching;
use tips::Tips;

/// A remote over HTTP.
pub(crate) struct HttpRemote {
    remote: Remote,
    url: Url,
    home: PathBuf,
    session: Mutex<Option<Arc<Session>>>,
    /// Callers that have asked for a look so far.
    asked: AtomicU64,
    looking: tokio::sync::Mutex<Option<LastLook>>,
    /// Held while the store changes. Readers do not need it.
    store: Arc<tokio::sync::Mutex<Option<Store>>>,
    objects: Mutex<Option<Arc<Objects>>>,
    tips: Mutex<Tips>,
    not_healed: Mutex<Option<NotHealed>>,
    /// Whether nobody reads it any more.
    gone: watch::Sender<bool>,
}

/// A commit that could not be fetched again.
struct NotHealed {
    commit: Id,
    since: Monotonic,
    error: Error,
}

/// How long a failure to fetch a commit again is told to all who want it.
const NOT_HEALED_TIME: Duration = Duration::from_secs(10);

impl NotHealed {
    fn concerns(&self, commit: Id, now: Monotonic) -> bool {
        self.commit == commit && now.since(self.since) < NOT_HEALED_TIME
    }
}

/// What the last look saw.
struct LastLook {
    /// How many callers had asked when it began: it serves all of them.
    serves: u64,
    session: Arc<Session>,
    wanted: WantedRefs,
    found: Result<Arc<Refs>, Error>,
}

impl HttpRemote {
    /// Nothing is read and nobody asked yet.
    pub(crate) fn new(remote: &Remote, url: Url, home: PathBuf) -> Self {
        Self {
            remote: remote.clone(),
            url,
            home,
            session: Mutex::default(),
            asked: AtomicU64::new(0),
            looking: tokio::sync::Mutex::default(),
            store: Arc::default(),
            objects: Mutex::default(),
            tips: Mutex::default(),
            not_healed: Mutex::default(),
            gone: watch::Sender::new(false),
        }
    }

    /// Looks at the refs, or shares a look that began after this caller asked.
    pub(crate) async fn refs(
        &self,
        world: &Arc<World>,
        look: Look<'_>,
    ) -> Result<Arc<Refs>, Error> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut last = self.looking.lock().await;
        let session = self.session(world, look.access).await?;
        if let Some(done) = &*last
            && done.serves >= turn
            && Arc::ptr_eq(&done.session, &session)
            && done.wanted == *look.wanted
        {
            return done.found.clone();
        }
        let serves = self.asked.load(Ordering::SeqCst);
        let found = self.look(world, &session, look, last.as_ref()).await;
        let is_quiet = match (&found, last.as_ref().map(|last| &last.found)) {
            (Ok(now), Some(Ok(before))) => Arc::ptr_eq(now, before),
            _ => false,
        };
        *last = Some(LastLook {
            serves,
            session: Arc::clone(&session),
            wanted: look.wanted.clone(),
            found: found.clone(),
        });
        drop(last);
        if is_quiet {
            self.tidy(world, &session).await;
        }
        found
    }

    async fn look(
        &self,
        world: &Arc<World>,
        session: &Session,
        look: Look<'_>,
        last: Option<&LastLook>,
    ) -> Result<Arc<Refs>, Error> {
        let asking = session.refs(world, &look);
        let found = in_time(&world.clock, &self.remote, look.access.timeout, asking).await?;
        let last = last.and_then(|last| last.found.as_ref().ok());
        let known = [look.previous, last].into_iter().flatten().find(|known| ***known == found);
        Ok(known.map_or_else(|| Arc::new(found), Arc::clone))
    }

    /// Makes a commit readable.
    pub(crate) async fn fetch(&self, world: &Arc<World>, want: Want<'_>) -> Result<Fetched, Error> {
        let commit = self.id(want.commit)?;
        let tip = want.known_tip.map(|tip| self.id(tip)).transpose()?;
        let fetched = async {
            let mut fetching = self.begin(world, want.access).await?;
            fetching.run(commit, tip).await
        };
        let ancestry = self.unless_gone(fetched).await?;
        // What is not the old history's end may still be wanted by those who follow it.
        let replaces = tip.filter(|_| ancestry == Ancestry::Descendant);
        self.tips().advance(replaces, commit);
        Ok(Fetched { ancestry })
    }

    /// A commit's files. What was fetched once and is no longer there, because the store was replaced
    /// or damaged, is fetched again with the access that was used last.
    pub(crate) async fn tree(&self, world: &Arc<World>, commit: &Commit) -> Result<Tree, Error> {
        let id = self.id(commit)?;
        match (self.readable_tree(world, id).await, self.known_session()) {
            (Err(Error::NotFetched { .. } | Error::Corrupt { .. }), Some(session)) => {
                self.unless_gone(self.heal(world, session, id)).await?;
                self.readable_tree(world, id).await
            }
            (found, _) => found,
        }
    }

    async fn readable_tree(&self, world: &Arc<World>, commit: Id) -> Result<Tree, Error> {
        let objects = self.readable(world).await?;
        let reading = Arc::clone(&objects);
        let read = blocking::run(&world.tasks, &self.remote, move || {
            let facts = reading.commit(&commit)?;
            if reading.contains(&facts.tree) { Ok(facts) } else { Err(Unreadable::Missing(commit)) }
        });
        match read.await? {
            Ok(facts) => {
                self.tips().advance(None, commit);
                Ok(Tree::new(&self.remote, objects, Arc::clone(&world.cache), facts.tree))
            }
            Err(Unreadable::Missing(_)) => {
                let revision = commit.to_string().into();
                Err(Error::NotFetched { remote: self.remote.clone(), revision })
            }
            Err(cause) => Err(unreadable(&self.remote, cause, "a commit")),
        }
    }

    /// Fetches a commit again. Many readers may want that at once: one asks the server, and if it
    /// fails, the others are told the same for a while.
    async fn heal(
        &self,
        world: &Arc<World>,
        session: Arc<Session>,
        commit: Id,
    ) -> Result<(), Error> {
        let guard = self.open(world).await?;
        let now = world.clock.monotonic();
        if let Some(failed) =
            self.not_healed().as_ref().filter(|failed| failed.concerns(commit, now))
        {
            return Err(failed.error.clone());
        }
        let healed = Fetching::new(self, world, session, guard).run(commit, None).await;
        *self.not_healed() = healed.as_ref().err().map(|error| NotHealed {
            commit,
            since: now,
            error: error.clone(),
        });
        healed.map(drop)
    }

    /// The one fetched commit that begins so. Reads the disk for a moment.
    pub(crate) fn complete(&self, abbreviated: &str) -> Option<Commit> {
        if self.objects().is_none()
            && let Ok(mut store) = self.store.try_lock()
        {
            self.ensure_open(&mut store).ok()?;
        }
        self.objects()?.complete(abbreviated).map(Id::commit)
    }

    /// Does work for the readers of the remote until there are none. What it does elsewhere ends soon
    /// after.
    async fn unless_gone<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut gone = self.gone.subscribe();
        let (work, gone) = (pin!(work), pin!(gone.wait_for(|gone| *gone)));
        match select(work, gone).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => Err(Error::Interrupted { remote: self.remote.clone() }),
        }
    }

    /// Nobody reads it any more: ends what is done for it.
    pub(crate) fn abandon(&self) {
        self.gone.send_replace(true);
    }

    /// Replaces an overgrown store while nobody waits for it. A failure is one of the next look's.
    async fn tidy(&self, world: &Arc<World>, session: &Arc<Session>) {
        let Ok(guard) = Arc::clone(&self.store).try_lock_owned() else { return };
        if !guard.as_ref().is_some_and(Store::is_overgrown) {
            return;
        }
        let mut fetching = Fetching::new(self, world, Arc::clone(session), guard);
        if let Err(error) = self.unless_gone(fetching.tidy()).await {
            tracing::debug!(remote = %self.remote, %error, "the store could not be fetched afresh");
        }
    }

    async fn begin<'a>(
        &'a self,
        world: &'a Arc<World>,
        access: &Access,
    ) -> Result<Fetching<'a>, Error> {
        let session = self.session(world, access).await?;
        let guard = self.open(world).await?;
        Ok(Fetching::new(self, world, session, guard))
    }

    /// The objects of the store, opened if need be.
    async fn readable(&self, world: &Arc<World>) -> Result<Arc<Objects>, Error> {
        if let Some(objects) = self.objects().filter(|objects| !objects.is_damaged()) {
            return Ok(objects);
        }
        drop(self.open(world).await?);
        self.objects().ok_or_else(|| Error::Interrupted { remote: self.remote.clone() })
    }

    /// Takes hold of the store and opens it. One that is damaged is begun anew.
    async fn open(&self, world: &Arc<World>) -> Result<OwnedMutexGuard<Option<Store>>, Error> {
        let mut guard = Arc::clone(&self.store).lock_owned().await;
        if let Some(store) = &*guard
            && !store.objects.is_damaged()
        {
            return Ok(guard);
        }
        let home = self.home.clone();
        let opened = blocking::run(&world.tasks, &self.remote, move || {
            let opened = match guard.take() {
                Some(damaged) => damaged.begin_next().and_then(|next| next.adopt(&damaged)),
                None => Store::open(&home),
            };
            opened.map(|store| {
                *guard = Some(store);
                guard
            })
        });
        let guard = opened.await?.map_err(|error| self.disk(error))?;
        self.publish(guard.as_ref());
        Ok(guard)
    }

    fn ensure_open(&self, store: &mut Option<Store>) -> std::io::Result<()> {
        if store.is_none() {
            *store = Some(Store::open(&self.home)?);
            self.publish(store.as_ref());
        }
        Ok(())
    }

    /// Shows a store's objects to readers.
    fn publish(&self, store: Option<&Store>) {
        let Some(store) = store else { return };
        self.tips().restore(store.tips());
        let objects = Arc::clone(&store.objects);
        *self.objects.lock().unwrap_or_else(PoisonError::into_inner) = Some(objects);
    }

    /// Shows readers nothing until the store is opened again.
    fn withdraw(&self) {
        *self.objects.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn session(&self, world: &Arc<World>, access: &Access) -> Result<Arc<Session>, Error> {
        if let Some(session) =
            self.known_session().filter(|session| session.http.access() == access)
        {
            return Ok(session);
        }
        let (remote, access, url) = (self.remote.clone(), access.clone(), self.url.clone());
        let link_local = world.config.link_local;
        let make = move || Http::new(&remote, &access, link_local);
        let built = blocking::run(&world.tasks, &self.remote, make);
        let session = Arc::new(Session::new(built.await??, url));
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&session));
        Ok(session)
    }

    fn known_session(&self) -> Option<Arc<Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn not_healed(&self) -> std::sync::MutexGuard<'_, Option<NotHealed>> {
        self.not_healed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn objects(&self) -> Option<Arc<Objects>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tips(&self) -> std::sync::MutexGuard<'_, Tips> {
        self.tips.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self, commit: &Commit) -> Result<Id, Error> {
        Id::of(commit).ok_or_else(|| Error::NoSuchRevision {
            remote: self.remote.clone(),
            revision: commit.as_str().into(),
        })
    }

    fn disk(&self, error: std::io::Error) -> Error {
        Error::Cache { remote: self.remote.clone(), source: Arc::new(error) }
    }
}
