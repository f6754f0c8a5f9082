//! Packs: indexed apart, then moved into place.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use gix_hash::{Kind, ObjectId};
use gix_pack::data::input::{
    BytesToEntriesIter, EntriesToBytesIter, EntryDataMode, LookupRefDeltaObjectsIter, Mode,
};
use gix_pack::data::{self, EntryRange};
use gix_utils::progress::Discard;
use gix_zlib::Compression;

use super::weighing::{Gauge, Guarded, Weighed};
use crate::objects::Objects;
use crate::spool::Spool;

/// What ends the indexing of a pack early.
pub(crate) struct Bounds<'a> {
    /// A larger object. Unit: bytes.
    pub(crate) object_bytes_max: u64,
    /// Objects that are together larger, and more than the pack allows. Unit: bytes.
    pub(crate) unpacked_bytes_max: u64,
    /// More objects. Unit: objects.
    pub(crate) objects_max: u64,
    /// An object at the end of a longer chain. Unit: deltas.
    pub(crate) chain_deltas_max: u32,
    /// Somebody who has waited long enough. It is looked at before each object.
    pub(crate) interrupt: &'a AtomicBool,
}

/// Why a pack was not taken in.
#[derive(Debug)]
pub(crate) enum InstallError {
    /// Our disk failed.
    Disk(Arc<io::Error>),
    /// It was told to stop.
    Interrupted,
    /// An object is larger than the bound.
    TooLarge,
    /// Its objects are together larger than this bound, in bytes.
    TooMuch(u64),
    /// It has so many objects.
    TooMany(u64),
    /// An object is at the end of too long a chain of deltas.
    LongChain,
    /// The pack makes no sense, or builds on an object that we do not have.
    Bad(String),
}

impl From<io::Error> for InstallError {
    fn from(error: io::Error) -> Self {
        Self::Disk(Arc::new(error))
    }
}

/// A pack with its index, outside its store. What is not installed goes.
pub(super) struct Indexed {
    pack: PathBuf,
    index: PathBuf,
    /// What the pack is named by; nothing until it is known.
    hash: Option<ObjectId>,
}

/// Checks every object of a pack, completes it with the objects that it builds on, and indexes it.
/// `None` for a pack without objects.
pub(super) fn index(
    pack: Spool,
    directory: &Path,
    objects: &Objects,
    bounds: &Bounds<'_>,
) -> Result<Option<Indexed>, InstallError> {
    let gauge = Gauge::new(bounds, pack.bytes()?);
    let mut pack = pack.reader()?;
    let mut indexed = Indexed::begin(directory);
    let files = (created(&indexed.pack)?, created(&indexed.index)?);
    let guarded = Guarded { pack: &mut *pack, gauge: &gauge };
    match indexed.write(guarded, files, objects, bounds) {
        Ok(hash) => {
            indexed.hash = hash;
            Ok(hash.map(|_| indexed))
        }
        Err(error) => Err(gauge.reason().unwrap_or_else(|| reason(&error))),
    }
}

impl Indexed {
    fn begin(directory: &Path) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("new-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let file = |extension: &str| directory.join(format!("{name}.{extension}"));
        Self { pack: file("pack"), index: file("idx"), hash: None }
    }

    fn write(
        &self,
        pack: Guarded<'_>,
        (packed, index): (File, File),
        objects: &Objects,
        bounds: &Bounds<'_>,
    ) -> gix_error::Result<Option<ObjectId>> {
        let (gauge, mode) = (pack.gauge, EntryDataMode::KeepAndCrc32);
        let pack = BufReader::new(pack);
        let entries = BytesToEntriesIter::new_from_header(pack, Mode::Verify, mode, Kind::Sha1)?;
        let version = entries.version();
        let objects_count = entries.size_hint().0;
        if objects_count == 0 {
            return Ok(None);
        }
        gauge.count(objects_count as u64)?;
        let lookup = objects.reader();
        let entries = LookupRefDeltaObjectsIter::new(entries, lookup, Compression::BEST_SPEED);
        let entries = Weighed::new(entries, gauge);
        let written = PackFile(BufWriter::new(packed));
        let mut index = BufWriter::new(index);
        let outcome = gix_pack::index::write_data_iter_to_stream(
            gix_pack::index::Version::default(),
            || Ok((slice, self.map()?)),
            &mut EntriesToBytesIter::new(entries, written, version, Kind::Sha1),
            // Each thread has whole objects of its own in memory.
            Some(1),
            &mut Discard,
            &mut index,
            bounds.interrupt,
            Kind::Sha1,
            usize::try_from(bounds.object_bytes_max).ok(),
            version,
        )?;
        index.flush().map_err(gix_hash::io::from_std_io)?;
        Ok(Some(outcome.data_hash))
    }

