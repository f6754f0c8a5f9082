//! `trimtab render`: what works on a directory alone, without a cluster.

mod disk;

pub use disk::DiskTree;

use crate::terminal;
use anyhow::bail;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use trimtab_cli::{DirectoryFlags, Format, Render, exit};
use trimtab_model::{Directory, DuplicateKeys, FileSelection, Renderer, UnknownFields};
use trimtab_render::{Rendered, TreeInputs};

/// Prints every good object, and to standard error every problem and warning. Fails with
/// [`exit::DIFFERENCE`] when there was any problem.
pub fn print(flags: &Render) -> anyhow::Result<u8> {
    let json = match flags.output {
        Format::Yaml => false,
        Format::Json => true,
        Format::Text | Format::Wide | Format::Name => {
            bail!("render prints objects: choose -o yaml or -o json")
        }
    };
    let rendered = rendered(&flags.directory)?;
    let objects: Vec<&Value> = rendered.objects.iter().map(|manifest| &manifest.body).collect();
    terminal::print(&if json { list(&objects) } else { documents(&objects) })?;
    complain(&flags.directory, &rendered);
    Ok(if rendered.complete { exit::OK } else { exit::DIFFERENCE })
}

/// Renders a directory on disk by the flags, as an Argo CD directory source is rendered.
pub fn rendered(flags: &DirectoryFlags) -> anyhow::Result<Rendered> {
    let tree = DiskTree::open(&flags.path)?;
    Ok(trimtab_render::render("", &renderer(flags), &TreeInputs::new(&tree)))
}

/// The rules that the flags say.
pub fn renderer(flags: &DirectoryFlags) -> Renderer {
    Renderer::Directory(Directory {
        recurse: flags.recurse,
        include: flags.include.as_deref().map(Into::into),
        exclude: flags.exclude.as_deref().map(Into::into),
        files: FileSelection::LooksLikeManifests,
        duplicate_keys: DuplicateKeys::LastWins,
        unknown_fields: UnknownFields::Refuse,
        namespace_override: None,
        common_labels: BTreeMap::new(),
        common_annotations: BTreeMap::new(),
    })
}

/// Writes all problems and warnings to standard error, each with the file as the user reaches it.
pub fn complain(flags: &DirectoryFlags, rendered: &Rendered) {
    let root = &flags.path;
    let place = |file: &str, text: String| match file {
        "" => format!("{}: {text}", root.display()),
        _ => format!("{}/{text}", root.display().to_string().trim_end_matches('/')),
    };
    for warning in &rendered.warnings {
        eprintln!("warning: {}", place(&warning.file, warning.to_string()));
    }
    for problem in &rendered.problems {
        eprintln!("error: {}", place(&problem.file, problem.to_string()));
    }
    if rendered.objects.is_empty() && rendered.problems.is_empty() {
        eprintln!("warning: {}: there are no manifests{}", root.display(), where_else(flags));
    }
}

/// What may bring manifests where there are none.
fn where_else(flags: &DirectoryFlags) -> &'static str {
    match (flags.recurse, flags.include.is_some() || flags.exclude.is_some()) {
        (_, true) => " that --include and --exclude choose",
        (false, false) => "; --recurse reads its sub-directories, too",
        (true, false) => "",
    }
}

fn documents(objects: &[&Value]) -> String {
    let documents: Vec<String> = objects.iter().map(|object| trimtab_yaml::emit(object)).collect();
    documents.join("---\n")
}

fn list(objects: &[&Value]) -> String {
    format!("{:#}\n", json!({"apiVersion": "v1", "kind": "List", "items": objects}))
}
