//! The edge itself: remotes by their URL and credential.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use trimtab_model::{Commit, Digest, Remote, limit};
use trimtab_ports::clock::Clock;
use trimtab_ports::git::{self, Error, Fetched, Look, Refs, Want};
use trimtab_ports::tasks::Tasks;
use trimtab_render::FileTree;

use crate::blocking;
use crate::cache::DirectoryCache;
use crate::config::{Config, FileRemotes};
use crate::disk::DiskRemote;
use crate::endpoint::Endpoint;
use crate::remote::HttpRemote;
use crate::tree::Tree;
use crate::turns::Turns;

/// What every remote needs.
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) tasks: Arc<dyn Tasks>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) cache: Arc<DirectoryCache>,
    /// Turns to index a pack: each has whole objects in memory.
    pub(crate) turns: Arc<Turns>,
}

/// Reads Git remotes over http and https and on disk.
pub struct Git {
    world: Arc<World>,
    remotes: Arc<Mutex<BTreeMap<Remote, Arc<Place>>>>,
    /// Held as long as this process uses the cache directory.
    _lock: File,
}

enum Place {
    Http(Box<HttpRemote>),
    Disk(DiskRemote),
}

/// Why the edge cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The cache directory cannot be used.
    #[error("cannot use the Git cache in {}", .directory.display())]
    Cache {
        /// The directory.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process uses the cache directory.
    #[error("another process uses the Git cache in {}: give each its own directory", .directory.display())]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
}

impl Git {
    /// Takes hold of the cache directory. Blocks for a moment.
    pub fn open(
        config: Config,
        tasks: Arc<dyn Tasks>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let directory = config.cache.join("git");
        let lock = match lock(&directory) {
            Ok(Some(lock)) => lock,
            Ok(None) => return Err(OpenError::InUse { directory }),
            Err(source) => return Err(OpenError::Cache { directory, source }),
        };
        let cache = Arc::new(DirectoryCache::new(limit::GIT_TREE_CACHE_BYTES_MAX));
        let turns = Turns::new(limit::GIT_INDEXINGS_MAX);
        let world = Arc::new(World { config, tasks, clock, cache, turns });
        Ok(Self { world, remotes: Arc::default(), _lock: lock })
    }

    /// A commit's files. Over HTTP it must have been fetched.
    pub async fn tree(&self, remote: &Remote, commit: &Commit) -> Result<Tree, Error> {
        match &*self.place(remote)? {
            Place::Http(place) => place.tree(&self.world, commit).await,
            Place::Disk(place) => place.tree(&self.world, commit).await,
        }
    }

    fn place(&self, remote: &Remote) -> Result<Arc<Place>, Error> {
        if let Some(place) = self.remotes().get(remote) {
            return Ok(Arc::clone(place));
        }
        let place = match Endpoint::of(remote)? {
            Endpoint::Http(url) => {
                Place::Http(Box::new(HttpRemote::new(remote, url, self.home(remote))))
            }
            Endpoint::File(path) => {
                let root = match &self.world.config.file_remotes {
                    FileRemotes::Allowed => None,
                    FileRemotes::Below(root) => Some(root.clone()),
                    FileRemotes::Refused => {
                        let reason = "repositories on disk are not read here; use https, or start \
                                      the operator with --allow-file-repositories=DIR";
                        return Err(Error::UnsupportedUrl { remote: remote.clone(), reason });
                    }
                };
                let deltas_max = self.world.config.chain_deltas_max;
                Place::Disk(DiskRemote::new(remote, path, root, deltas_max))
            }
        };
        Ok(Arc::clone(self.remotes().entry(remote.clone()).or_insert_with(|| Arc::new(place))))
    }

    fn remotes(&self) -> MutexGuard<'_, BTreeMap<Remote, Arc<Place>>> {
        locked(&self.remotes)
    }

    /// A remote's home: one for each URL and credential.
    fn home(&self, remote: &Remote) -> PathBuf {
        self.world.config.cache.join("git").join(home_name(remote))
    }

    fn forget_all_but(&self, remotes: &BTreeSet<Remote>) {
        self.remotes().retain(|remote, place| {
            let is_kept = remotes.contains(remote);
            if let (false, Place::Http(place)) = (is_kept, &**place) {
                place.abandon();
                self.world.turns.forgive(remote);
            }
            is_kept
        });
    }

    /// Deletes the homes that belong to nobody.
    async fn sweep(&self, remotes: &BTreeSet<Remote>) {
        let homes: BTreeSet<_> = remotes.iter().map(home_name).collect();
        let directory = self.world.config.cache.join("git");
        let any = remotes.first().cloned().unwrap_or_else(nobody);
        let places = Arc::clone(&self.remotes);
        let sweep = move || {
            // A remote may be read again at any moment: its home is taken out of its way while nobody can
            // come back to it, and deleted after that.
            sweep(&directory, |home, retire| {
                let remotes = locked(&places);
                if homes.contains(home) || remotes.keys().any(|remote| home_name(remote) == *home) {
                    return Ok(false);
                }
                retire().map(|()| true)
            })
        };
        let swept = blocking::run(&self.world.tasks, &any, sweep);
        if let Ok(Err(error)) = swept.await {
            tracing::warn!(%error, "the Git cache could not be swept");
        }
    }
}