    fn map(&self) -> io::Result<data::File> {
        data::File::at(&self.pack, Kind::Sha1).map_err(|error| io::Error::other(error.to_string()))
    }

    /// Moves it into a store and says how large it is. The index comes last: a pack counts from then.
    pub(super) fn install(self, store: &Path) -> io::Result<u64> {
        let hash = self.hash.ok_or(io::ErrorKind::InvalidInput)?;
        let bytes = fs::metadata(&self.pack)?.len();
        for (file, extension) in [(&self.pack, "pack"), (&self.index, "idx")] {
            fs::rename(file, store.join(format!("objects/pack/pack-{hash}.{extension}")))?;
        }
        Ok(bytes)
    }
}

impl Drop for Indexed {
    fn drop(&mut self) {
        for file in [&self.pack, &self.index] {
            // What was installed is not there any more; what cannot be deleted is swept at the next start.
            let _ = fs::remove_file(file);
        }
    }
}

fn created(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create_new(true).open(path)
}

fn slice(range: EntryRange, pack: &data::File) -> Option<&[u8]> {
    pack.entry_slice(range)
}

/// A pack on its way to the disk, which is read once to hash it.
struct PackFile(BufWriter<File>);

impl Write for PackFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Read for PackFile {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.flush()?;
        self.0.get_mut().read(bytes)
    }
}

impl Seek for PackFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

fn reason(error: &gix_error::Error) -> InstallError {
    if matches!(error.dominant_class(), Some(gix_error::Class::ResourceExhaustion(_))) {
        return InstallError::TooLarge;
    }
    disk_failure(error).unwrap_or_else(|| bad(error))
}

fn bad(error: &gix_error::Error) -> InstallError {
    InstallError::Bad(error.to_string())
}

/// The disk's own error, if that is what it was.
fn disk_failure(error: &gix_error::Error) -> Option<InstallError> {
    use io::ErrorKind as Kind;
    let kind = error.downcast_any_ref::<io::Error>()?.kind();
    let is_ours = matches!(
        kind,
        Kind::NotFound
            | Kind::PermissionDenied
            | Kind::QuotaExceeded
            | Kind::ReadOnlyFilesystem
            | Kind::StorageFull
    );
    is_ours.then(|| io::Error::from(kind).into())
}

