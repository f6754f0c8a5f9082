//! `.helmignore`: which files of a chart's directory are no part of it. Source: helm `ignore/rules.go`.

use std::collections::BTreeMap;

use trimtab_model::{Glob, limit};

use super::{Error, Exceeded, File};
use crate::archive::BYTE_ORDER_MARK;

const NAME: &str = ".helmignore";

/// Files in `templates/` that begin with a dot are never templates.
const ALWAYS: &str = "templates/.?*";

/// The longest line that helm reads, in bytes.
const LINE_BYTES_MAX: usize = 65_536;

/// One line.
struct Rule {
    glob: Glob,
    /// How long the pattern is, in bytes.
    length: u64,
    /// Whether all are left out but those that match.
    is_negative: bool,
    is_for_directories: bool,
    /// Whether only the last part of a path is looked at.
    is_for_names: bool,
}

/// The files that are left.
pub(super) fn filtered(files: Vec<File>) -> Result<Vec<File>, Error> {
    let given = files.iter().find(|file| file.path == NAME);
    let mut rules = match given {
        Some(file) => parsed(&file.bytes)?,
        None => Vec::new(),
    };
    rules.extend(Rule::parse(ALWAYS)?);
    check_work(&files, &rules)?;
    let (mut directories, mut left) = (BTreeMap::new(), Vec::new());
    for file in &files {
        left.push(!is_ignored(&file.path, &rules, &mut directories));
    }
    Ok(files.into_iter().zip(left).filter_map(|(file, left)| left.then_some(file)).collect())
}

/// Matching takes pattern times path, and is no one's to stop.
fn check_work(files: &[File], rules: &[Rule]) -> Result<(), Error> {
    let patterns: u64 = rules.iter().map(|rule| rule.length + 1).sum();
    // Each directory of a path is matched, too.
    let path = |path: &str| (path.len() as u64 + 1) * (path.matches('/').count() as u64 + 1);
    let paths: u64 = files.iter().map(|file| path(&file.path)).sum();
    let steps = patterns.saturating_mul(paths);
    if steps > limit::RENDER_GLOB_STEPS_MAX {
        Err(Exceeded::PatternSteps(limit::RENDER_GLOB_STEPS_MAX).into())
    } else {
        Ok(())
    }
}

fn parsed(bytes: &[u8]) -> Result<Vec<Rule>, Error> {
    let text = String::from_utf8_lossy(bytes.strip_prefix(&BYTE_ORDER_MARK).unwrap_or(bytes));
    let mut rules = Vec::new();
    for line in text.split('\n') {
        if line.len() >= LINE_BYTES_MAX {
            return Err(Error::refused("bufio.Scanner: token too long"));
        }
        rules.extend(Rule::parse(line.trim())?);
    }
    Ok(rules)
}

impl Rule {
    /// None if the line says nothing.
    fn parse(line: &str) -> Result<Option<Self>, Error> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        if line.contains("**") {
            return Err(Error::refused("double-star (**) syntax is not supported"));
        }
        if line.len() as u64 > limit::GLOB_BYTES_MAX {
            return Err(Exceeded::PatternSteps(limit::GLOB_BYTES_MAX).into());
        }
        let glob =
            |text| Glob::parse_path(text).map_err(|_| Error::refused("syntax error in pattern"));
        glob(line)?;
        let (rule, is_negative) = cut(line.strip_prefix('!'), line);
        let (rule, is_for_directories) = cut(rule.strip_suffix('/'), rule);
        let (pattern, is_from_root) = cut(rule.strip_prefix('/'), rule);
        let is_for_names = !is_from_root && !rule.contains('/');
        // What is cut off never makes a good pattern bad, but `\` before it does; it then matches nothing.
        let Ok(glob) = glob(pattern) else { return Ok(None) };
        let length = line.len() as u64;
        Ok(Some(Self { glob, length, is_negative, is_for_directories, is_for_names }))
    }

    fn matches(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.glob.matches(if self.is_for_names { name } else { path }, Some('/'))
    }
}

/// What is left where something was cut off, and whether it was.
fn cut<'t>(after: Option<&'t str>, whole: &'t str) -> (&'t str, bool) {
    (after.unwrap_or(whole), after.is_some())
}

/// Whether a file, or a directory that it lies in, is left out.
fn is_ignored<'f>(
    path: &'f str,
    rules: &[Rule],
    directories: &mut BTreeMap<&'f str, bool>,
) -> bool {
    for (end, _) in path.match_indices('/') {
        let directory = &path[..end];
        if *directories.entry(directory).or_insert_with(|| is_named(directory, rules, true)) {
            return true;
        }
    }
    is_named(path, rules, false)
}

fn is_named(path: &str, rules: &[Rule], is_directory: bool) -> bool {
    for rule in rules {
        if rule.is_negative {
            if (rule.is_for_directories && !is_directory) || !rule.matches(path) {
                return true;
            }
        } else if (is_directory || !rule.is_for_directories) && rule.matches(path) {
            return true;
        }
    }
    false
}
