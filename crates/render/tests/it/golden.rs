//! Every case in `tests/golden`, whose objects kubectl and Kustomize wrote.

use crate::rules::{kustomization, recursive, rendered};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use trimtab_model::Directory;
use trimtab_render::MemoryTree;

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(folder);
    let mut cases: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

fn load(mut tree: MemoryTree, folder: &Path, name: &str) -> MemoryTree {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        tree = if path.is_dir() {
            load(tree, &path, &name)
        } else {
            tree.with(&name, fs::read(&path).unwrap())
        };
    }
    tree
}

/// What we make of a case, and what the tool made of it, as lines.
fn compared(case: &Path, rules: &Directory) -> (Vec<String>, Vec<String>) {
    let tree = load(MemoryTree::default(), &case.join("input"), "apps");
    let rendered = rendered(&tree, rules);
    assert!(rendered.complete, "{}: {:?}", case.display(), rendered.problems);
    let ours = rendered.objects.iter().map(|object| object.body.to_string()).collect();
    let expected = fs::read_to_string(case.join("expected")).unwrap();
    let value = |line: &str| serde_json::from_str::<Value>(line).unwrap().to_string();
    (ours, expected.lines().map(value).collect())
}

#[test]
fn directories_hold_what_kubectl_reads_in_its_order() {
    for case in cases("plain") {
        let (ours, expected) = compared(&case, &recursive(None, None));
        assert_eq!(ours, expected, "{}", case.display());
    }
}

#[test]
fn directories_hold_what_kustomize_builds() {
    for case in cases("kustomize") {
        let (mut ours, mut expected) = compared(&case, &kustomization());
        // Kustomize sorts what it builds, and so does who applies it.
        ours.sort();
        expected.sort();
        assert_eq!(ours, expected, "{}", case.display());
    }
}
