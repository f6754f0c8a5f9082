//! The objects of one repository on disk, read by many threads at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gix_hash::ObjectId;
use gix_object::{Exists, Find as _, Kind};
use gix_odb::store::init::{Options, Slots};
use gix_odb::{HandleArc, Header as _};
use trimtab_model::limit;
use trimtab_ports::git::Id;

use crate::directory::Directory;

/// What each reader remembers of a pack, so that a chain of deltas is not undone for each object of it.
const PACK_CACHE_BYTES: usize = 1 << 20;

/// How many tags may stand between a tag and what it stands for.
const TAG_HOPS_MAX: usize = 16;

/// The objects of one repository on disk. Reading takes no lock but to borrow a reader.
pub(crate) struct Objects {
    store: Arc<gix_odb::Store>,
    idle: Mutex<Vec<HandleArc>>,
    /// Tells this store from every other of this process.
    number: u64,
    /// Set once something in it could not be read.
    damaged: AtomicBool,
    /// A directory that goes with the last reader, once it is retired.
    home: Option<PathBuf>,
    retired: AtomicBool,
    /// What is stored as a longer chain is not read. Unit: deltas.
    chain_deltas_max: u32,
}

/// Why an object could not be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// It is not there.
    Missing(Id),
    /// It is larger than the bound, in bytes.
    TooLarge(u64),
    /// It is stored as a longer chain than this bound, in deltas.
    LongChain(u64),
    /// It is not as it was stored.
    Damaged(String),
    /// It is as it was pushed, and not what it should be.
    Odd(String),
}

/// What of a commit matters to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommitFacts {
    /// Its tree.
    pub(crate) tree: Id,
    /// Its parents, whether they are in the store or not.
    pub(crate) parents: Vec<Id>,
    /// When it was committed, by its author's clock. Unit: seconds since 1970.
    pub(crate) time: i64,
}

impl Objects {
    /// Opens an `objects` directory that belongs to someone else. What is stored as a longer chain of deltas
    /// is not read.
    pub(crate) fn open(directory: &Path, chain_deltas_max: u32) -> std::io::Result<Self> {
        let slots = Slots::AsNeededByDiskState { multiplier: 2.0, minimum: 256 };
        Self::with(directory, slots, (None, chain_deltas_max))
    }

    /// Opens an `objects` directory inside a home of ours.
    pub(crate) fn open_in(home: &Path) -> std::io::Result<Self> {
        let chain_deltas_max = u32::try_from(limit::GIT_CHAIN_DELTAS_MAX).unwrap_or(u32::MAX);
        let ours = (Some(home.to_owned()), chain_deltas_max);
        Self::with(&home.join("objects"), Slots::Given(512), ours)
    }

