//! A directory of plain manifests.

mod collected;
mod documents;
mod files;
mod items;
mod other;

use crate::questions::Asked;
use crate::walk::{Place, problem, resolve, unreadable};
use crate::{Inputs, Kind, Problem, ProblemKind, Rendered};
use collected::Collected;
use trimtab_model::{Directory, limit};

/// Reads a directory by its rules.
pub(crate) fn render(path: &str, rules: &Directory, inputs: &dyn Inputs) -> Rendered {
    let asked = Asked::new(inputs);
    let mut out = Collected::default();
    if let Err(problem) = read(path, rules, &asked, &mut out) {
        out.problem(problem);
    }
    if asked.was_broken_off() {
        return Rendered::broken_off();
    }
    out.finish(rules, asked.into_questions())
}

fn read(
    path: &str,
    rules: &Directory,
    asked: &Asked<'_>,
    out: &mut Collected,
) -> Result<(), Problem> {
    let root = match resolve(asked, path)? {
        Place::At(root, entry) if entry.kind == Kind::Directory => root,
        Place::At(..) => {
            let message = "is not a directory: name the one that it is in";
            return Err(problem(path, ProblemKind::PathMissing, message));
        }
        Place::Absent => {
            let message = "app path does not exist: check `path`, or push the directory";
            return Err(problem(path, ProblemKind::PathMissing, message));
        }
    };
    asked.below(&root).map_err(|error| unreadable(&error))?;
    for file in files::select(&root, rules, asked, out)? {
        if asked.is_over() {
            return Ok(());
        }
        match text(&file, asked, out) {
            Ok(text) => documents::take(&file, &text, rules, out),
            Err(problem) => out.problem(problem),
        }
        // Neither the files after it nor, as a rule, what it holds can be known.
        fits(&file, out)?;
    }
    Ok(())
}

/// The text of a file, unless it is larger than it may be, which is known without reading it.
fn text(file: &files::File, asked: &Asked<'_>, out: &mut Collected) -> Result<Vec<u8>, Problem> {
    let size = asked.size(&file.real).map_err(|error| unreadable(&error))?;
    let limit = limit::YAML_FILE_BYTES_MAX;
    if size > limit {
        let message = format!("the file has {size} bytes, more than the {limit} of a manifest");
        return Err(problem(&file.path, ProblemKind::Limit, &message));
    }
    out.bytes += size;
    fits(file, out)?;
    asked.read(&file.real).map_err(|error| unreadable(&error))
}

/// Refuses a source with which this file is more than one may have.
fn fits(file: &files::File, out: &Collected) -> Result<(), Problem> {
    let Some((limit, what)) = out.excess() else { return Ok(()) };
    let message = format!(
        "the source's files have more than {limit} {what}: split it over several applications, each \
         with a directory of its own"
    );
    Err(problem(&file.path, ProblemKind::Limit, &message))
}
