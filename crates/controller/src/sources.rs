//! What is known of every remote that an application reads, and when it is asked again.
//!
//! A remote is asked seldom: after a pause with jitter, at a webhook or a file event, and when a person
//! asks for a refresh. One look at a time runs for each remote, and one fetch for each commit.

mod attentions;
mod hunt;
mod relations;
mod remote;

use crate::shell::NoAccess;
use crate::timers::Timers;
use remote::RemoteState;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use trimtab_model::{AppId, Class, Commit, Remote, RevisionSpec, SourceRevision, Timestamp};
use trimtab_ports::git::{Ancestry, Error, Refs, WantedRefs};

pub use hunt::Hunt;

/// How often remotes are asked when nothing tells us to.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The pause between two looks.
    pub poll: Duration,
    /// The most that chance adds to it.
    pub jitter: Duration,
}

/// How a reader wants its remotes to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attention {
    /// How often.
    pub often: Often,
    /// The longest that one request may take; `None` leaves it to whoever asks.
    pub timeout: Option<Duration>,
}

/// How often a remote is asked for one of its readers, when nothing tells us to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Often {
    /// At the pace of the installation.
    AtPace,
    /// With this pause.
    Every(Duration),
    /// As its other readers want; without any, never.
    AsOthers,
}

impl Attention {
    /// At the pace of the installation.
    pub const AT_PACE: Self = Self { often: Often::AtPace, timeout: None };
    /// As the other readers want.
    pub const AS_OTHERS: Self = Self { often: Often::AsOthers, timeout: None };
}

/// What is to be asked of Git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// One look at the refs.
    Look {
        /// The remote.
        remote: Remote,
        /// The refs that are wanted.
        wanted: WantedRefs,
        /// Beginnings of commits that are wanted: they are completed among what was fetched.
        abbreviated: BTreeSet<Arc<str>>,
        /// What the last look saw.
        previous: Option<Arc<Refs>>,
        /// Whether the credential is to be read again first.
        renew_access: bool,
        /// The longest that it may take, where a reader says so.
        timeout: Option<Duration>,
    },
    /// A commit.
    Fetch {
        /// The remote.
        remote: Remote,
        /// The commit.
        commit: Commit,
        /// The commit that the same source had before.
        known_tip: Option<Commit>,
        /// The longest that one request may take, where a reader says so.
        timeout: Option<Duration>,
    },
    /// How a commit relates to one that was applied before.
    Relate {
        /// The remote.
        remote: Remote,
        /// The commit.
        commit: Commit,
        /// The one that may be among its ancestors.
        before: Commit,
        /// The longest that one request may take, where a reader says so.
        timeout: Option<Duration>,
    },
}

/// What a source's revision is at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The commit, readable now.
    pub revision: SourceRevision,
    /// How it relates to the one before.
    pub ancestry: Ancestry,
}

/// What a look brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What the remote's names point to.
    pub refs: Arc<Refs>,
    /// Commits that were fetched before, by the beginnings that were asked for.
    pub completed: BTreeMap<Arc<str>, Commit>,
}

impl From<Arc<Refs>> for Seen {
    fn from(refs: Arc<Refs>) -> Self {
        Self { refs, completed: BTreeMap::new() }
    }
}

/// Why a source has no usable tip, or an old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What it asks of us.
    pub class: Class,
    /// The sentence for people.
    pub message: String,
    /// Whether it is the credential that is missing, refused or of no use.
    pub of_access: bool,
    /// How long the server asks us to wait before it is asked again.
    pub retry_after: Option<Duration>,
}

impl Trouble {
    /// What an error of Git asks of us.
    pub fn of(error: &Error) -> Self {
        Self {
            class: error.class(),
            message: error.to_string(),
            of_access: error.is_of_access(),
            retry_after: error.retry_after(),
        }
    }

    /// What it asks of us that nobody can tell how a remote is reached. That the cluster did not
    /// answer says nothing of a credential.
    pub fn of_keys(error: &NoAccess) -> Self {
        let class = error.class();
        let of_access = class == Class::User;
        Self { class, message: error.to_string(), of_access, retry_after: None }
    }

    /// Whether people are told the same of both.
    fn says_as(&self, other: &Self) -> bool {
        self.class == other.class
            && self.message == other.message
            && self.of_access == other.of_access
    }
}

