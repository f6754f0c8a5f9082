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
    let mut bytes = 0;
    for file in files::select(&root, rules, asked, out)? {
        match text(&file, asked, &mut bytes) {
            Ok(text) => documents::take(&file, &text, rules, out),
            // Neither the files after it nor what it holds can be known.
            Err(problem) if bytes > limit::RENDER_BYTES_MAX => return Err(problem),
            Err(problem) => out.problem(problem),
        }
        if out.nodes >= limit::RENDER_NODES_MAX {
            let message = format!(
                "the source's files have more than {} nodes, aliases expanded",
                limit::RENDER_NODES_MAX
            );
            return Err(problem(&file.path, ProblemKind::Limit, &message));
        }
        if out.objects.len() as u64 > limit::RENDER_OBJECTS_MAX {
            let message = format!("the source has more than {} objects", limit::RENDER_OBJECTS_MAX);
            return Err(problem(&root, ProblemKind::Limit, &message));
        }
    }
    Ok(())
}

/// The text of a file, unless it is larger than it may be, which is known without reading it.
fn text(file: &files::File, asked: &Asked<'_>, bytes: &mut u64) -> Result<Vec<u8>, Problem> {
    let size = asked.files().size(&file.real).map_err(|error| unreadable(&error))?;
    let limit = limit::YAML_FILE_BYTES_MAX;
    if size > limit {
        let message = format!("the file has {size} bytes, more than the {limit} of a manifest");
        return Err(problem(&file.path, ProblemKind::Limit, &message));
    }
    *bytes += size;
    if *bytes > limit::RENDER_BYTES_MAX {
        let limit = limit::RENDER_BYTES_MAX;
        let message = format!("the source's files have more than {limit} bytes in all");
        return Err(problem(&file.path, ProblemKind::Limit, &message));
    }
    asked.files().read(&file.real).map_err(|error| unreadable(&error))
}