    fn with(
        directory: &Path,
        slots: Slots,
        (home, chain_deltas_max): (Option<PathBuf>, u32),
    ) -> std::io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let options = Options {
            slots,
            alloc_limit_bytes: usize::try_from(limit::GIT_OBJECT_BYTES_MAX).ok(),
            current_dir: Some(directory.to_owned()),
            ..Options::default()
        };
        let store = gix_odb::Store::at_opts(
            directory.to_owned(),
            gix_hash::Kind::Sha1,
            &mut std::iter::empty(),
            options,
        )?;
        Ok(Self {
            store: Arc::new(store),
            idle: Mutex::default(),
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            damaged: AtomicBool::new(false),
            home,
            retired: AtomicBool::new(false),
            chain_deltas_max,
        })
    }

    /// Tells this store from every other of this process.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether something in it could not be read.
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// Lets the home go with the last reader.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
    }

    /// A reader of its own, for work that reads a lot.
    pub(crate) fn reader(&self) -> HandleArc {
        let mut reader = self.store.to_cache_arc();
        reader.set_pack_cache(|| {
            Box::new(gix_pack::cache::lru::MemoryCappedHashmap::new(PACK_CACHE_BYTES))
        });
        reader
    }

    fn reading<T>(&self, read: impl FnOnce(&HandleArc) -> T) -> T {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = idle.unwrap_or_else(|| self.reader());
        let answer = read(&reader);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if (idle.len() as u64) < limit::GIT_READERS_MAX {
            idle.push(reader);
        }
        answer
    }

    /// Whether an object is there.
    pub(crate) fn contains(&self, id: &Id) -> bool {
        self.reading(|reader| reader.exists(&object(id)))
    }

    /// A blob's size, without reading it. Unit: bytes.
    pub(crate) fn blob_size(&self, id: &Id) -> Result<u64, Unreadable> {
        let (kind, size) = self.header(id)?;
        if kind == Kind::Blob { Ok(size) } else { Err(self.another(id, (kind, Kind::Blob))) }
    }

    /// A blob's content.
    pub(crate) fn blob(&self, id: &Id, bytes_max: u64) -> Result<Vec<u8>, Unreadable> {
        self.content(id, Kind::Blob, bytes_max)
    }

    /// A directory.
    pub(crate) fn directory(&self, id: &Id) -> Result<Directory, Unreadable> {
        let bytes = self.content(id, Kind::Tree, limit::GIT_TREE_BYTES_MAX)?;
        let odd = |reason| self.odd(id, (Kind::Tree, &bytes), format!("directory {id}: {reason}"));
        Directory::decode(&bytes).map_err(odd)
    }

    /// A commit.
    pub(crate) fn commit(&self, id: &Id) -> Result<CommitFacts, Unreadable> {
        let bytes = self.content(id, Kind::Commit, limit::GIT_TREE_BYTES_MAX)?;
        facts(&bytes).ok_or_else(|| {
            self.odd(id, (Kind::Commit, &bytes), format!("commit {id} cannot be decoded"))
        })
    }

    /// What a tag stands for in the end; the object itself where it is no tag.
    pub(crate) fn peel(&self, id: Id) -> Result<Id, Unreadable> {
        let mut id = id;
        for _ in 0..TAG_HOPS_MAX {
            if self.header(&id)?.0 != Kind::Tag {
                return Ok(id);
            }
            let bytes = self.content(&id, Kind::Tag, limit::GIT_TREE_BYTES_MAX)?;
            id = tagged(&bytes).ok_or_else(|| {
                self.odd(&id, (Kind::Tag, &bytes), format!("tag {id} cannot be decoded"))
            })?;
        }
        Err(Unreadable::Odd(format!("tag {id} stands at the end of too long a chain")))
    }

    /// The one commit that begins with these hexadecimal digits.
    pub(crate) fn complete(&self, abbreviated: &str) -> Option<Id> {
        let prefix = gix_hash::Prefix::from_hex(abbreviated).ok()?;
        let found = self.reading(|reader| reader.lookup_prefix(prefix, None)).ok()??.ok()?;
        let id = Id::from_bytes(found.as_slice().try_into().ok()?);
        (self.header(&id).ok()?.0 == Kind::Commit).then_some(id)
    }

    fn header(&self, id: &Id) -> Result<(Kind, u64), Unreadable> {
        let header = self.reading(|reader| reader.try_header(&object(id)));
        let header = header.map_err(|error| self.damage(format!("{id}: {error}")))?;
        let header = header.ok_or(Unreadable::Missing(*id))?;
        // Its chain was only walked so far. To read it all of that has to be made.
        if header.num_deltas().is_some_and(|deltas| deltas > self.chain_deltas_max) {
            return Err(Unreadable::LongChain(self.chain_deltas_max.into()));
        }
        Ok((header.kind(), header.size()))
    }

    fn content(&self, id: &Id, kind: Kind, bytes_max: u64) -> Result<Vec<u8>, Unreadable> {
        let (found, size) = self.header(id)?;
        if found != kind {
            return Err(self.another(id, (found, kind)));
        }
        if size > bytes_max {
            return Err(Unreadable::TooLarge(bytes_max));
        }
        self.bytes(id)
    }

    fn bytes(&self, id: &Id) -> Result<Vec<u8>, Unreadable> {
        let mut buffer = Vec::new();
        let read = self.reading(|reader| {
            reader.try_find(&object(id), &mut buffer).map(|found| found.is_some())
        });
        let is_there = read.map_err(|error| self.damage(format!("{id}: {error}")))?;
        if is_there { Ok(buffer) } else { Err(Unreadable::Missing(*id)) }
    }

    /// An object is of another kind than it should be.
    fn another(&self, id: &Id, (found, wanted): (Kind, Kind)) -> Unreadable {
        match self.bytes(id) {
            Ok(bytes) => {
                self.odd(id, (found, &bytes), format!("{id} is a {found}, not a {wanted}"))
            }
            Err(cause) => cause,
        }
    }

    /// An object makes no sense. Its name says whether it was pushed so, which is no fault of the store
    /// that others read, or has become so.
    fn odd(&self, id: &Id, (kind, bytes): (Kind, &[u8]), reason: String) -> Unreadable {
        match gix_object::compute_hash(gix_hash::Kind::Sha1, kind, bytes) {
            Ok(name) if name == object(id) => Unreadable::Odd(reason),
            _ => self.damage(reason),
        }
    }

    /// Remembers that something could not be read, so that the store is fetched afresh.
    pub(crate) fn damage(&self, reason: String) -> Unreadable {
        self.damaged.store(true, Ordering::Relaxed);
        Unreadable::Damaged(reason)
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        if let Some(home) = self.home.as_ref().filter(|_| self.retired.load(Ordering::Relaxed)) {
            // What cannot be deleted now is deleted when the store is opened the next time.
            let _ = fs::remove_dir_all(home);
        }
    }
}

