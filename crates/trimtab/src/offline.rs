//! `trimtab render`: what works on a directory or a file alone, without a cluster.

mod disk;
mod single;

pub use disk::DiskTree;

use crate::{plan, terminal};
use anyhow::bail;
use serde_json::{Value, json};
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::path::Path;
use trimtab_cli::{DirectoryFlags, Format, Render, exit, printable};
use trimtab_model::{Directory, DuplicateKeys, FileSelection, Renderer, UnknownFields};
use trimtab_render::{FileTree, Rendered, TreeInputs};

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
    terminal::print(&text(&objects, json))?;
    complain(&flags.directory, &rendered);
    for sentence in plan::not_supported(&flags.directory, &rendered)? {
        eprintln!("{}", printable(&format!("warning: {sentence}")));
    }
    Ok(if rendered.complete { exit::OK } else { exit::DIFFERENCE })
}

/// Renders what the flags name, as an Argo CD directory source is rendered. Files have the names by which
/// the user reaches them.
pub fn rendered(flags: &DirectoryFlags) -> anyhow::Result<Rendered> {
    let path = flags.path();
    let render =
        |tree: &dyn FileTree| trimtab_render::render("", &renderer(flags), &TreeInputs::new(tree));
    let Some(single) = single::read(path)? else {
        let mut rendered = render(&DiskTree::open(path)?);
        as_reached(&mut rendered, path);
        return Ok(rendered);
    };
    let mut rendered = render(&single.tree);
    named(&mut rendered, &|_| single.shown.clone());
    Ok(rendered)
}

/// Names files as a user reaches them who named the directory.
pub fn as_reached(rendered: &mut Rendered, directory: &Path) {
    let root = directory.display().to_string();
    named(rendered, &|file| match file {
        "" => root.clone(),
        _ => format!("{}/{file}", root.trim_end_matches('/')),
    });
}

fn named(rendered: &mut Rendered, name: &dyn Fn(&str) -> String) {
    for object in &mut rendered.objects {
        object.origin.file = name(&object.origin.file).into();
    }
    for problem in &mut rendered.problems {
        problem.file = name(&problem.file);
    }
    for warning in &mut rendered.warnings {
        warning.file = name(&warning.file);
    }
    for file in &mut rendered.passed_over {
        *file = name(file);
    }
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

/// Writes all problems and warnings to standard error.
pub fn complain(flags: &DirectoryFlags, rendered: &Rendered) {
    for warning in &rendered.warnings {
        eprintln!("warning: {warning}");
    }
    for file in unexplained(rendered) {
        eprintln!("warning: {}: holds no manifests and is passed over", printable(file));
    }
    for problem in &rendered.problems {
        eprintln!("error: {problem}");
    }
    if rendered.objects.is_empty() && rendered.problems.is_empty() {
        let root = flags.path().display().to_string();
        eprintln!("warning: {}: there are no manifests{}", printable(&root), where_else(flags));
    }
}

/// Files that were passed over without a word: an operator that knew objects of theirs prunes none.
fn unexplained(rendered: &Rendered) -> impl Iterator<Item = &String> {
    let is_explained = |file: &str| rendered.warnings.iter().any(|warning| warning.file == file);
    rendered.passed_over.iter().filter(move |file| !is_explained(file))
}

/// What may bring manifests where there are none.
fn where_else(flags: &DirectoryFlags) -> &'static str {
    if !flags.path().is_dir() {
        return "";
    }
    match (flags.recurse, flags.include.is_some() || flags.exclude.is_some()) {
        (_, true) => " that --include and --exclude choose",
        (false, false) => "; --recurse reads its sub-directories, too",
        (true, false) => "",
    }
}

/// Objects as one text: documents of YAML, or a List in JSON.
pub fn text<T: Borrow<Value>>(objects: &[T], json: bool) -> String {
    let objects = objects.iter().map(Borrow::borrow);
    if json {
        let items: Vec<&Value> = objects.collect();
        return format!("{:#}\n", json!({"apiVersion": "v1", "kind": "List", "items": items}));
    }
    objects.map(trimtab_yaml::emit).collect::<Vec<String>>().join("---\n")
}
