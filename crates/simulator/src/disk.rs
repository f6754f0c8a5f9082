//! The local store in memory: what one process leaves for the next, unless it is lost.

use crate::life::Life;
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use trimtab_ports::store::{Change, Error, Kept, Place, Store};

/// One machine's disk. Clones are the same disk.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<BTreeMap<Place, Kept>>>);

impl Disk {
    /// Loses everything.
    pub fn wipe(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Place, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One process's use of the disk.
pub struct Saves {
    /// The disk.
    pub disk: Disk,
    /// The process's life.
    pub life: Life,
}

impl Store for Saves {
    fn load(&self) -> BoxFuture<'_, Vec<Kept>> {
        Box::pin(std::future::ready(self.disk.lock().values().cloned().collect()))
    }

    fn save(&self, changes: Vec<Change>) -> BoxFuture<'_, Result<(), Error>> {
        let save = async move {
            let mut kept = self.disk.lock();
            for change in changes {
                match change {
                    Change::Keep(row) => kept.insert(row.place().clone(), row),
                    Change::Forget(place) => kept.remove(&place),
                };
            }
            Ok(())
        };
        Box::pin(self.life.does("saves", save))
    }
}
