//! An edge with a cache of its own, and the values that its callers give.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tempfile::TempDir;
use trimtab_git::{Config, FileRemotes, Git, LinkLocal, OpenError, Tree};
use trimtab_model::{Commit, Remote, RevisionSpec, Secret, Timestamp};
use trimtab_ports::clock::{Clock, Monotonic};
use trimtab_ports::git::{
    Access, Ancestry, Credential, Error, Git as _, Look, Refs, Want, WantedRefs,
};
use trimtab_ports::tasks::Tasks;

/// Work for a thread.
type Work = Box<dyn FnOnce() + Send>;

/// Tasks on tokio's threads. Packs are indexed one after another, and those that wait for their turn are
/// counted: each of them was begun by the edge.
#[derive(Default)]
pub struct Threads {
    waiting: Arc<Mutex<VecDeque<Work>>>,
    most: Arc<AtomicU64>,
    one: Arc<tokio::sync::Mutex<()>>,
}

impl Tasks for Threads {
    fn spawn(&self, _name: &'static str, task: BoxFuture<'static, ()>) {
        tokio::spawn(task);
    }

    fn block(&self, name: &'static str, work: Work) {
        if name != "git index" {
            tokio::task::spawn_blocking(work);
            return;
        }
        let mut waiting = self.waiting.lock().unwrap();
        waiting.push_back(work);
        self.most.fetch_max(waiting.len() as u64, Ordering::SeqCst);
        let (waiting, one) = (Arc::clone(&self.waiting), Arc::clone(&self.one));
        tokio::task::spawn_blocking(move || {
            let _one = one.blocking_lock();
            let next = waiting.lock().unwrap().pop_front();
            next.unwrap()();
        });
    }
}

/// A clock that runs as tokio's does, from the moment that it was made.
pub struct Running(tokio::time::Instant);

impl Running {
    #[expect(clippy::disallowed_methods, reason = "the test's own seam")]
    pub fn new() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for Running {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_start(self.0.elapsed())
    }

    fn sleep_until(&self, moment: Monotonic) -> BoxFuture<'static, ()> {
        let start = Monotonic::since_start(Duration::ZERO);
        tokio::time::sleep_until(self.0 + moment.since(start)).boxed()
    }
}

/// An edge with a cache of its own.
pub struct World {
    git: Option<Git>,
    pub config: Config,
    pub access: Access,
    threads: Arc<Threads>,
    /// Goes with its last user.
    _cache: Arc<TempDir>,
}

impl World {
    pub fn new() -> Self {
        let cache = Arc::new(TempDir::new().unwrap());
        let config = Config {
            cache: cache.path().to_owned(),
            pack_bytes_max: 1 << 30,
            object_bytes_max: 1 << 28,
            unpacked_bytes_max: 1 << 30,
            pack_objects_max: 10_000,
            chain_deltas_max: 50,
            refs_bytes_max: 1 << 20,
            index_time_max: Duration::from_mins(1),
            file_remotes: FileRemotes::Allowed,
            link_local: LinkLocal::Refused,
        };
        let mut world =
            Self { git: None, config, access: anonymous(), threads: Arc::default(), _cache: cache };
        world.restart();
        world
    }

    /// Ends the edge and begins it again on the same cache, with what the configuration says now.
    pub fn restart(&mut self) {
        self.git = None;
        self.git = loop {
            let clock = Arc::new(Running::new());
            match Git::open(self.config.clone(), Arc::clone(&self.threads) as Arc<dyn Tasks>, clock)
            {
                // A process that another test is just starting has, for a moment, a copy of the lock.
                Err(OpenError::InUse { .. }) => std::thread::yield_now(),
                opened => break Some(opened.unwrap()),
            }
        };
    }

    /// How many packs were indexed at the same time, at most.
    pub fn most_indexings(&self) -> u64 {
        self.threads.most.load(Ordering::SeqCst)
    }

    /// Lets no pack be indexed until the answer is dropped.
    pub async fn hold_indexing(&self) -> tokio::sync::OwnedMutexGuard<()> {
        Arc::clone(&self.threads.one).lock_owned().await
    }

    pub fn git(&self) -> &Git {
        self.git.as_ref().unwrap()
    }

    pub async fn look(&self, remote: &Remote) -> Result<Arc<Refs>, Error> {
        self.look_after(remote, None).await
    }

    pub async fn look_after(
        &self,
        remote: &Remote,
        previous: Option<&Arc<Refs>>,
    ) -> Result<Arc<Refs>, Error> {
        self.look_for(remote, &ordinary(), previous).await
    }

    pub async fn look_for(
        &self,
        remote: &Remote,
        specs: &[RevisionSpec],
        previous: Option<&Arc<Refs>>,
    ) -> Result<Arc<Refs>, Error> {
        let wanted = WantedRefs::of(specs);
        self.git().refs(Look { remote, access: &self.access, wanted: &wanted, previous }).await
    }

    pub async fn resolve(&self, remote: &Remote, spec: RevisionSpec) -> Result<Commit, Error> {
        let refs = self.look_for(remote, std::slice::from_ref(&spec), None).await?;
        let complete = |text: &str| self.git().complete(remote, text);
        refs.resolve(remote, &spec, &complete).map(|found| found.commit)
    }

    pub async fn branch(&self, remote: &Remote, name: &str) -> Result<Commit, Error> {
        self.resolve(remote, RevisionSpec::Branch(name.into())).await
    }

    pub async fn fetch(
        &self,
        remote: &Remote,
        commit: &Commit,
        known_tip: Option<&Commit>,
    ) -> Result<Ancestry, Error> {
        let want = Want { remote, access: &self.access, commit, known_tip };
        self.git().fetch(want).await.map(|fetched| fetched.ancestry)
    }

    pub async fn tree(&self, remote: &Remote, commit: &Commit) -> Result<Tree, Error> {
        self.git().tree(remote, commit).await
    }

    /// The content of a file at a commit that has been fetched.
    pub async fn file(&self, remote: &Remote, commit: &Commit, path: &str) -> String {
        let tree = self.tree(remote, commit).await.unwrap();
        let entry = tree.entry(path).unwrap().unwrap();
        String::from_utf8(tree.read(&entry.id, 1 << 20).unwrap()).unwrap()
    }

    /// Every pack in the cache.
    pub fn packs(&self) -> Vec<std::path::PathBuf> {
        let mut packs = Vec::new();
        collect(&self.config.cache, &mut packs);
        packs.retain(|path| path.extension().is_some_and(|extension| extension == "pack"));
        packs
    }

    pub fn pack_bytes(&self) -> u64 {
        self.packs().iter().map(|path| path.metadata().unwrap().len()).sum()
    }
}

/// What most people want.
fn ordinary() -> [RevisionSpec; 4] {
    let named = |name: &str| RevisionSpec::Named(name.into());
    [RevisionSpec::Head, named("main"), named("plain"), named("annotated")]
}

fn collect(directory: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

pub fn anonymous() -> Access {
    Access {
        credential: Credential::Anonymous,
        authorities: None,
        certificate: None,
        timeout: Duration::from_secs(30),
    }
}

pub fn password(username: &str, password: &str) -> Credential {
    Credential::Basic { username: username.into(), password: Secret::new(password.into()) }
}

pub fn remote(url: &str) -> Remote {
    Remote { url: url.into(), credential: None }
}

/// What a person reads: the error with all its causes.
pub fn whole(error: &Error) -> String {
    let (mut text, mut cause) = (error.to_string(), std::error::Error::source(error));
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
