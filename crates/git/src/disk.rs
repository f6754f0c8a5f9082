//! A remote on this machine's disk: nothing is fetched, its own store is read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::BoxStream;
use trimtab_model::{Commit, Remote};
use trimtab_ports::git::{Ancestry, Error, Fetched, Id, Look, Refs, Want};

use crate::ancestry::{Verdict, verdict};
use crate::blocking;
use crate::confined;
use crate::edge::World;
use crate::local::Local;
use crate::objects::{CommitFacts, Objects, Unreadable};
use crate::tree::{Tree, unreadable};
use crate::watch;

/// A remote on disk.
pub(crate) struct DiskRemote {
    remote: Remote,
    path: PathBuf,
    /// The directory that it must be below.
    root: Option<PathBuf>,
    opened: Arc<Mutex<Option<Opened>>>,
    chain_deltas_max: u32,
}

/// A repository's directory and its objects.
type Opened = (PathBuf, Arc<Objects>);

impl DiskRemote {
    /// Nothing is read yet.
    pub(crate) fn new(
        remote: &Remote,
        path: PathBuf,
        root: Option<PathBuf>,
        chain_deltas_max: u32,
    ) -> Self {
        Self { remote: remote.clone(), path, root, opened: Arc::default(), chain_deltas_max }
    }

    /// Reads the refs as they are now.
    pub(crate) async fn refs(&self, world: &World, look: Look<'_>) -> Result<Arc<Refs>, Error> {
        let (wanted, bytes_max) = (look.wanted.clone(), world.config.refs_bytes_max);
        let found =
            self.reading(world, move |local, objects| local.refs(objects, &wanted, bytes_max));
        let found = found.await?;
        Ok(match look.previous {
            Some(previous) if **previous == found => Arc::clone(previous),
            _ => Arc::new(found),
        })
    }

    /// Looks whether the commit is there, and where it comes from.
    pub(crate) async fn fetch(&self, world: &World, want: Want<'_>) -> Result<Fetched, Error> {
        let commit = self.id(want.commit)?;
        let tip = want.known_tip.map(|tip| self.id(tip)).transpose()?;
        let ancestry = self.reading(world, move |local, objects| {
            commit_of(local, objects, commit)?;
            let Some(tip) = tip else { return Ok(Ancestry::First) };
            match verdict(objects, commit, tip) {
                Ok(Verdict::Descendant) => Ok(Ancestry::Descendant),
                Ok(Verdict::Rewritten) => Ok(Ancestry::Rewritten),
                Ok(Verdict::Open) => Ok(Ancestry::Unknown),
                Err(cause) => Err(unreadable(&local.remote, cause, "a commit")),
            }
        });
        Ok(Fetched { ancestry: ancestry.await? })
    }

    /// A commit's files.
    pub(crate) async fn tree(&self, world: &World, commit: &Commit) -> Result<Tree, Error> {
        let (id, cache) = (self.id(commit)?, Arc::clone(&world.cache));
        self.reading(world, move |local, objects| {
            let facts = commit_of(local, objects, id)?;
            Ok(Tree::new(&local.remote, Arc::clone(objects), cache, facts.tree))
        })
        .await
    }

    /// The one commit that begins so. Reads the disk for a moment.
    pub(crate) fn complete(&self, abbreviated: &str) -> Option<Commit> {
        confined::admitted(&self.remote, &self.path, self.root.as_deref()).ok()?;
        let place = (&*self.path, self.root.as_deref(), self.chain_deltas_max);
        let opened = open(&self.opened, &self.remote, place).ok()?;
        opened.1.complete(abbreviated).map(Id::commit)
    }

    /// Yields whenever a ref may have changed.
    pub(crate) fn watch(&self) -> Result<BoxStream<'static, ()>, Error> {
        confined::admitted(&self.remote, &self.path, self.root.as_deref())?;
        let local = Local::find(&self.remote, &self.path, self.root.as_deref())?;
        watch::watch(&self.remote, &local)
    }

    async fn reading<T: Send + 'static>(
        &self,
        world: &World,
        read: impl FnOnce(&Local, &Arc<Objects>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (remote, path, root) = (self.remote.clone(), self.path.clone(), self.root.clone());
        let (opened, chain_deltas_max) = (Arc::clone(&self.opened), self.chain_deltas_max);
        blocking::run(&world.tasks, &self.remote, move || {
            confined::admitted(&remote, &path, root.as_deref())?;
            let place = (&*path, root.as_deref(), chain_deltas_max);
            let (local, objects) = open(&opened, &remote, place)?;
            read(&local, &objects)
        })
        .await?
    }

    fn id(&self, commit: &Commit) -> Result<Id, Error> {
        Id::of(commit).ok_or_else(|| missing(&self.remote, commit.as_str()))
    }
}

/// Finds the repository, and its objects as they were opened before unless they moved or were damaged.
fn open(
    opened: &Mutex<Option<Opened>>,
    remote: &Remote,
    (path, root, chain_deltas_max): (&Path, Option<&Path>, u32),
) -> Result<(Local, Arc<Objects>), Error> {
    let local = Local::find(remote, path, root)?;
    let mut opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((directory, objects)) = &*opened
        && *directory == local.common_dir
        && !objects.is_damaged()
    {
        return Ok((local, Arc::clone(objects)));
    }
    let objects = Arc::new(local.objects(chain_deltas_max)?);
    *opened = Some((local.common_dir.clone(), Arc::clone(&objects)));
    Ok((local, objects))
}

fn commit_of(local: &Local, objects: &Objects, id: Id) -> Result<CommitFacts, Error> {
    objects.commit(&id).map_err(|cause| match cause {
        Unreadable::Missing(_) => missing(&local.remote, &id.to_string()),
        cause => unreadable(&local.remote, cause, "a commit"),
    })
}

fn missing(remote: &Remote, revision: &str) -> Error {
    Error::NoSuchRevision { remote: remote.clone(), revision: revision.into() }
}
