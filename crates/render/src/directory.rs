//! A directory of plain manifests.

mod documents;
mod files;

use crate::questions::Asked;
use crate::walk::{Place, problem, resolve};
use crate::{Inputs, Kind, Problem, ProblemKind, Rendered, Warning};
use documents::Documents;
use trimtab_model::{Directory, limit};

/// Reads a directory by its rules.
pub(crate) fn render(path: &str, rules: &Directory, inputs: &dyn Inputs) -> Rendered {
    let asked = Asked::new(inputs);
    let mut out = Out::default();
    if let Err(problem) = read(path, rules, &asked, &mut out) {
        out.problems.push(problem);
    }
    out.problems.sort();
    out.problems.dedup();
    Rendered::new(out.documents.objects, out.problems, out.warnings, asked.into_questions())
}

/// What has come out so far.
#[derive(Default)]
struct Out {
    documents: Documents,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
    bytes: u64,
}

fn read(path: &str, rules: &Directory, asked: &Asked<'_>, out: &mut Out) -> Result<(), Problem> {
    let root = match resolve(asked, path)? {
        Place::At(root, entry) if entry.kind == Kind::Directory => root,
        Place::At(..) => return Err(problem(path, ProblemKind::PathMissing, "is not a directory")),
        Place::Absent => {
            let message = "app path does not exist: check `path`, or push the directory";
            return Err(problem(path, ProblemKind::PathMissing, message));
        }
    };
    asked.below(&root).map_err(|error| crate::walk::unreadable(&error))?;
    for file in files::select(&root, rules, asked, &mut out.problems)? {
        if let Err(problem) = one(&file, rules, asked, out) {
            out.problems.push(problem);
        }
        if out.documents.objects.len() as u64 > limit::RENDER_OBJECTS_MAX {
            let message = format!("the source has more than {} objects", limit::RENDER_OBJECTS_MAX);
            return Err(problem(&root, ProblemKind::Limit, &message));
        }
    }
    Ok(())
}

fn one(file: &files::File, rules: &Directory, asked: &Asked<'_>, out: &mut Out) -> Result<(), Problem> {
    let unreadable = |error: crate::Unreadable| crate::walk::unreadable(&error);
    let bytes = asked.files().size(&file.real).map_err(unreadable)?;
    if bytes > limit::YAML_FILE_BYTES_MAX {
        let message =
            format!("the file has {bytes} bytes, more than the {} that a manifest may have", limit::YAML_FILE_BYTES_MAX);
        return Err(problem(&file.path, ProblemKind::Limit, &message));
    }
    out.bytes += bytes;
    if out.bytes > limit::RENDER_BYTES_MAX {
        let message = format!("the source's files have more than {} bytes in all", limit::RENDER_BYTES_MAX);
        return Err(problem(&file.path, ProblemKind::Limit, &message));
    }
    let text = asked.files().read(&file.real).map_err(unreadable)?;
    out.documents.take(&file.path, &text, rules, &mut out.problems, &mut out.warnings);
    Ok(())
}
