//! A folder for one run of a command, under `target`.

use std::fs::{self, File};
use std::path::Path;

use anyhow::Context;

/// A folder of our own. Other runs leave it alone while this process lives; if it is not removed at
/// the end, the next run does that.
pub struct RunFolder {
    folder: tempfile::TempDir,
    _lock: File,
}

const LOCK: &str = "lock";

impl RunFolder {
    /// Makes one for a command, after removing those of its runs that are over.
    pub fn fresh(command: &str) -> anyhow::Result<Self> {
        let parent = trimtab_testkit::target().join(command);
        Self::fresh_in(&parent).with_context(|| format!("cannot use {}", parent.display()))
    }

    fn fresh_in(parent: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(parent)?;
        let parent = fs::canonicalize(parent)?;
        // One at a time: a folder without a lock yet is not taken for one that is left over.
        let gate = File::create(parent.join(LOCK))?;
        gate.lock()?;
        sweep(&parent)?;
        let folder =
            tempfile::Builder::new().prefix("run-").disable_cleanup(true).tempdir_in(parent)?;
        let lock = File::create(folder.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self { folder, _lock: lock })
    }

    /// Where it is, as an absolute path without links.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Removes it with everything in it.
    pub fn remove(self) -> anyhow::Result<()> {
        let path = self.path().to_owned();
        fs::remove_dir_all(&path).with_context(|| format!("cannot remove {}", path.display()))
    }
}

fn sweep(parent: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(parent)? {
        let path = entry?.path();
        let is_over = || File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if path.is_dir() && is_over() {
            fs::remove_dir_all(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_leaves_is_removed_by_the_next_one_and_not_before_its_end() {
        let parent = tempfile::tempdir().expect("a folder");
        let first = RunFolder::fresh_in(parent.path()).expect("made");
        let second = RunFolder::fresh_in(parent.path()).expect("made");
        let (one, two) = (first.path().to_owned(), second.path().to_owned());
        assert!(one.is_dir() && two.is_dir());
        drop(first);
        assert!(one.is_dir());
        let third = RunFolder::fresh_in(parent.path()).expect("made");
        assert!(!one.exists() && two.is_dir());
        third.remove().expect("removed");
    }
}
