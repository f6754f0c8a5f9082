//! Where caches lie: a directory of this installation, ours alone while we run.

use crate::system::SystemRandomness;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trimtab_model::Digest;
use trimtab_ports::store::Store;
use trimtab_ports::tasks::Tasks;
use trimtab_store::{Forgetful, Installation, Local};

/// A claimed directory. Dropped, another process may have it.
pub struct Cache {
    directory: PathBuf,
    claim: Claim,
}

enum Claim {
    /// The installation's own, for this process and the next.
    Lasting { installation: Installation, _lock: File },
    /// This process's own, gone with it.
    Passing,
}

impl Cache {
    /// Claims the directory of an installation under `root`. Where that cannot be had, or it is not
    /// known which it is, a directory of this process alone does as well; only the next start costs
    /// more then. The log says why.
    pub fn claim(root: Option<&Path>, installation: Option<Installation>) -> io::Result<Self> {
        let (Some(root), Some(installation)) = (root, installation) else {
            tracing::warn!("no lasting directory for caches: name one with --cache-dir");
            return Self::passing();
        };
        let directory = root.join(&*installation.cluster).join(installation.namespace.as_str());
        match lock(&directory) {
            Ok(Some(lock)) => {
                tracing::info!(directory = %directory.display(), "keeping caches");
                Ok(Self { directory, claim: Claim::Lasting { installation, _lock: lock } })
            }
            Ok(None) => {
                tracing::warn!(
                    directory = %directory.display(),
                    "another process uses this cache: nothing of this one outlasts it"
                );
                Self::passing()
            }
            Err(error) => {
                tracing::warn!(
                    directory = %directory.display(),
                    %error,
                    "this directory cannot be used for caches: nothing outlasts this process"
                );
                Self::passing()
            }
        }
    }

    fn passing() -> io::Result<Self> {
        let unique = Digest::of(&SystemRandomness::new().key()).short();
        let name = format!("trimtab-{}-{unique}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        create(&directory)?;
        Ok(Self { directory, claim: Claim::Passing })
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where something is left for the next process.
    pub fn store(&self, tasks: Arc<dyn Tasks>) -> Arc<dyn Store> {
        match &self.claim {
            Claim::Lasting { installation, .. } => {
                Arc::new(Local::new(self.directory.join("store.redb"), installation, tasks))
            }
            Claim::Passing => Arc::new(Forgetful),
        }
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        if let Claim::Passing = self.claim {
            // What is left in a temporary directory is swept by the machine.
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// A directory that nobody else may enter.
fn create(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

fn lock(directory: &Path) -> io::Result<Option<File>> {
    create(directory)?;
    let file =
        File::options().write(true).create(true).truncate(false).open(directory.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::Cache;
    use std::os::unix::fs::PermissionsExt;
    use trimtab_store::Installation;

    fn installation(cluster: &str) -> Installation {
        Installation { cluster: cluster.into(), namespace: "trimtab".into() }
    }

    #[test]
    fn the_next_process_finds_what_this_one_left() {
        let root = tempfile::tempdir().expect("a folder");
        let claim = |cluster| Cache::claim(Some(root.path()), Some(installation(cluster)));
        let first = claim("a").expect("claimed");
        let directory = first.directory().to_owned();
        assert_eq!(directory, root.path().join("a").join("trimtab"));
        let mode = std::fs::metadata(&directory).expect("made").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        std::fs::write(directory.join("left"), "").expect("written");
        assert_ne!(claim("b").expect("claimed").directory(), directory);
        drop(first);
        let second = claim("a").expect("claimed");
        assert!(second.directory().join("left").exists());
    }

    #[test]
    fn a_second_process_has_a_directory_of_its_own_which_goes_with_it() {
        let root = tempfile::tempdir().expect("a folder");
        let claim = || Cache::claim(Some(root.path()), Some(installation("a"))).expect("claimed");
        let (first, second) = (claim(), claim());
        let passing = second.directory().to_owned();
        assert!(passing.exists() && passing != first.directory());
        drop(second);
        assert!(!passing.exists() && first.directory().exists());
    }

    #[test]
    fn without_a_directory_that_can_be_used_there_is_one_for_this_process() {
        let root = tempfile::tempdir().expect("a folder");
        let file = root.path().join("file");
        std::fs::write(&file, "").expect("written");
        for (root, installation) in [
            (Some(&*file), Some(installation("a"))),
            (None, Some(installation("a"))),
            (Some(root.path()), None),
        ] {
            let cache = Cache::claim(root, installation).expect("claimed");
            assert!(cache.directory().starts_with(std::env::temp_dir()));
        }
    }
}
