//! The object store of one remote, under the cache directory.

mod pack;
mod state;
mod weighing;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trimtab_model::limit;
use trimtab_ports::git::Id;

use crate::objects::Objects;
use crate::protocol::ShallowUpdate;
use crate::spool::Spool;
use state::State;

pub(crate) use pack::{Bounds, InstallError};

/// The object store of one remote: `HOME/N/{objects,incoming,state}`. It is replaced as a whole, by
/// one with the next number. A crash at any point leaves either the old or the new one readable.
pub(crate) struct Store {
    home: PathBuf,
    number: u64,
    directory: PathBuf,
    state: State,
    packs: u64,
    bytes: u64,
    /// Its objects, for readers.
    pub(crate) objects: Arc<Objects>,
}

impl Store {
    /// Opens the newest store in a home, or begins one. What is left of others is deleted.
    pub(crate) fn open(home: &Path) -> io::Result<Self> {
        fs::create_dir_all(home)?;
        let mut numbers = numbers(home)?;
        let mut opened = None;
        while let Some(number) = numbers.pop() {
            let directory = home.join(number.to_string());
            match Self::at(home, number, directory.clone()) {
                Ok(store) if opened.is_none() => opened = Some(store),
                _ => fs::remove_dir_all(directory)?,
            }
        }
        match opened {
            Some(store) => Ok(store),
            None => Self::begin(home, 1),
        }
    }

    /// Begins an empty store beside this one. It is found by nobody until it is adopted.
    pub(crate) fn begin_next(&self) -> io::Result<Self> {
        Self::create(
            &self.home,
            self.number + 1,
            self.home.join(format!("{}.new", self.number + 1)),
        )
    }

    /// Takes the place of the one before, whose files go with its last reader.
    pub(crate) fn adopt(self, before: &Self) -> io::Result<Self> {
        let directory = self.home.join(self.number.to_string());
        fs::rename(&self.directory, &directory)?;
        let adopted = Self::at(&self.home, self.number, directory)?;
        before.objects.retire();
        Ok(adopted)
    }

    fn begin(home: &Path, number: u64) -> io::Result<Self> {
        Self::create(home, number, home.join(number.to_string()))
    }

    fn create(home: &Path, number: u64, directory: PathBuf) -> io::Result<Self> {
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(directory.join("objects/pack"))?;
        fs::create_dir_all(directory.join("incoming"))?;
        State::default().write(&directory)?;
        Self::at(home, number, directory)
    }

    fn at(home: &Path, number: u64, directory: PathBuf) -> io::Result<Self> {
        let state = State::read(&directory)?;
        pack::sweep(&directory)?;
        let (packs, bytes) = pack::count(&directory)?;
        let objects = Arc::new(Objects::open_in(&directory)?);
        Ok(Self { home: home.to_owned(), number, directory, state, packs, bytes, objects })
    }

    /// Where a pack may lie until it is indexed.
    pub(crate) fn incoming(&self) -> PathBuf {
        self.directory.join("incoming")
    }

    /// Our commits that lack their parents. Blocks.
    pub(crate) fn shallow(&self) -> Vec<Id> {
        // A server names every commit at which it cut, also those that it then did not send because
        // it had cut nearer. Told of one, it would take it for ours and build on its files.
        self.state.shallow.iter().filter(|id| self.objects.contains(id)).copied().collect()
    }

    /// The commits that were in use when the last pack came, oldest first.
    pub(crate) fn tips(&self) -> &[Id] {
        &self.state.tips
    }

    /// Whether it has grown so much that it is fetched afresh.
    pub(crate) fn is_overgrown(&self) -> bool {
        let first = self.state.first_bytes.max(OVERGROWN_BYTES_MIN / 2);
        self.packs > limit::GIT_PACKS_MAX || self.bytes > first.saturating_mul(2)
    }

    /// Whether there are so many packs that the next fetch cannot wait for a quiet moment.
    pub(crate) fn is_crowded(&self) -> bool {
        self.packs > limit::GIT_PACKS_MAX * 4
    }

    /// Takes a pack in. Blocks, up to its bounds.
    pub(crate) fn install(
        &mut self,
        pack: Spool,
        update: &ShallowUpdate,
        tips: Vec<Id>,
        bounds: &Bounds<'_>,
    ) -> Result<(), InstallError> {
        let indexed = pack::index(pack, &self.incoming(), &self.objects, bounds)?;
        // The cuts are written down before the pack can be seen, and what is no longer cut is struck
        // out after: a server must never be told that we have what we lack.
        self.state.shallow.extend(&update.shallow);
        self.state.tips = tips;
        self.state.write(&self.directory)?;
        if let Some(indexed) = indexed {
            self.bytes += indexed.install(&self.directory)?;
            self.packs += 1;
        }
        let before = self.state.clone();
        self.state.shallow.retain(|id| !update.unshallow.contains(id));
        self.state.shallow = self.shallow().into_iter().collect();
        if self.state.first_bytes == 0 {
            self.state.first_bytes = self.bytes;
        }
        if self.state != before {
            self.state.write(&self.directory)?;
        }
        Ok(())
    }
}

/// A store below this size is not worth fetching afresh. Unit: bytes.
const OVERGROWN_BYTES_MIN: u64 = 16 << 20;

/// The numbers of the stores in a home, sorted. Anything else in it is deleted.
fn numbers(home: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(home)? {
        let entry = entry?;
        match entry.file_name().to_str().and_then(|name| name.parse().ok()) {
            Some(number) => numbers.push(number),
            None if entry.file_type()?.is_dir() => fs::remove_dir_all(entry.path())?,
            None => fs::remove_file(entry.path())?,
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}
