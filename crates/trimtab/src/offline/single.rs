//! One file, or standard input, as a tree of files.

use anyhow::Context;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use trimtab_model::limit;
use trimtab_render::MemoryTree;

/// What names standard input.
const STANDARD_INPUT: &str = "-";

/// The name in the tree of what has no name that tells a manifest.
const MANIFESTS: &str = "manifests.yaml";

/// Ends of names by which a renderer tells what a file holds.
const TELLING: [&str; 4] = ["yaml", "yml", "json", "jsonnet"];

/// A tree of one file.
pub struct Single {
    /// The tree.
    pub tree: MemoryTree,
    /// The file's name, as the user gave it.
    pub shown: String,
}

/// Reads a file or standard input; nothing where the path is something else, or not there.
pub fn read(path: &Path) -> anyhow::Result<Option<Single>> {
    if path == Path::new(STANDARD_INPUT) {
        let content = whole(io::stdin().lock()).context("standard input cannot be read")?;
        let tree = MemoryTree::default().with(MANIFESTS, content);
        return Ok(Some(Single { tree, shown: "standard input".to_owned() }));
    }
    if !path.is_file() {
        return Ok(None);
    }
    let shown = path.display().to_string();
    let opened = File::open(path).and_then(whole);
    let content = opened.with_context(|| format!("the file {shown} cannot be read"))?;
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.filter(|_| TELLING.contains(&end)).unwrap_or(MANIFESTS);
    Ok(Some(Single { tree: MemoryTree::default().with(name, content), shown }))
}

/// As much as a renderer would read, and one byte more, so that it says what is too long.
fn whole(from: impl Read) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(limit::YAML_FILE_BYTES_MAX + 1).read_to_end(&mut content)?;
    Ok(content)
}
