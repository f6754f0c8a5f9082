//! Git in memory: repositories that a world writes, and what each process has fetched of them.

use crate::chance::SharedChance;
use crate::life::Life;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use trimtab_model::{Commit, Digest, Remote};
use trimtab_ports::clock::{Clock, sleep};
use trimtab_ports::git::{Ancestry, Error, Fetched, Git, Head, Id, Look, RefRow, Refs, Want};
use trimtab_render::{FileTree, MemoryTree};

/// Files by path.
pub type Files = BTreeMap<String, String>;

/// The branch that everybody reads.
pub const BRANCH: &str = "main";

/// What is wrong with a remote at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No connection.
    Unreachable,
    /// The credential is refused.
    Refused,
    /// The repository answers, and its branch is not there.
    NoBranch,
}

/// All repositories of a world.
#[derive(Clone, Default)]
pub struct Repositories(Arc<Mutex<BTreeMap<Arc<str>, Repository>>>);

#[derive(Default)]
struct Repository {
    commits: BTreeMap<Commit, Stored>,
    tip: Option<Commit>,
    /// Commits that some process has fetched.
    seen: BTreeSet<Commit>,
    trouble: Option<Trouble>,
}

struct Stored {
    parent: Option<Commit>,
    files: Arc<Files>,
    tree: Arc<MemoryTree>,
}

impl Repositories {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Repository>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits files on top of a parent and makes that the branch's tip. The message makes commits of
    /// equal files differ.
    pub fn commit(&self, url: &str, parent: Option<Commit>, files: Files, message: &str) -> Commit {
        let mut all = self.lock();
        let repository = all.entry(url.into()).or_default();
        let before = parent.as_ref().map_or("", Commit::as_str).to_owned();
        let mut parts: Vec<&[u8]> = vec![before.as_bytes(), message.as_bytes()];
        for (path, text) in &files {
            parts.extend([path.as_bytes(), text.as_bytes()]);
        }
        let digest = Digest::of_parts(parts);
        let mut id = [0; 20];
        id.copy_from_slice(&digest.as_bytes()[..20]);
        let commit = Id::from_bytes(id).commit();
        let tree = files
            .iter()
            .fold(MemoryTree::default(), |tree, (path, text)| tree.with(path, text.as_bytes()));
        let stored = Stored { parent, files: Arc::new(files), tree: Arc::new(tree) };
        repository.commits.insert(commit.clone(), stored);
        repository.tip = Some(commit.clone());
        commit
    }

    /// The branch's tip.
    pub fn tip(&self, url: &str) -> Option<Commit> {
        self.lock().get(url)?.tip.clone()
    }

    /// The commit before one.
    pub fn parent(&self, url: &str, commit: &Commit) -> Option<Commit> {
        self.lock().get(url)?.commits.get(commit)?.parent.clone()
    }

    /// A commit's files.
    pub fn files(&self, url: &str, commit: &Commit) -> Option<Arc<Files>> {
        Some(self.lock().get(url)?.commits.get(commit)?.files.clone())
    }

    /// Whether one commit has another among its ancestors, or is it.
    pub fn descends(&self, url: &str, commit: &Commit, from: &Commit) -> bool {
        let all = self.lock();
        all.get(url).is_some_and(|repository| repository.descends(commit, from))
    }

    /// Whether a commit goes on from one that was fetched and is not among another's ancestors.
    pub fn goes_on(&self, url: &str, commit: &Commit, from: &Commit) -> bool {
        let all = self.lock();
        all.get(url).is_some_and(|repository| {
            let is_news = |seen: &&Commit| *seen != commit && !repository.descends(from, seen);
            let mut seen = repository.seen.iter().filter(is_news);
            seen.any(|seen| repository.descends(commit, seen))
        })
    }

    /// Makes a repository unreadable, or readable again.
    pub fn trouble(&self, url: &str, trouble: Option<Trouble>) {
        if let Some(repository) = self.lock().get_mut(url) {
            repository.trouble = trouble;
        }
    }

    /// Whether a repository can be read now.
    pub fn is_readable(&self, url: &str) -> bool {
        self.lock().get(url).is_some_and(|repository| repository.trouble.is_none())
    }

    /// All URLs.
    pub fn urls(&self) -> Vec<Arc<str>> {
        self.lock().keys().cloned().collect()
    }
}

impl Repository {
    fn descends(&self, commit: &Commit, from: &Commit) -> bool {
        let mut at = Some(commit.clone());
        while let Some(commit) = at {
            if commit == *from {
                return true;
            }
            at = self.commits.get(&commit).and_then(|stored| stored.parent.clone());
        }
        false
    }

    fn refs(&self) -> Refs {
        let tip = self.tip.as_ref().filter(|_| self.trouble != Some(Trouble::NoBranch));
        let id = tip.and_then(Id::of);
        let name = format!("refs/heads/{BRANCH}");
        let rows = id.map(|id| RefRow { name: (*name).into(), object: id, peeled: id });
        let head = Head { target: Some(name.clone().into()), commit: id };
        Refs::new(Some(head), rows.into_iter().collect())
    }
}

