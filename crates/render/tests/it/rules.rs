//! Rules of both families, and renders as lines.

use std::collections::BTreeMap;
use trimtab_model::{Directory, DuplicateKeys, FileSelection, Renderer, UnknownFields};
use trimtab_render::{FileTree, MemoryTree, Rendered, TreeInputs, render};

/// The rules of an Application without a `directory` block.
pub fn application() -> Directory {
    Directory {
        recurse: false,
        include: None,
        exclude: None,
        files: FileSelection::LooksLikeManifests,
        duplicate_keys: DuplicateKeys::LastWins,
        unknown_fields: UnknownFields::Refuse,
        namespace_override: None,
        common_labels: BTreeMap::new(),
        common_annotations: BTreeMap::new(),
    }
}

/// The rules of an Application with a `directory` block.
pub fn recursive(include: Option<&str>, exclude: Option<&str>) -> Directory {
    let (include, exclude) = (include.map(Into::into), exclude.map(Into::into));
    Directory { recurse: true, include, exclude, ..application() }
}

/// The rules of a Kustomization.
pub fn kustomization() -> Directory {
    Directory {
        recurse: true,
        files: FileSelection::EveryYamlFile,
        duplicate_keys: DuplicateKeys::Refuse,
        ..application()
    }
}

/// Renders the directory `apps` of a tree.
pub fn rendered(tree: &dyn FileTree, rules: &Directory) -> Rendered {
    render("apps", &Renderer::Directory(rules.clone()), &TreeInputs::new(tree))
}

/// The names of a render's objects.
pub fn names(rendered: &Rendered) -> Vec<&str> {
    rendered.objects.iter().map(|object| object.key.name.as_str()).collect()
}

pub fn problems(rendered: &Rendered) -> Vec<String> {
    rendered.problems.iter().map(ToString::to_string).collect()
}

pub fn warnings(rendered: &Rendered) -> Vec<String> {
    rendered.warnings.iter().map(ToString::to_string).collect()
}

/// A manifest of a ConfigMap.
pub fn config_map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n")
}

/// A tree of files under `apps`.
pub fn tree(files: &[(&str, &str)]) -> MemoryTree {
    let add =
        |tree: MemoryTree, (path, text): &(&str, &str)| tree.with(&format!("apps/{path}"), *text);
    files.iter().fold(MemoryTree::default(), add)
}
