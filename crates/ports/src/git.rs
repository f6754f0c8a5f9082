//! Git: what the shell asks of a remote, and what it is told.

mod access;
mod error;
mod refs;
mod wanted;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use trimtab_model::{Commit, Remote};
use trimtab_render::FileTree;

pub use access::{Access, ClientCertificate, Credential};
pub use error::{Cause, Cost, Error};
pub use refs::{Head, Id, RefRow, Refs, abbreviated};
pub use wanted::{Sieve, WantedRefs};

/// Reads Git remotes. It looks, fetches and reads; it never writes to a remote.
pub trait Git: Send + Sync {
    /// Looks at a remote's refs once. Callers that ask for one remote at the same time share one
    /// look, but never one that began before they asked: what a webhook announced is seen.
    fn refs<'a>(&'a self, look: Look<'a>) -> BoxFuture<'a, Result<Arc<Refs>, Error>>;

    /// Makes a commit readable, and says how it relates to the last one that its source had. One
    /// remote is fetched by one caller at a time; what another one fetched meanwhile is not fetched
    /// again.
    fn fetch<'a>(&'a self, want: Want<'a>) -> BoxFuture<'a, Result<Fetched, Error>>;

    /// The files of a commit that has been fetched.
    fn tree<'a>(
        &'a self,
        remote: &'a Remote,
        commit: &'a Commit,
    ) -> BoxFuture<'a, Result<Arc<dyn FileTree>, Error>>;

    /// Completes an abbreviated commit (at least four digits) among the commits that have been
    /// fetched. `None` where none or more than one begins so.
    fn complete(&self, remote: &Remote, abbreviated: &str) -> Option<Commit>;

    /// Yields at once whenever the refs of a repository on disk may have changed. Several changes
    /// may be told as one; a change is never lost.
    fn watch_file(&self, remote: &Remote) -> Result<BoxStream<'static, ()>, Error>;

    /// Whether what a remote sent waits for its turn to be checked, while what others sent is.
    fn waits_for_its_turn(&self, remote: &Remote) -> bool;

    /// Forgets every remote but these, and ends what is done for the others: their connections and their files in the cache.
    fn retain<'a>(&'a self, remotes: &'a BTreeSet<Remote>) -> BoxFuture<'a, ()>;
}

/// One look at a remote's refs.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The remote.
    pub remote: &'a Remote,
    /// How it is reached.
    pub access: &'a Access,
    /// The refs that are wanted besides `HEAD`. Of others nothing is kept.
    pub wanted: &'a WantedRefs,
    /// What the last look saw. If nothing changed, this same value comes back.
    pub previous: Option<&'a Arc<Refs>>,
}

/// A commit that is wanted.
#[derive(Clone, Copy)]
pub struct Want<'a> {
    /// The remote.
    pub remote: &'a Remote,
    /// How it is reached.
    pub access: &'a Access,
    /// The commit.
    pub commit: &'a Commit,
    /// The commit that the same source had before, if it had one.
    pub known_tip: Option<&'a Commit>,
}

/// A commit that can be read now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// How it relates to the one before.
    pub ancestry: Ancestry,
}

/// How a commit relates to the one that its source had before (P13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ancestry {
    /// There was none before.
    First,
    /// It is the one before, or has it among its ancestors.
    Descendant,
    /// It does not have the one before among its ancestors.
    Rewritten,
    /// The history that the server gives does not reach far enough to know. Counts as rewritten.
    Unknown,
}

impl Ancestry {
    /// Whether the history counts as rewritten: what is not known does.
    pub fn counts_as_rewritten(self) -> bool {
        match self {
            Self::First | Self::Descendant => false,
            Self::Rewritten | Self::Unknown => true,
        }
    }
}
