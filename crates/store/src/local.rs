//! The store as the shell sees it: nothing blocks, and nothing that goes wrong matters.

use crate::error::Error;
use crate::file::File;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use trimtab_model::{Namespace, chain};
use trimtab_ports::store::{self, Change, Kept, Store};
use trimtab_ports::tasks::{self, Tasks};

/// The version of the file's format, and of what its digests are made of. A file of another one is
/// thrown away.
const FORMAT: u32 = 1;

/// Whose cache it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// What tells the cluster from all others: the uid of its namespace `kube-system`.
    pub cluster: Arc<str>,
    /// The namespace of our applications.
    pub namespace: Namespace,
}

/// A store in a file.
pub struct Local {
    tasks: Arc<dyn Tasks>,
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    owner: String,
    /// Open once it has been loaded.
    file: Mutex<Option<File>>,
}

impl Local {
    /// The store of an installation in this file, whose directory must be there. The file is opened by
    /// [`Store::load`], and is ours alone until this is dropped.
    pub fn new(path: PathBuf, installation: &Installation, tasks: Arc<dyn Tasks>) -> Self {
        let Installation { cluster, namespace } = installation;
        let owner = format!("format {FORMAT}, cluster {cluster}, namespace {namespace}");
        Self { tasks, inner: Arc::new(Inner { path, owner, file: Mutex::default() }) }
    }
}

impl Store for Local {
    fn load(&self) -> BoxFuture<'_, Vec<Kept>> {
        let inner = self.inner.clone();
        async move {
            let opening = inner.clone();
            let opened = tasks::block(&*self.tasks, "load", move || opening.load()).await;
            if let Ok(kept) = opened {
                return kept;
            }
            // The library fell over the file. It must not do so at every start.
            let again =
                tasks::block(&*self.tasks, "load", move || inner.anew("it is damaged")).await;
            again.unwrap_or_default()
        }
        .boxed()
    }

    fn save(&self, changes: Vec<Change>) -> BoxFuture<'_, Result<(), store::Error>> {
        let inner = self.inner.clone();
        async move {
            let saved = tasks::block(&*self.tasks, "save", move || inner.save(&changes)).await;
            saved.unwrap_or(Err(store::Error::Interrupted))
        }
        .boxed()
    }
}

impl Inner {
    fn load(&self) -> Vec<Kept> {
        match File::open(&self.path, &self.owner) {
            Ok((file, kept)) => {
                self.hold(file);
                kept
            }
            Err(error) if error.is_thrown_away() => self.anew(&chain(&error)),
            Err(error) => {
                tracing::warn!(error = chain(&error), "nothing is kept for the next start");
                Vec::new()
            }
        }
    }

    /// Throws the file away and begins an empty one.
    fn anew(&self, why: &str) -> Vec<Kept> {
        tracing::warn!(path = %self.path.display(), why, "the local store is thrown away");
        let begun = remove(&self.path).and_then(|()| File::open(&self.path, &self.owner));
        match begun {
            Ok((file, _)) => self.hold(file),
            Err(error) => {
                tracing::warn!(error = chain(&error), "nothing is kept for the next start");
            }
        }
        Vec::new()
    }

    fn save(&self, changes: &[Change]) -> Result<(), store::Error> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = file.as_ref() else { return Ok(()) };
        match open.save(changes) {
            Ok(0) => Ok(()),
            Ok(left_out) => {
                tracing::debug!(left_out, "the local store is full");
                Ok(())
            }
            Err(error) => {
                // What is in the file now is older than what was to be kept, which the next process
                // finds out by itself. This one does not try again: a full disk stays full.
                *file = None;
                Err(store::Error::Refused(chain(&error)))
            }
        }
    }

    fn hold(&self, file: File) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
    }
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(Error::File { path: path.into(), source })
        }
        _ => Ok(()),
    }
}

/// A store for who has no place for one: it keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forgetful;

impl Store for Forgetful {
    fn load(&self) -> BoxFuture<'_, Vec<Kept>> {
        std::future::ready(Vec::new()).boxed()
    }

    fn save(&self, _changes: Vec<Change>) -> BoxFuture<'_, Result<(), store::Error>> {
        std::future::ready(Ok(())).boxed()
    }
}