/// An id as gix has it.
pub(crate) fn object(id: &Id) -> ObjectId {
    ObjectId::from_bytes_or_panic(id.as_bytes())
}

fn facts(bytes: &[u8]) -> Option<CommitFacts> {
    let mut lines = bytes.split(|&byte| byte == b'\n');
    let tree = id_after(lines.next()?, b"tree ")?;
    let mut parents = Vec::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        if let Some(parent) = id_after(line, b"parent ") {
            parents.push(parent);
        } else if let Some(committer) = line.strip_prefix(b"committer ") {
            return Some(CommitFacts { tree, parents, time: time(committer) });
        }
    }
    None
}

fn tagged(bytes: &[u8]) -> Option<Id> {
    id_after(bytes.split(|&byte| byte == b'\n').next()?, b"object ")
}

fn id_after(line: &[u8], prefix: &[u8]) -> Option<Id> {
    Id::parse(std::str::from_utf8(line.strip_prefix(prefix)?).ok()?)
}

/// The seconds in `Name <address> seconds zone`; an odd time counts as the first second of all.
fn time(signature: &[u8]) -> i64 {
    let text = String::from_utf8_lossy(signature);
    let after = text.rsplit_once('>').map_or("", |(_, after)| after);
    after.split_whitespace().next().and_then(|seconds| seconds.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_says_its_tree_its_parents_and_its_time() {
        let (a, b, c) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
        let text = format!(
            "tree {a}\nparent {b}\nparent {c}\nauthor A <a@b> 5 +0000\n\
             committer Odd > Name <a@b> 1700000000 -0130\ngpgsig x\n y\n\nparent {a}\n"
        );
        let facts = facts(text.as_bytes()).unwrap();
        assert_eq!(facts.tree, Id::parse(&a).unwrap());
        assert_eq!(facts.parents, [Id::parse(&b).unwrap(), Id::parse(&c).unwrap()]);
        assert_eq!(facts.time, 1_700_000_000);
    }

    #[test]
    fn what_is_no_commit_is_none() {
        assert_eq!(facts(b""), None);
        assert_eq!(facts(b"tree x\ncommitter A <a> 1 +0\n"), None);
        assert_eq!(facts(format!("tree {}\n\n", "a".repeat(40)).as_bytes()), None);
    }
}
