//! One fetch: as few and as small requests as tell where a commit comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use trimtab_model::limit;
use trimtab_ports::git::{Ancestry, Cost, Error, Id};

use super::HttpRemote;
use super::download::{Download, download};
use crate::ancestry::{Verdict, verdict};
use crate::blocking::{self, in_time};
use crate::edge::World;
use crate::objects::{Objects, Unreadable};
use crate::protocol::{Depth, Request};
use crate::session::Session;
use crate::store::{Bounds, InstallError, Store};
use crate::tree::unreadable;

/// One fetch, which holds the store.
pub(super) struct Fetching<'a> {
    of: &'a HttpRemote,
    world: &'a Arc<World>,
    session: Arc<Session>,
    /// Away only while blocking work has it.
    guard: Option<OwnedMutexGuard<Option<Store>>>,
}

/// Which of our commits the server is told of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Offer {
    /// All, so that only what is new comes.
    Tips,
    /// None: what comes must stand alone.
    Nothing,
}

impl<'a> Fetching<'a> {
    pub(super) fn new(
        of: &'a HttpRemote,
        world: &'a Arc<World>,
        session: Arc<Session>,
        guard: OwnedMutexGuard<Option<Store>>,
    ) -> Self {
        Self { of, world, session, guard: Some(guard) }
    }

    /// Makes a commit readable and says how it relates to the one before.
    pub(super) async fn run(&mut self, commit: Id, tip: Option<Id>) -> Result<Ancestry, Error> {
        let outcome = self.carry_out(commit, tip).await;
        let outcome = self.judged(outcome);
        if let Err(Error::Cache { .. }) = outcome {
            // Whatever became of the files: the next fetch opens what is there then.
            self.guard.iter_mut().for_each(|store| **store = None);
            self.of.withdraw();
        }
        outcome
    }