impl git::Git for Git {
    fn tree<'a>(
        &'a self,
        remote: &'a Remote,
        commit: &'a Commit,
    ) -> BoxFuture<'a, Result<Arc<dyn FileTree>, Error>> {
        async move {
            let tree = Git::tree(self, remote, commit).await?;
            Ok(Arc::new(tree) as Arc<dyn FileTree>)
        }
        .boxed()
    }

    fn refs<'a>(&'a self, look: Look<'a>) -> BoxFuture<'a, Result<Arc<Refs>, Error>> {
        async move {
            match &*self.place(look.remote)? {
                Place::Http(place) => place.refs(&self.world, look).await,
                Place::Disk(place) => place.refs(&self.world, look).await,
            }
        }
        .boxed()
    }

    fn fetch<'a>(&'a self, want: Want<'a>) -> BoxFuture<'a, Result<Fetched, Error>> {
        async move {
            match &*self.place(want.remote)? {
                Place::Http(place) => place.fetch(&self.world, want).await,
                Place::Disk(place) => place.fetch(&self.world, want).await,
            }
        }
        .boxed()
    }

    fn complete(&self, remote: &Remote, abbreviated: &str) -> Option<Commit> {
        match &*self.place(remote).ok()? {
            Place::Http(place) => place.complete(abbreviated),
            Place::Disk(place) => place.complete(abbreviated),
        }
    }

    fn watch_file(&self, remote: &Remote) -> Result<BoxStream<'static, ()>, Error> {
        match &*self.place(remote)? {
            Place::Disk(place) => place.watch(),
            Place::Http(_) => {
                let reason = "only a repository on disk tells of its changes";
                Err(Error::UnsupportedUrl { remote: remote.clone(), reason })
            }
        }
    }

    fn waits_for_its_turn(&self, remote: &Remote) -> bool {
        self.world.turns.is_awaited_by(remote)
    }

    fn retain<'a>(&'a self, remotes: &'a BTreeSet<Remote>) -> BoxFuture<'a, ()> {
        async move {
            self.forget_all_but(remotes);
            self.sweep(remotes).await;
        }
        .boxed()
    }
}

fn home_name(remote: &Remote) -> String {
    let credential = remote.credential.as_deref();
    let parts = [remote.url.as_bytes(), credential.unwrap_or_default().as_bytes()];
    // Half of the digest is enough to tell remotes apart, and keeps paths short.
    let mut name = Digest::of_parts(parts).to_string();
    name.truncate(32);
    name
}

fn nobody() -> Remote {
    Remote { url: "".into(), credential: None }
}

fn lock(directory: &Path) -> io::Result<Option<File>> {
    fs::create_dir_all(directory)?;
    let file =
        File::options().write(true).create(true).truncate(false).open(directory.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

fn locked(
    remotes: &Mutex<BTreeMap<Remote, Arc<Place>>>,
) -> MutexGuard<'_, BTreeMap<Remote, Arc<Place>>> {
    remotes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The end of the name of a home that was taken out of the way.
const RETIRED: &str = ".retired";

/// Deletes homes. Of each the second argument is asked, which has it taken out of the way if it is to go.
fn sweep(
    directory: &Path,
    retire: impl Fn(&String, &dyn Fn() -> io::Result<()>) -> io::Result<bool>,
) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(home) = entry.file_name().into_string() else { continue };
        if !entry.file_type()?.is_dir() {
            continue;
        }
        if home.ends_with(RETIRED) {
            remove(&entry.path())?;
            continue;
        }
        let retired = directory.join(format!("{home}{RETIRED}"));
        remove(&retired)?;
        if retire(&home, &|| fs::rename(entry.path(), &retired))? {
            remove(&retired)?;
        }
    }
    Ok(())
}

/// Deletes a directory, if it is there.
fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{fs, sweep};
    use std::cell::RefCell;

    #[test]
    fn a_home_that_somebody_came_back_to_is_kept_and_the_others_are_out_of_the_way_first() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for name in ["kept/1/objects", "gone/1/objects", "left.retired/1", "gone.retired/1"] {
            fs::create_dir_all(path(name)).unwrap();
        }
        fs::write(path("lock"), "").unwrap();
        let asked = RefCell::new(Vec::new());
        sweep(directory.path(), |home, retire| {
            asked.borrow_mut().push(home.clone());
            if home == "kept" {
                return Ok(false);
            }
            retire()?;
            // Whoever comes back now finds nothing of it.
            assert!(!path(home).exists());
            Ok(true)
        })
        .unwrap();
        asked.borrow_mut().sort();
        assert_eq!(*asked.borrow(), ["gone", "kept"]);
        let mut left: Vec<_> =
            fs::read_dir(directory.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["kept", "lock"]);
    }
}
