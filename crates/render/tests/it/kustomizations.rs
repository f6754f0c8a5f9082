//! Plain directories as Flux reads them.

use crate::rules::{config_map, kustomization, names, problems, rendered, tree, warnings};
use trimtab_render::{MemoryTree, ProblemKind};

#[test]
fn every_yaml_file_below_is_read_but_what_never_gets_into_a_source() {
    let tree = tree(&[
        ("a.yaml", &config_map("a")),
        ("deep/er/b.yml", &config_map("b")),
        ("c.json", "{"),
        (".github/d.yaml", "not: an object\n"),
        ("sub/.travis.yml", "not: an object\n"),
        (".sops.yaml", "not: an object\n"),
    ]);
    let rendered = rendered(&tree, &kustomization());
    assert!(rendered.complete, "{:?}", rendered.problems);
    assert_eq!(names(&rendered), ["a", "b"]);
}

#[test]
fn every_document_must_be_an_object() {
    let tree = tree(&[
        ("a.yaml", "not: an object\n"),
        ("b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"),
        ("c.yaml", "key: [\n"),
        ("d.yaml", &format!("# only a comment\n---\n{}", config_map("d"))),
    ]);
    let rendered = rendered(&tree, &kustomization());
    assert_eq!(names(&rendered), ["d"]);
    assert_eq!(rendered.problems.len(), 3, "{:?}", rendered.problems);
}

#[test]
fn what_has_no_api_version_or_is_for_kustomize_is_passed_over() {
    let tree = tree(&[
        ("a.yaml", "kind: ConfigMap\nmetadata: {name: a}\n"),
        (
            "b.yaml",
            "apiVersion: kustomize.config.k8s.io/v1\nkind: Kustomization\nmetadata: {name: b}\n",
        ),
    ]);
    let rendered = rendered(&tree, &kustomization());
    assert!(rendered.complete && rendered.objects.is_empty());
    assert_eq!(
        warnings(&rendered),
        [
            "apps/a.yaml:1: passed over: ConfigMap/a: it has no apiVersion",
            "apps/b.yaml:1: passed over: it is for Kustomize",
        ]
    );
}

#[test]
fn an_object_that_appears_twice_is_refused() {
    let tree = tree(&[
        ("a.yaml", &config_map("a")),
        ("b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n"),
        ("c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: other}\n"),
        ("d.yaml", "apiVersion: v2\nkind: ConfigMap\nmetadata: {name: a}\n"),
    ]);
    let rendered = rendered(&tree, &kustomization());
    assert_eq!(
        problems(&rendered),
        ["apps/b.yaml:1: ConfigMap/default/a is described at apps/a.yaml:1 already"]
    );
    assert_eq!(rendered.problems[0].kind, ProblemKind::Repeated);
}

#[test]
fn a_kustomization_file_anywhere_below_stops_the_render() {
    for path in ["kustomization.yml", "sub/Kustomization", "sub/kustomization.yaml"] {
        let tree = tree(&[("a.yaml", &config_map("a")), (path, "resources: []\n")]);
        let rendered = rendered(&tree, &kustomization());
        assert_eq!(rendered.problems[0].kind, ProblemKind::NotSupported, "{path}");
    }
    // A directory of that name is none.
    let tree = tree(&[("Kustomization/a.yaml", &config_map("a"))]);
    assert!(rendered(&tree, &kustomization()).complete);
}

#[test]
fn an_ignore_file_above_at_or_below_the_path_stops_the_render() {
    for path in [".sourceignore", "apps/.sourceignore", "apps/sub/.sourceignore"] {
        let tree = MemoryTree::default().with("apps/a.yaml", config_map("a")).with(path, "*\n");
        let rendered = rendered(&tree, &kustomization());
        assert_eq!(problems(&rendered)[0].split(':').next(), Some(path));
    }
    let beside = MemoryTree::default().with("apps/a.yaml", config_map("a"));
    assert!(rendered(&beside.with("other/.sourceignore", "*\n"), &kustomization()).complete);
}

#[test]
fn a_source_has_no_links() {
    let tree = MemoryTree::default()
        .with("shared/a.yaml", config_map("a"))
        .with_link("apps/link.yaml", "../shared/a.yaml")
        .with_link("apps/out", "/etc");
    let rendered = rendered(&tree, &kustomization());
    assert!(rendered.complete && rendered.objects.is_empty());
    assert_eq!(warnings(&rendered), ["apps/link.yaml: passed over: it is a link"]);
}