    /// Remembers a remote whose packs cost too much, and forgives one whose pack does not.
    fn judged<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        let turns = &self.world.turns;
        outcome.inspect(|_| turns.forgive(&self.of.remote)).map_err(|error| match error {
            Error::Costly { remote, cost, .. } => {
                let pause = turns.was_costly(&remote);
                Error::Costly { remote, cost, pause }
            }
            error => error,
        })
    }

    async fn carry_out(&mut self, commit: Id, tip: Option<Id>) -> Result<Ancestry, Error> {
        if self.store()?.is_crowded() {
            self.replace().await?;
        }
        let ancestry = match tip {
            None => Ancestry::First,
            Some(tip) if tip == commit => Ancestry::Descendant,
            Some(tip) => self.relate(commit, tip).await?,
        };
        self.ensure(commit).await?;
        Ok(ancestry)
    }

    /// Learns whether the tip is among a commit's ancestors. A fetch that offers the tip and asks for
    /// what is not older tells that in one request; it asks for no whole history, which a server would
    /// send down to the root where a branch began before our oldest commit. Only where that does not
    /// tell, a longer history is asked for.
    async fn relate(&mut self, commit: Id, tip: Id) -> Result<Ancestry, Error> {
        if !self.has(tip).await? {
            tolerate(history(self.get(tip, Depth::Commits(1), Offer::Tips).await))?;
        }
        if !self.has(commit).await?
            && let Some(time) = self.time(tip).await?
        {
            let since = self.get(commit, Depth::Since(time), Offer::Tips).await;
            tolerate_all_but_missing(history(since))?;
        }
        let mut found = self.verdict(commit, tip).await?;
        if found == Verdict::Open {
            let depth = Depth::Commits(limit::GIT_DEEPEN_COMMITS_MAX);
            tolerate_all_but_missing(history(self.get(commit, depth, Offer::Tips).await))?;
            found = self.verdict(commit, tip).await?;
        }
        Ok(match found {
            Verdict::Descendant => Ancestry::Descendant,
            Verdict::Rewritten => Ancestry::Rewritten,
            Verdict::Open => Ancestry::Unknown,
        })
    }

    /// Makes a commit readable, without its history if it is not there yet.
    async fn ensure(&mut self, commit: Id) -> Result<(), Error> {
        if self.has(commit).await? {
            return Ok(());
        }
        tolerate_all_but_missing(self.get(commit, Depth::Commits(1), Offer::Tips).await)?;
        if !self.has(commit).await? {
            self.get(commit, Depth::Commits(1), Offer::Nothing).await?;
        }
        if self.has(commit).await? {
            return Ok(());
        }
        let reason = format!("it sends a pack without commit {commit}, which was asked for");
        Err(Error::Protocol { remote: self.of.remote.clone(), reason })
    }

    /// As [`Fetching::replace`], while nobody waits.
    pub(super) async fn tidy(&mut self) -> Result<(), Error> {
        let outcome = self.replace().await;
        self.judged(outcome)
    }

    /// Fetches what is in use into a store of its own, and takes that for this one.
    async fn replace(&mut self) -> Result<(), Error> {
        let wants = self.of.tips().all();
        if wants.is_empty() {
            return Ok(());
        }
        let next =
            self.with(|store| store.begin_next()).await?.map_err(|error| self.of.disk(error))?;
        let newest = wants[wants.len() - 1];
        let next = match self.fill(next, wants).await {
            // The server no longer has one of them: what is wanted again is fetched again.
            Err(Error::NoSuchRevision { .. }) => {
                let next = self.with(|store| store.begin_next()).await?;
                self.fill(next.map_err(|error| self.of.disk(error))?, vec![newest]).await?
            }
            filled => filled?,
        };
        let adopted = self.with(|store| next.adopt(store).map(|next| *store = next)).await?;
        adopted.map_err(|error| self.of.disk(error))?;
        self.of.publish(Some(self.store()?));
        Ok(())
    }

    async fn fill(&self, mut next: Store, wants: Vec<Id>) -> Result<Store, Error> {
        let tips = wants.clone();
        let depth = Depth::Commits(1);
        let request = Request { wants, haves: Vec::new(), shallow: Vec::new(), depth };
        let Download { spool, update } =
            download(self.world, &self.session, &request, &next.incoming()).await?;
        let filled = self.bounded(move |bounds| {
            next.install(spool, &update, tips, bounds)?;
            Ok(next)
        });
        filled.await?.map_err(|error| self.not_installed(error))
    }

    /// Asks for one commit and takes in what comes.
    async fn get(&mut self, commit: Id, depth: Depth, offer: Offer) -> Result<(), Error> {
        let request = self.request(commit, depth, offer).await?;
        let incoming = self.store()?.incoming();
        let Download { spool, update } =
            download(self.world, &self.session, &request, &incoming).await?;
        let mut tips = self.of.tips().all();
        tips.push(commit);
        let mut guard = self.guard.take().ok_or_else(|| self.interrupted())?;
        let (guard, installed) = self
            .bounded(move |bounds| {
                let installed = match guard.as_mut() {
                    Some(store) => store.install(spool, &update, tips, bounds),
                    None => Err(InstallError::Interrupted),
                };
                (guard, installed)
            })
            .await?;
        self.guard = Some(guard);
        installed.map_err(|error| self.not_installed(error))
    }

    async fn request(&mut self, commit: Id, depth: Depth, offer: Offer) -> Result<Request, Error> {
        let tips = self.of.tips().all();
        let (haves, shallow) = match offer {
            Offer::Nothing => (Vec::new(), Vec::new()),
            Offer::Tips => {
                self.with(move |store| {
                    let mut tips = tips;
                    tips.extend(store.tips());
                    tips.sort_unstable();
                    tips.dedup();
                    tips.retain(|tip| store.objects.contains(tip));
                    (tips, store.shallow())
                })
                .await?
            }
        };
        Ok(Request { wants: vec![commit], haves, shallow, depth })
    }

    /// Whether a commit is there, with its tree.
    async fn has(&mut self, commit: Id) -> Result<bool, Error> {
        self.read(move |objects| match objects.commit(&commit) {
            Ok(facts) => Ok(objects.contains(&facts.tree)),
            Err(Unreadable::Missing(_)) => Ok(false),
            Err(cause) => Err(cause),
        })
        .await
    }

    async fn time(&mut self, commit: Id) -> Result<Option<i64>, Error> {
        self.read(move |objects| match objects.commit(&commit) {
            Ok(facts) => Ok(Some(facts.time)),
            Err(Unreadable::Missing(_)) => Ok(None),
            Err(cause) => Err(cause),
        })
        .await
    }

    async fn verdict(&mut self, commit: Id, tip: Id) -> Result<Verdict, Error> {
        self.read(move |objects| verdict(objects, commit, tip)).await
    }

    async fn read<T: Send + 'static>(
        &mut self,
        read: impl FnOnce(&Objects) -> Result<T, Unreadable> + Send + 'static,
    ) -> Result<T, Error> {
        let found = self.with(move |store| read(&store.objects)).await?;
        found.map_err(|cause| unreadable(&self.of.remote, cause, "a commit"))
    }

    /// Does blocking work on the store.
    async fn with<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Store) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let mut guard = self.guard.take().ok_or_else(|| self.interrupted())?;
        let done = blocking::run(&self.world.tasks, &self.of.remote, move || {
            let done = guard.as_mut().map(work);
            (guard, done)
        });
        let (guard, done) = done.await?;
        self.guard = Some(guard);
        done.ok_or_else(|| self.interrupted())
    }

    /// Does blocking work that ends when its time is over or nobody waits for it any longer.
    async fn bounded<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Bounds<'_>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let interrupt = Arc::new(AtomicBool::new(false));
        let _at_the_end = Interrupt(Arc::clone(&interrupt));
        let config = &self.world.config;
        let (object_bytes_max, unpacked_bytes_max) =
            (config.object_bytes_max, config.unpacked_bytes_max);
        let (objects_max, chain_deltas_max) = (config.pack_objects_max, config.chain_deltas_max);
        let turn = self.world.turns.take(&self.of.remote).await;
        let turn = turn.ok_or_else(|| self.interrupted())?;
        let working = blocking::index(&self.world.tasks, &self.of.remote, move || {
            // Work that nobody waits for any longer has its memory until it ends.
            let _turn = turn;
            let interrupt = &*interrupt;
            work(&Bounds {
                object_bytes_max,
                unpacked_bytes_max,
                objects_max,
                chain_deltas_max,
                interrupt,
            })
        });
        let limit = config.index_time_max;
        match in_time(&self.world.clock, &self.of.remote, limit, working).await {
            Err(Error::Timeout { limit, .. }) => Err(self.costly(Cost::Time(limit))),
            done => done,
        }
    }

    /// How long the remote is not asked is known when the whole fetch has failed.
    fn costly(&self, cost: Cost) -> Error {
        Error::Costly { remote: self.of.remote.clone(), cost, pause: Duration::ZERO }
    }

    fn store(&self) -> Result<&Store, Error> {
        let store = self.guard.as_ref().and_then(|guard| guard.as_ref());
        store.ok_or_else(|| self.interrupted())
    }

    fn not_installed(&self, error: InstallError) -> Error {
        let remote = self.of.remote.clone();
        match error {
            InstallError::Disk(source) => Error::Cache { remote, source },
            InstallError::Interrupted => Error::Interrupted { remote },
            InstallError::TooLarge => {
                let limit = self.world.config.object_bytes_max;
                Error::TooLarge { remote, what: "a file", limit }
            }
            InstallError::TooMuch(limit) => self.costly(Cost::Bytes(limit)),
            InstallError::TooMany(count) => {
                self.costly(Cost::Objects { count, limit: self.world.config.pack_objects_max })
            }
            InstallError::LongChain => {
                let limit = self.world.config.chain_deltas_max.into();
                Error::LongChain { remote, limit }
            }
            InstallError::Bad(reason) => {
                Error::Protocol { remote, reason: format!("its pack cannot be used: {reason}") }
            }
        }
    }

    fn interrupted(&self) -> Error {
        Error::Interrupted { remote: self.of.remote.clone() }
    }
}

struct Interrupt(Arc<AtomicBool>);

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Lets pass that a server does not give something that we could do without.
fn tolerate(outcome: Result<(), Error>) -> Result<(), Error> {
    match outcome {
        Err(Error::NoSuchRevision { .. }) => Ok(()),
        outcome => tolerate_all_but_missing(outcome),
    }
}

/// Lets pass that a history is too large: the commit alone is not, and counts as rewritten (P13).
fn history(outcome: Result<(), Error>) -> Result<(), Error> {
    match outcome {
        Err(Error::Costly { cost: Cost::Bytes(_) | Cost::Objects { .. }, remote, .. }) => {
            tracing::info!(%remote, "the history since the last commit is too large to be fetched");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Lets pass that a server cannot do what it was asked for in this way, because there is another.
fn tolerate_all_but_missing(outcome: Result<(), Error>) -> Result<(), Error> {
    match outcome {
        Err(error @ (Error::Protocol { .. } | Error::ServerFailed { status: 500, .. })) => {
            tracing::debug!(%error, "the server is asked in another way");
            Ok(())
        }
        outcome => outcome,
    }
}