/// One process's reading of the repositories.
pub struct Reader {
    repositories: Repositories,
    fetched: Mutex<BTreeSet<(Remote, Commit)>>,
    clock: Arc<dyn Clock>,
    chance: SharedChance,
    life: Life,
}

impl Reader {
    /// Has fetched nothing yet.
    pub fn new(
        repositories: Repositories,
        clock: Arc<dyn Clock>,
        chance: SharedChance,
        life: Life,
    ) -> Self {
        Self { repositories, fetched: Mutex::default(), clock, chance, life }
    }

    async fn travel(&self) {
        let pause = self.chance.draw(|chance| chance.pause(2, 80));
        sleep(&*self.clock, pause).await;
    }

    fn fetched(&self) -> MutexGuard<'_, BTreeSet<(Remote, Commit)>> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reach<T>(
        &self,
        remote: &Remote,
        read: impl FnOnce(&Repository) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let all = self.repositories.lock();
        let Some(repository) = all.get(&remote.url) else {
            return Err(Error::NotFound { remote: remote.clone() });
        };
        match repository.trouble {
            Some(Trouble::Unreachable) => Err(Error::Unreachable {
                remote: remote.clone(),
                source: Arc::new(std::io::Error::other("connection refused")),
            }),
            Some(Trouble::Refused) => {
                Err(Error::AuthenticationFailed { remote: remote.clone(), status: 403 })
            }
            Some(Trouble::NoBranch) | None => read(repository),
        }
    }
}

impl Git for Reader {
    fn refs<'a>(&'a self, look: Look<'a>) -> BoxFuture<'a, Result<Arc<Refs>, Error>> {
        Box::pin(self.life.does("looks at refs", async move {
            self.travel().await;
            let refs = self.reach(look.remote, |repository| Ok(repository.refs()))?;
            match look.previous {
                Some(previous) if **previous == refs => Ok(previous.clone()),
                _ => Ok(Arc::new(refs)),
            }
        }))
    }

    fn fetch<'a>(&'a self, want: Want<'a>) -> BoxFuture<'a, Result<Fetched, Error>> {
        Box::pin(self.life.does("fetches", async move {
            self.travel().await;
            let ancestry = self.reach(want.remote, |repository| {
                if !repository.commits.contains_key(want.commit) {
                    let (remote, revision) = (want.remote.clone(), want.commit.as_str().into());
                    return Err(Error::NoSuchRevision { remote, revision });
                }
                Ok(match want.known_tip {
                    None => Ancestry::First,
                    Some(tip) if repository.descends(want.commit, tip) => Ancestry::Descendant,
                    Some(_) => Ancestry::Rewritten,
                })
            })?;
            self.fetched().insert((want.remote.clone(), want.commit.clone()));
            if let Some(repository) = self.repositories.lock().get_mut(&want.remote.url) {
                repository.seen.insert(want.commit.clone());
            }
            Ok(Fetched { ancestry })
        }))
    }

    fn tree<'a>(
        &'a self,
        remote: &'a Remote,
        commit: &'a Commit,
    ) -> BoxFuture<'a, Result<Arc<dyn FileTree>, Error>> {
        Box::pin(async move {
            let known = self.fetched().contains(&(remote.clone(), commit.clone()));
            let all = self.repositories.lock();
            let tree = all.get(&remote.url).and_then(|r| r.commits.get(commit));
            match tree.filter(|_| known) {
                Some(stored) => Ok(stored.tree.clone() as Arc<dyn FileTree>),
                None => Err(Error::NotFetched {
                    remote: remote.clone(),
                    revision: commit.as_str().into(),
                }),
            }
        })
    }

    fn complete(&self, _: &Remote, _: &str) -> Option<Commit> {
        None
    }

    fn waits_for_its_turn(&self, _: &Remote) -> bool {
        false
    }

    fn watch_file(&self, remote: &Remote) -> Result<BoxStream<'static, ()>, Error> {
        Err(Error::NotFound { remote: remote.clone() })
    }

    fn retain<'a>(&'a self, remotes: &'a BTreeSet<Remote>) -> BoxFuture<'a, ()> {
        self.fetched().retain(|(remote, _)| remotes.contains(remote));
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Files, Repositories};

    #[test]
    fn a_forced_push_leaves_the_old_commits_where_they_were() {
        let repositories = Repositories::default();
        let url = "https://git.example/r.git";
        let one = repositories.commit(url, None, Files::new(), "one");
        let two = repositories.commit(url, Some(one.clone()), Files::new(), "two");
        let forced = repositories.commit(url, Some(one.clone()), Files::new(), "three");
        assert_eq!(repositories.tip(url).as_ref(), Some(&forced));
        assert!(repositories.descends(url, &forced, &one));
        assert!(!repositories.descends(url, &forced, &two));
        assert!(repositories.files(url, &two).is_some());
    }
}
