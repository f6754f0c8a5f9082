//! The texts of the repository that rules are about.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// The folders whose texts are read, below the repository's root.
const FOLDERS: [&str; 5] = ["crates", "docs", "examples", "tests", "xtask"];

/// The kinds of files that are read.
const KINDS: [&str; 4] = ["md", "rs", "toml", "yaml"];

pub(super) struct Text {
    /// The path below the root.
    pub name: String,
    /// Inputs of tests may be no text at all: what is none is replaced.
    pub text: String,
}

/// Every text, those of the root first.
pub(super) fn all() -> anyhow::Result<Vec<Text>> {
    let root = trimtab_testkit::repository();
    let mut files = Vec::new();
    for entry in fs::read_dir(&root)? {
        files.push(entry?.path());
    }
    files.retain(|path| path.is_file() && is_text(path));
    for folder in FOLDERS {
        below(&root.join(folder), &mut files)?;
    }
    let read = |file: PathBuf| {
        let bytes = fs::read(&file).with_context(|| file.display().to_string())?;
        let name = file.strip_prefix(&root).unwrap_or(&file).display().to_string();
        Ok(Text { name, text: String::from_utf8_lossy(&bytes).into_owned() })
    };
    files.into_iter().map(read).collect()
}

fn is_text(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| KINDS.contains(&extension))
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            below(&path, found)?;
        } else if is_text(&path) {
            found.push(path);
        }
    }
    Ok(())
}
