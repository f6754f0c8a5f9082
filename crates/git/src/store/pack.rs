//! Packs: indexed apart, then moved into place.

use std::fs;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gix_pack::bundle::write::Options;
use gix_utils::progress::Discard;

use crate::objects::Objects;

/// What ends the indexing of a pack early.
pub(crate) struct Bounds<'a> {
    /// A larger object. Unit: bytes.
    pub(crate) object_bytes_max: u64,
    /// Somebody who has waited long enough.
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
    /// The pack makes no sense, or builds on an object that we do not have.
    Bad(String),
}

impl From<io::Error> for InstallError {
    fn from(error: io::Error) -> Self {
        Self::Disk(Arc::new(error))
    }
}

/// A pack with its index, outside its store.
pub(super) struct Indexed {
    pack: PathBuf,
    index: PathBuf,
}

/// Checks every object of a pack, completes it with the objects that it builds on, and indexes it.
/// `None` for a pack without objects.
pub(super) fn index(
    reader: &mut dyn BufRead,
    directory: &Path,
    objects: &Objects,
    bounds: &Bounds<'_>,
) -> Result<Option<Indexed>, InstallError> {
    let Bounds { object_bytes_max, interrupt } = *bounds;
    let options = Options {
        // Each thread has whole objects of its own in memory.
        thread_limit: Some(1),
        alloc_limit_bytes: usize::try_from(object_bytes_max).ok(),
        ..Options::default()
    };
    let written = gix_pack::Bundle::write_to_directory(
        reader,
        Some(directory),
        &mut Discard,
        interrupt,
        Some(objects.reader()),
        gix_hash::Kind::Sha1,
        options,
    );
    let outcome = match written {
        Ok(outcome) => outcome,
        Err(_) if interrupt.load(Ordering::Relaxed) => return Err(InstallError::Interrupted),
        Err(error)
            if matches!(error.dominant_class(), Some(gix_error::Class::ResourceExhaustion(_))) =>
        {
            return Err(InstallError::TooLarge);
        }
        Err(error) => return Err(disk_failure(&error).unwrap_or_else(|| bad(&error))),
    };
    if let Some(keep) = outcome.keep_path {
        fs::remove_file(keep)?;
    }
    Ok(outcome.data_path.zip(outcome.index_path).map(|(pack, index)| Indexed { pack, index }))
}

impl Indexed {
    /// Moves it into a store and says how large it is. The index comes last: a pack counts from then.
    pub(super) fn install(self, store: &Path) -> io::Result<u64> {
        let bytes = fs::metadata(&self.pack)?.len();
        for file in [self.pack, self.index] {
            let name = file.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            fs::rename(&file, store.join("objects/pack").join(name))?;
        }
        Ok(bytes)
    }
}

fn bad(error: &gix_error::Error) -> InstallError {
    InstallError::Bad(error.to_string())
}

/// The disk's own error, if that is what it was.
fn disk_failure(error: &gix_error::Error) -> Option<InstallError> {
    use io::ErrorKind as Kind;
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if let Some(
            kind @ (Kind::NotFound
            | Kind::PermissionDenied
            | Kind::QuotaExceeded
            | Kind::ReadOnlyFilesystem
            | Kind::StorageFull),
        ) = kind
        {
            return Some(io::Error::from(kind).into());
        }
        cause = error.source();
    }
    None
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
