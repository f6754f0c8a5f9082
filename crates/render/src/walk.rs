//! Paths in a tree that cannot leave it.

use crate::questions::Asked;
use crate::{Entry, Kind, Problem, ProblemKind, Unreadable};
use trimtab_model::limit;

/// Where a path leads, links followed.
pub(crate) enum Place {
    /// There, under its real path.
    At(String, Entry),
    /// Nowhere.
    Absent,
}

/// Follows a path from the root, through links that stay inside.
pub(crate) fn resolve(asked: &Asked<'_>, path: &str) -> Result<Place, Problem> {
    let mut real: Vec<String> = Vec::new();
    let mut rest: Vec<String> = parts(path).rev().map(str::to_owned).collect();
    let mut hops = 0;
    while let Some(part) = rest.pop() {
        if part == ".." {
            if real.pop().is_none() {
                return Err(problem(path, ProblemKind::Link, "leads out of the source"));
            }
            continue;
        }
        real.push(part);
        let here = real.join("/");
        let entry = asked.entry(&here).map_err(|error| unreadable(&error))?;
        let Some(entry) = entry else { return Ok(Place::Absent) };
        if entry.kind == Kind::Link {
            hops += 1;
            if hops > limit::SYMLINK_HOPS_MAX {
                let message = "is a chain of links without an end";
                return Err(problem(path, ProblemKind::LinkLoop, message));
            }
            let target = target(asked, &here)?;
            real.pop();
            rest.extend(parts(&target).rev().map(str::to_owned));
        }
    }
    let here = real.join("/");
    let entry = asked.entry(&here).map_err(|error| unreadable(&error))?;
    Ok(entry.map_or(Place::Absent, |entry| Place::At(here, entry)))
}

/// Where a link points to, from its own directory.
fn target(asked: &Asked<'_>, link: &str) -> Result<String, Problem> {
    let refuse = |message: &str| problem(link, ProblemKind::Link, message);
    let size = asked.size(link).map_err(|error| unreadable(&error))?;
    if size > limit::GIT_LINK_BYTES_MAX {
        return Err(refuse("is a link with a target that is too long"));
    }
    let target = asked.read(link).map_err(|error| unreadable(&error))?;
    let target = String::from_utf8(target);
    let target = target.map_err(|_| refuse("is a link to a name that is not UTF-8"))?;
    if target.starts_with('/') {
        return Err(refuse(&format!("is a link out of the source, to `{target}`")));
    }
    Ok(target)
}

fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".")
}

pub(crate) fn problem(path: &str, kind: ProblemKind, message: &str) -> Problem {
    let file = if path.is_empty() { ".".to_owned() } else { path.to_owned() };
    Problem { file, line: 0, column: 0, kind, message: message.to_owned() }
}

pub(crate) fn unreadable(error: &Unreadable) -> Problem {
    problem(&error.path, ProblemKind::Unreadable, &error.reason)
}
