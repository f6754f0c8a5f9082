//! What is made once and kept under `target/`: one maker at a time, nothing half-made is ever seen.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Cargo's target folder: `CARGO_TARGET_DIR` or `target` in the repository.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => repository().join(folder),
        None => repository().join("target"),
    }
}

/// Returns `folder`, after `make` has filled it if it is not there. `make` gets a folder beside it
/// which is renamed when all went well; other processes that want the same wait.
pub fn once<E: From<io::Error>>(
    folder: &Path,
    make: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<PathBuf, E> {
    if !folder.is_dir() {
        let parent = folder.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent)?;
        // The lock ends with the file that holds it, also when this process dies.
        let mut lock = folder.as_os_str().to_owned();
        lock.push(".lock");
        let lock = File::create(lock)?;
        lock.lock()?;
        if !folder.is_dir() {
            let half = tempfile::tempdir_in(parent)?;
            make(half.path())?;
            fs::rename(half.keep(), folder)?;
        }
    }
    Ok(fs::canonicalize(folder)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_make_leaves_nothing_and_the_next_one_succeeds() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("made.v1");
        let failed = once(&folder, |half| {
            fs::write(half.join("part"), "x")?;
            Err(io::Error::other("no"))
        });
        assert!(failed.is_err());
        assert!(!folder.exists());
        once(&folder, |half| fs::write(half.join("part"), "whole")).expect("made");
        once(&folder, |_| Err(io::Error::other("made twice"))).expect("kept");
        assert_eq!(fs::read_to_string(folder.join("part")).expect("a file"), "whole");
    }
}