/// Deletes what a crash left behind: packs on their way, and packs without an index.
pub(super) fn sweep(store: &Path) -> io::Result<()> {
    for entry in fs::read_dir(store.join("incoming"))? {
        fs::remove_file(entry?.path())?;
    }
    for entry in fs::read_dir(store.join("objects/pack"))? {
        let path = entry?.path();
        if !path.with_extension("idx").exists() || !path.with_extension("pack").exists() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// How many packs there are, and how large they are together. Unit: bytes.
pub(super) fn count(store: &Path) -> io::Result<(u64, u64)> {
    let (mut packs, mut bytes) = (0, 0);
    for entry in fs::read_dir(store.join("objects/pack"))? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|extension| extension == "pack") {
            packs += 1;
            bytes += entry.metadata()?.len();
        }
    }
    Ok((packs, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;
    use trimtab_model::limit;

    /// A pack as somebody writes it by hand.
    struct Pack {
        bytes: Vec<u8>,
        last: usize,
    }

    impl Pack {
        /// Says that it has so many objects.
        fn of(objects: u64) -> Self {
            let mut bytes = b"PACK\0\0\0\x02".to_vec();
            bytes.extend(u32::try_from(objects).unwrap().to_be_bytes());
            Self { bytes, last: 0 }
        }

        /// A file and so many deltas, each of the one before.
        fn chain(deltas: u64) -> Self {
            let mut pack = Self::of(deltas + 1);
            pack.entry(3, &[], b"abcd");
            for number in 0..deltas {
                let distance = u16::try_from(pack.bytes.len() - pack.last).unwrap();
                assert!(distance < 128, "one byte is enough");
                // Four bytes become four: two that are new, and the last two of those before.
                let [low, high] = u16::try_from(number).unwrap().to_le_bytes();
                let delta = [4, 4, 2, low, high, 0b1001_0001, 2, 2];
                pack.entry(6, &[distance.to_le_bytes()[0]], &delta);
            }
            pack
        }

        fn entry(&mut self, kind: u8, base: &[u8], content: &[u8]) {
            self.last = self.bytes.len();
            let length = u8::try_from(content.len()).unwrap();
            assert!(length < 16, "one byte is enough");
            self.bytes.push(kind << 4 | length);
            self.bytes.extend(base);
            // A zlib stream of one block that is not compressed.
            self.bytes.extend([0x78, 0x01, 0x01, length, 0, !length, 0xff]);
            self.bytes.extend(content);
            let (mut a, mut b) = (1_u32, 0_u32);
            for byte in content {
                a = (a + u32::from(*byte)) % 65_521;
                b = (b + a) % 65_521;
            }
            self.bytes.extend((b << 16 | a).to_be_bytes());
        }

        fn index(mut self, bounds: &Bounds<'_>) -> Result<Option<ObjectId>, InstallError> {
            let mut hasher = gix_hash::hasher(Kind::Sha1);
            hasher.update(&self.bytes);
            self.bytes.extend(hasher.try_finalize().unwrap().as_slice());
            let directory = TempDir::new().unwrap();
            fs::create_dir(directory.path().join("objects")).unwrap();
            let objects = Objects::open_in(directory.path()).unwrap();
            let mut spool = Spool::new(directory.path());
            spool.memory().extend(&self.bytes);
            let indexed = index(spool, directory.path(), &objects, bounds)?;
            Ok(indexed.and_then(|indexed| indexed.hash))
        }
    }

    static NEVER: AtomicBool = AtomicBool::new(false);

    fn bounds() -> Bounds<'static> {
        Bounds {
            object_bytes_max: limit::GIT_OBJECT_BYTES_MAX,
            unpacked_bytes_max: limit::GIT_UNPACKED_BYTES_MAX,
            objects_max: limit::GIT_PACK_OBJECTS_MAX,
            chain_deltas_max: u32::try_from(limit::GIT_CHAIN_DELTAS_MAX).unwrap(),
            interrupt: &NEVER,
        }
    }

    #[test]
    fn a_pack_of_too_many_objects_is_refused_for_their_number() {
        for count in [limit::GIT_PACK_OBJECTS_MAX + 1, 100_000_000] {
            let refused = Pack::of(count).index(&bounds()).unwrap_err();
            assert!(matches!(refused, InstallError::TooMany(told) if told == count), "{refused:?}");
        }
        // There is room for as many as a pack may have: what is wrong with this one is that it has none.
        let refused = Pack::of(limit::GIT_PACK_OBJECTS_MAX).index(&bounds()).unwrap_err();
        assert!(matches!(refused, InstallError::Bad(_)), "{refused:?}");
    }

    #[test]
    fn a_chain_of_deltas_is_no_longer_than_git_makes_them() {
        assert!(Pack::chain(limit::GIT_CHAIN_DELTAS_MAX).index(&bounds()).unwrap().is_some());
        let refused = Pack::chain(limit::GIT_CHAIN_DELTAS_MAX + 1).index(&bounds()).unwrap_err();
        assert!(matches!(refused, InstallError::LongChain), "{refused:?}");
    }
}