/// All remotes.
#[derive(Debug)]
pub struct Sources {
    pace: Pace,
    remotes: BTreeMap<Remote, RemoteState>,
    /// When each of them is to be asked something.
    timers: Timers<Remote>,
    /// What each application wants, so that one that wants the same again costs nothing.
    wants: BTreeMap<AppId, Wants>,
    /// Whether remotes were added or forgotten since somebody asked for all of them.
    changed: bool,
}

/// What one application wants, and how it is to be asked for.
type Wants = (BTreeSet<Wanted>, Attention);

/// One source as an application names it.
pub type Wanted = (Remote, RevisionSpec);

impl Sources {
    /// Knows nothing yet.
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            remotes: BTreeMap::new(),
            timers: Timers::default(),
            wants: BTreeMap::new(),
            changed: false,
        }
    }

    /// Makes the set of sources of one application exactly this one. New remotes are looked at by the
    /// next [`Sources::due`]; a remote that nobody wants any more is forgotten.
    pub fn want(
        &mut self,
        app: &AppId,
        wanted: &BTreeSet<Wanted>,
        attention: Attention,
        now: Timestamp,
    ) {
        let known = self.wants.get(app);
        if known.map_or(wanted.is_empty(), |(known, how)| known == wanted && *how == attention) {
            return;
        }
        let before = self.wants.remove(app).map(|(before, _)| before).unwrap_or_default();
        let wants = by_remote(wanted);
        for (remote, specs) in &wants {
            let state = self.remotes.entry(remote.clone()).or_insert_with(|| {
                self.changed = true;
                RemoteState::new(now)
            });
            state.want(app, specs, attention, (&self.pace, now));
            self.timers.set(remote, state.next_due());
        }
        for remote in by_remote(&before).into_keys().filter(|remote| !wants.contains_key(remote)) {
            self.forget(app, &remote);
        }
        if !wanted.is_empty() {
            self.wants.insert(app.clone(), (wanted.clone(), attention));
        }
    }

    fn forget(&mut self, app: &AppId, remote: &Remote) {
        let is_wanted = self.change(remote, |state| {
            state.forget(app);
            state.is_wanted()
        });
        if is_wanted == Some(false) {
            self.remotes.remove(remote);
            self.timers.set(remote, None);
            self.changed = true;
        }
    }

    /// Changes what is known of a remote, and with it when it is asked next.
    fn change<T>(
        &mut self,
        remote: &Remote,
        change: impl FnOnce(&mut RemoteState) -> T,
    ) -> Option<T> {
        let state = self.remotes.get_mut(remote)?;
        let result = change(state);
        self.timers.set(remote, state.next_due());
        Some(result)
    }

    /// What is to be asked at this time.
    pub fn due(&mut self, now: Timestamp) -> Vec<Ask> {
        let due: Vec<Remote> = std::iter::from_fn(|| self.timers.pop(now)).collect();
        let mut asks = Vec::new();
        for remote in due {
            self.change(&remote, |state| {
                asks.extend(state.relations_due(&remote, now));
                asks.extend(state.due(&remote, now));
            });
        }
        asks
    }

    /// When something is to be asked next.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.timers.next()
    }

    /// A look came back. Returns what is to be asked next and the applications whose source changed
    /// (also into or out of trouble).
    pub fn looked(
        &mut self,
        remote: &Remote,
        answer: Result<Seen, Trouble>,
        now: Timestamp,
        chance: f64,
    ) -> (Vec<Ask>, BTreeSet<AppId>) {
        let pace = self.pace;
        let answered = self.change(remote, |state| match answer {
            Ok(seen) => state.saw(remote, &seen, &pace, (now, chance)),
            Err(trouble) => (Vec::new(), state.failed(trouble, now)),
        });
        answered.unwrap_or_default()
    }

    /// A fetch came back.
    pub fn fetched(
        &mut self,
        remote: &Remote,
        commit: &Commit,
        answer: Result<Ancestry, Trouble>,
        now: Timestamp,
    ) -> BTreeSet<AppId> {
        let answered = self.change(remote, |state| match answer {
            Ok(ancestry) => state.fetched(commit, ancestry),
            Err(trouble) => {
                state.heed(&trouble, now);
                state.fetch_failed(commit, &trouble, now)
            }
        });
        answered.unwrap_or_default()
    }

    /// A commit that is being fetched has waited long for its turn.
    pub fn waits(&mut self, remote: &Remote, commit: &Commit) -> BTreeSet<AppId> {
        self.change(remote, |state| state.waits(remote, commit)).unwrap_or_default()
    }

    /// How a remote's commit relates to one that was applied before; nothing while Git is asked, and the
    /// reader is told of the answer.
    pub fn relation(
        &mut self,
        (reader, remote): (&AppId, &Remote),
        pair: (&Commit, &Commit),
        now: Timestamp,
    ) -> Option<Ancestry> {
        self.change(remote, |state| state.relations.of(reader, pair, now))?
    }

    /// Git said how a commit relates to one before it, or could not. Returns the readers who asked.
    pub fn related(
        &mut self,
        remote: &Remote,
        pair: &(Commit, Commit),
        answer: Result<Ancestry, Trouble>,
        now: Timestamp,
    ) -> BTreeSet<AppId> {
        if let Err(trouble) = &answer {
            tracing::info!(%remote, reason = trouble.message, "the history was not told; it is asked for again");
        }
        let answered = self.change(remote, |state| {
            if let Err(trouble) = &answer {
                state.heed(trouble, now);
            }
            state.relations.told(pair, answer.ok(), now)
        });
        answered.unwrap_or_default()
    }

    /// Somebody says that a repository was pushed to. A commit that is not there yet is looked for
    /// again. Looks that are asked for like this keep a pause, remote by remote: the first is made at once,
    /// and whoever says so again and again does not have the server asked each time. Returns whether any
    /// remote is meant.
    pub fn pushed(&mut self, urls: &[String], commit: Option<&Commit>, now: Timestamp) -> bool {
        let urls: BTreeSet<String> = urls.iter().map(|url| normalised(url)).collect();
        let mut meant = false;
        for (remote, state) in &mut self.remotes {
            if urls.contains(&normalised(&remote.url)) {
                state.pushed(commit, now);
                self.timers.set(remote, state.next_due());
                meant = true;
            }
        }
        meant
    }

    /// Looks at a remote now: a file event came.
    pub fn hurry(&mut self, remote: &Remote, now: Timestamp) {
        self.change(remote, |state| state.hurry(now));
    }

    /// A person asks for a look on behalf of a reader of the remote, which hears of its end even if
    /// nothing is new. The credential is read again first.
    pub fn ask(&mut self, reader: &AppId, remote: &Remote, now: Timestamp) {
        self.change(remote, |state| state.ask(reader, now));
    }

    /// Looks now at every remote whose last look failed: what stood in the way may be gone.
    pub fn hurry_troubled(&mut self, now: Timestamp) {
        for (remote, state) in self.remotes.iter_mut().filter(|(_, state)| state.is_troubled()) {
            state.hurry(now);
            self.timers.set(remote, state.next_due());
        }
    }

    /// The tip of a source, if a commit of it can be read.
    pub fn tip(&self, wanted: &Wanted) -> Option<&Tip> {
        self.remotes.get(&wanted.0)?.tip(&wanted.1)
    }

    /// What is wrong with a source at the moment: with its remote, or with this revision.
    pub fn trouble(&self, wanted: &Wanted) -> Option<&Trouble> {
        self.remotes.get(&wanted.0)?.trouble(&wanted.1)
    }

    /// Whether a reader waits no more for the look that it asked for last, nor for what was found: the
    /// tip is the newest, or the trouble is what became of it.
    pub fn is_answered(&self, reader: &AppId, wanted: &Wanted) -> bool {
        self.remotes.get(&wanted.0).is_none_or(|state| state.is_answered(reader, &wanted.1))
    }

    /// All remotes that are wanted, if they are others than at the last call.
    pub fn remotes_if_changed(&mut self) -> Option<Vec<Remote>> {
        std::mem::take(&mut self.changed).then(|| self.remotes.keys().cloned().collect())
    }
}

fn by_remote(wanted: &BTreeSet<Wanted>) -> BTreeMap<Remote, BTreeSet<RevisionSpec>> {
    let mut remotes: BTreeMap<Remote, BTreeSet<RevisionSpec>> = BTreeMap::new();
    for (remote, spec) in wanted {
        remotes.entry(remote.clone()).or_default().insert(spec.clone());
    }
    remotes
}

/// A URL without what differs between the ways to write one repository: scheme, user, `.git`, a
/// trailing `/`, and the case of the host. `git@host:path` is `host/path`.
pub fn normalised(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let had_scheme = rest.len() != url.len();
    let authority_end = rest.find(if had_scheme { &['/'][..] } else { &['/', ':'][..] });
    let (authority, path) = rest.split_at(authority_end.unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_lowercase();
    let path = path.trim_start_matches([':', '/']).trim_end_matches('/');
    format!("{host}/{}", path.strip_suffix(".git").unwrap_or(path))
}

#[cfg(test)]
mod tests;
