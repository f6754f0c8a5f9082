//! The file: opened whole or not at all, read once, written in batches.

use crate::encoding;
use crate::error::Error;
use redb::backends::FileBackend;
use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableDefinition,
};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use trimtab_model::limit;
use trimtab_ports::store::{Change, Kept};

/// Whose file it is, under the one key.
const OWNER: TableDefinition<'_, &str, &str> = TableDefinition::new("owner");
const OWNER_KEY: &str = "owner";
/// The entries, as `encoding` writes them.
const BASELINES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("baselines");
/// Pages that are held in memory. The file is read once and then only written.
const PAGE_CACHE_BYTES: usize = 4 << 20;

/// An open store, ours alone until it is dropped.
#[derive(Debug)]
pub struct File {
    database: Database,
}

impl File {
    /// Opens the file of this owner, or makes an empty one, and reads what is in it. Every page is
    /// checked against its checksum.
    pub fn open(path: &Path, owner: &str) -> Result<(Self, Vec<Kept>), Error> {
        let file = private(path).map_err(|source| Error::File { path: path.into(), source })?;
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        if bytes > limit::STORE_BYTES_MAX {
            return Err(Error::TooLarge(bytes));
        }
        let backend = FileBackend::new(file).map_err(|error| opening(path, error))?;
        let database = Database::builder()
            .set_cache_size(PAGE_CACHE_BYTES)
            .set_check_integrity_on_open(bytes > 0)
            .create_with_backend(backend)
            .map_err(|error| opening(path, error))?;
        let this = Self { database };
        this.claim(owner)?;
        let kept = this.read()?;
        Ok((this, kept))
    }

    /// Writes the owner into an empty file; refuses one of another owner.
    fn claim(&self, owner: &str) -> Result<(), Error> {
        let write = self.database.begin_write().map_err(Error::damaged)?;
        {
            let mut table = write.open_table(OWNER).map_err(Error::damaged)?;
            let known = table.get(OWNER_KEY).map_err(Error::damaged)?;
            let known = known.map(|known| known.value().to_owned());
            match known {
                Some(known) if known != owner => return Err(Error::NotOurs(known)),
                Some(_) => {}
                None => drop(table.insert(OWNER_KEY, owner).map_err(Error::damaged)?),
            }
            write.open_table(BASELINES).map_err(Error::damaged)?;
        }
        write.commit().map_err(Error::damaged)
    }

    fn read(&self) -> Result<Vec<Kept>, Error> {
        let read = self.database.begin_read().map_err(Error::damaged)?;
        let table = read.open_table(BASELINES).map_err(Error::damaged)?;
        let mut kept = Vec::new();
        for entry in table.iter().map_err(Error::damaged)? {
            let (key, value) = entry.map_err(Error::damaged)?;
            kept.push(encoding::entry(key.value(), value.value()).ok_or(Error::Unreadable)?);
        }
        Ok(kept)
    }

    /// Carries changes out, all or none. Returns how many entries were not kept because there are
    /// enough.
    pub fn save(&self, changes: &[Change]) -> Result<u64, Error> {
        self.save_bounded(changes, limit::STORE_BASELINES_MAX)
    }

    fn save_bounded(&self, changes: &[Change], baselines_max: u64) -> Result<u64, Error> {
        let write = self.database.begin_write().map_err(Error::damaged)?;
        let mut left_out = 0;
        {
            let mut table = write.open_table(BASELINES).map_err(Error::damaged)?;
            for change in changes {
                match change {
                    Change::Forget(place) => {
                        let key = encoding::key(place);
                        table.remove(&*key).map_err(Error::damaged)?;
                    }
                    Change::Keep(kept) => {
                        let key = encoding::key(kept.place());
                        let value = encoding::value(kept.baseline());
                        let is_full = table.len().map_err(Error::damaged)? >= baselines_max;
                        if is_full && table.get(&*key).map_err(Error::damaged)?.is_none() {
                            left_out += 1;
                        } else {
                            table.insert(&*key, &*value).map_err(Error::damaged)?;
                        }
                    }
                }
            }
        }
        write.commit().map_err(Error::damaged)?;
        Ok(left_out)
    }
}

/// Opens or makes a file that nobody else may read.
fn private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        let file = options.mode(0o600).open(path)?;
        // A file that was there before keeps its mode: take away what others may do with it.
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}

fn opening(path: &Path, error: DatabaseError) -> Error {
    let path = || path.into();
    match error {
        DatabaseError::DatabaseAlreadyOpen => Error::InUse { path: path() },
        // An invalid file is told as an I/O error of that kind.
        DatabaseError::Storage(redb::StorageError::Io(source))
            if !matches!(source.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) =>
        {
            Error::File { path: path(), source }
        }
        other => Error::damaged(other),
    }
}

#[cfg(test)]
mod tests {
    use super::File;
    use trimtab_model::{Digest, ObjectKey};
    use trimtab_plan::{Baseline, Entry};
    use trimtab_ports::store::{Change, Kept, Place};

    fn keep(name: &str, version: &str) -> Change {
        let digest = Digest::of(name.as_bytes());
        let baseline = Baseline {
            uid: "u".into(),
            desired: digest,
            entry: Entry { fields: digest, values: digest },
            resource_version: version.into(),
        };
        let key =
            ObjectKey::namespaced(&trimtab_model::GroupKind::new("", "ConfigMap"), "default", name);
        Change::Keep(Kept::new(Place { manager: "m".into(), key }, baseline).expect("no Secret"))
    }

    #[test]
    fn a_full_store_keeps_what_it_has_up_to_date_and_takes_nothing_new() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store");
        let (file, _) = File::open(&path, "o").expect("opened");
        let first = file.save_bounded(&[keep("a", "1"), keep("b", "1"), keep("c", "1")], 2);
        assert_eq!(first.expect("saved"), 1);
        assert_eq!(file.save_bounded(&[keep("b", "2")], 2).expect("saved"), 0);
        drop(file);
        let (_, kept) = File::open(&path, "o").expect("opened");
        let versions = kept.iter().map(|kept| kept.baseline().resource_version.as_str());
        assert_eq!(versions.collect::<Vec<_>>(), ["1", "2"]);
    }
}
