//! Documents that are cited are in the repository: what somebody else keeps, nobody here can read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Names under which documents of nobody's repository were cited, each in two halves, so that this
/// file does not have them.
const NOWHERE: [[&str; 2]; 3] = [["DES", "IGN"], ["HOU", "SE"], ["GO", "ALS"]];

/// The folders whose texts are read, below the repository's root.
const FOLDERS: [&str; 5] = ["crates", "docs", "examples", "tests", "xtask"];

/// The kinds of files that are read.
const TEXTS: [&str; 4] = ["md", "rs", "toml", "yaml"];

/// Each citation of a document that is not there.
pub fn problems() -> anyhow::Result<Vec<String>> {
    let root = trimtab_testkit::repository();
    let mut files = Vec::new();
    for entry in fs::read_dir(&root)? {
        files.push(entry?.path());
    }
    files.retain(|path| path.is_file() && is_text(path));
    for folder in FOLDERS {
        texts_below(&root.join(folder), &mut files)?;
    }
    let mut problems = Vec::new();
    for file in files {
        let bytes = fs::read(&file).with_context(|| file.display().to_string())?;
        // Inputs of tests may be no text at all.
        let text = String::from_utf8_lossy(&bytes);
        let name = file.strip_prefix(&root).unwrap_or(&file).display();
        problems.extend(
            cited(&text).map(|line| {
                format!("{name}:{line} cites a document that is not in the repository")
            }),
        );
    }
    Ok(problems)
}

/// The lines that cite one.
fn cited(text: &str) -> impl Iterator<Item = usize> {
    let nowhere = NOWHERE.map(|halves| halves.concat());
    let is_cited = move |line: &str| {
        let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.any(|word| nowhere.iter().any(|name| name == word))
    };
    let lines = text.lines().enumerate().filter(move |(_, line)| is_cited(line));
    lines.map(|(number, _)| number + 1)
}

fn is_text(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| TEXTS.contains(&extension))
}

fn texts_below(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            texts_below(&path, found)?;
        } else if is_text(&path) {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{NOWHERE, cited, problems};

    #[test]
    fn every_document_that_is_cited_is_in_the_repository() {
        assert_eq!(problems().expect("texts"), [""; 0]);
    }

    #[test]
    fn a_name_counts_as_a_word_of_its_own() {
        let name = NOWHERE[0].concat();
        let text = format!("fine\n// as ({name} 2.4) says\n{name}ED by\nREDE{name}\n`{name}.md`\n");
        assert_eq!(cited(&text).collect::<Vec<_>>(), [2, 5]);
    }
}
