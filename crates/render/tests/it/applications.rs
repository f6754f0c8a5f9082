//! Plain directories as Argo CD reads them.

use crate::rules::{application, config_map, names, problems, recursive, rendered, tree, warnings};
use std::collections::BTreeMap;
use trimtab_model::{Directory, DuplicateKeys};
use trimtab_render::{MemoryTree, ProblemKind};

#[test]
fn only_the_directory_itself_is_read_unless_it_says_recurse() {
    let tree = tree(&[
        ("b.yaml", &config_map("b")),
        ("a/x.yml", &config_map("ax")),
        ("a.yaml", &config_map("a")),
        ("c.YAML", &config_map("upper")),
        ("d.txt", &config_map("text")),
    ]);
    assert_eq!(names(&rendered(&tree, &application())), ["a", "b"]);
    assert_eq!(names(&rendered(&tree, &recursive(None, None))), ["ax", "a", "b"]);
}

#[test]
fn exclude_is_asked_before_include_and_a_star_crosses_directories() {
    let tree = tree(&[
        ("web/app.yaml", &config_map("web")),
        ("web/secret.yaml", &config_map("secret")),
        ("db/app.yaml", &config_map("db")),
        ("top.yaml", &config_map("top")),
    ]);
    let names = |include, exclude| {
        let rendered = rendered(&tree, &recursive(include, exclude));
        assert!(rendered.complete);
        names(&rendered).join(" ")
    };
    assert_eq!(names(Some("*app.yaml"), None), "db web");
    assert_eq!(names(Some("{web,db}/*"), Some("*secret*")), "db web");
    assert_eq!(names(None, Some("web/*")), "db top");
    assert_eq!(names(Some("*"), Some("*")), "");
    // Unlike elsewhere, `**/` needs a `/`.
    assert_eq!(names(Some("**/*.yaml"), None), "db web secret");
}

#[test]
fn a_rule_that_cannot_be_read_is_a_problem() {
    let rendered = rendered(&tree(&[("a.yaml", &config_map("a"))]), &recursive(Some("[a"), None));
    assert_eq!(rendered.problems[0].kind, ProblemKind::Rule);
    assert!(!rendered.complete && rendered.objects.is_empty());
}

#[test]
fn files_that_hold_no_manifests_are_told_apart_from_those_that_say_so() {
    let tree = tree(&[
        ("values.yaml", "replicas: 3\n"),
        ("cut.yaml", "apiVersion: v1\nkind: ConfigMap\nmeta"),
        ("emptied.yaml", "\n"),
        ("comment.yaml", "# nothing\n"),
        ("skipped.yaml", "# +argocd:skip-file-rendering\na: [\n"),
        ("a.yaml", &config_map("a")),
        ("merged.yaml", &format!("{}{}", config_map("b"), config_map("c"))),
        ("twice.yaml", &format!("{}kind: ConfigMap\n", config_map("d"))),
    ]);
    let rendered = rendered(&tree, &application());
    let mut found = rendered.passed_over.clone();
    found.sort();
    let merged = "apps/merged.yaml";
    assert_eq!(found, ["apps/cut.yaml", "apps/emptied.yaml", merged, "apps/values.yaml"]);
    assert_eq!(names(&rendered), ["a", "c", "d"], "of two keys the last counts");
}

#[test]
fn what_does_not_look_like_manifests_is_passed_over() {
    let tree = tree(&[
        ("values.yaml", "replicas: 3\nimage: web\n"),
        ("broken.yaml", "a: [1\n"),
        ("template.yaml", "kind: {{ .Values.kind }}\n"),
        ("a.yaml", &config_map("a")),
        ("empty.yaml", "# nothing\n"),
    ]);
    let rendered = rendered(&tree, &application());
    assert!(rendered.complete, "{:?}", rendered.problems);
    assert_eq!(names(&rendered), ["a"]);
    assert_eq!(rendered.warnings.len(), 3);
}

#[test]
fn what_looks_like_manifests_must_be_read_whole() {
    for text in [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: [\n".to_owned(),
        "{\"apiVersion\": \"v1\", \"kind\": \"X\", \"metadata\": {\"name\": \"a\"\n".to_owned(),
        format!("{}---\nkey: [\n", config_map("a")),
        format!("key: [\n---\n{}", config_map("a")),
        format!("{}---\nno: kind\n", config_map("a")),
        format!("{}---\n- a list\n", config_map("a")),
        "apiVersion: v1\nkind: Nameless\n".to_owned(),
    ] {
        let rendered = rendered(&tree(&[("a.yaml", &text)]), &application());
        assert!(!rendered.complete, "{text}");
    }
}

#[test]
fn a_json_file_holds_one_object_and_is_never_passed_over() {
    let tree = tree(&[
        ("good.json", r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "good"}}"#),
        ("broken.json", r#"{"apiVersion": "v1", "kind": "ConfigMap", "#),
        ("two.json", "{}{}"),
        ("package.json", r#"{"name": "web", "version": "1.0.0"}"#),
    ]);
    let rendered = rendered(&tree, &application());
    assert_eq!(names(&rendered), ["good"]);
    let files: Vec<_> = rendered.problems.iter().map(|problem| problem.file.as_str()).collect();
    assert_eq!(files, ["apps/broken.json", "apps/package.json", "apps/two.json", "apps/two.json"]);
}

#[test]
fn a_file_that_says_so_is_skipped_whatever_it_holds() {
    let marker = "# +argocd:skip-file-rendering\n";
    let tree = tree(&[
        ("a.yaml", &format!("{marker}apiVersion: v1\nkind: A\nmetadata: [\n")),
        ("b.jsonnet", &format!("/* {marker} */ {{}}")),
    ]);
    let rendered = rendered(&tree, &application());
    assert!(rendered.complete && rendered.objects.is_empty(), "{:?}", rendered.problems);
}

#[test]
fn a_file_that_is_kept_elsewhere_is_not_taken_for_an_empty_one() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 120\n";
    let rendered = rendered(&tree(&[("a.yaml", pointer)]), &application());
    assert_eq!(rendered.problems[0].kind, ProblemKind::NotSupported);
}

#[test]
fn an_empty_directory_is_complete_and_a_missing_one_is_a_problem_of_its_own() {
    let tree = MemoryTree::default().with("apps/README", "").with("other/a.yaml", "");
    assert!(rendered(&tree, &application()).complete);
    let rendered = rendered(&MemoryTree::default().with("other/a.yaml", ""), &application());
    assert_eq!(rendered.problems[0].kind, ProblemKind::PathMissing);
    let file = MemoryTree::default().with("apps", "");
    let problem = &crate::rules::rendered(&file, &application()).problems[0];
    assert_eq!(problem.kind, ProblemKind::PathMissing);
    assert!(problem.message.ends_with(": name the one that it is in"), "{problem}");
}

#[test]
fn all_problems_are_told_at_once() {
    let tree = tree(&[
        ("a.yaml", &format!("{}---\nkey: [1\n---\n{}", config_map("a1"), config_map("a2"))),
        ("b.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  namespace: shop\n"),
        ("c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: on}\n"),
        ("d.yaml", &config_map("d")),
    ]);
    let rendered = rendered(&tree, &application());
    assert_eq!(names(&rendered), ["a1", "a2", "d"]);
    assert_eq!(
        problems(&rendered),
        [
            "apps/a.yaml:6:1: did not find expected ',' or ']'",
            "apps/b.yaml:1: Secret: `metadata.name` is missing; every object needs apiVersion, kind \
             and metadata.name",
            "apps/c.yaml:1: ConfigMap: `metadata.name` must be a string; put quotes around it",
        ]
    );
}

#[test]
fn a_tab_that_indents_is_told_as_what_it_is() {
    let manifest = |indent: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{indent}a: b\n")
    };
    let said = |text: &str| problems(&rendered(&tree(&[("a.yaml", text)]), &application()));
    let no_token = "found character that cannot start any token";
    assert_eq!(
        said(&manifest("\t")),
        [format!("apps/a.yaml:5:1: {no_token}: it is a tab; indent with spaces")]
    );
    assert_eq!(said(&manifest("  @")), [format!("apps/a.yaml:5:3: {no_token}")]);
}

#[test]
fn an_object_that_leaves_its_name_to_the_server_goes_by_how_it_begins() {
    let nameless = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: run-}\n";
    let rendered = rendered(&tree(&[("a.yaml", nameless)]), &application());
    assert!(rendered.complete && rendered.objects[0].is_nameless());
    assert_eq!(names(&rendered), ["run-*"]);
}

#[test]
fn an_object_that_appears_twice_stays_for_who_knows_namespaces() {
    let tree = tree(&[("a.yaml", &config_map("a")), ("b.yaml", &config_map("a"))]);
    let rendered = rendered(&tree, &application());
    assert!(rendered.complete);
    let origins: Vec<_> = rendered.objects.iter().map(|object| object.origin.to_string()).collect();
    assert_eq!(origins, ["apps/a.yaml:1", "apps/b.yaml:1"]);
}

#[test]
fn duplicate_keys_are_what_the_rules_say() {
    let text = format!("{}data: {{k: a, k: b}}\n", config_map("a"));
    let tree = tree(&[("a.yaml", &text)]);
    let lenient = rendered(&tree, &application());
    assert!(lenient.complete);
    assert_eq!(lenient.objects[0].body["data"]["k"], "b");
    assert_eq!(
        warnings(&lenient),
        ["apps/a.yaml:4: the key `k` appears twice in one mapping; the last one counts"]
    );
    let refuse = Directory { duplicate_keys: DuplicateKeys::Refuse, ..application() };
    assert_eq!(
        problems(&rendered(&tree, &refuse)),
        ["apps/a.yaml:4:14: the key `k` appears twice in one mapping"]
    );
}

#[test]
fn other_renderers_are_detected_in_the_directory_itself() {
    let refused = |files: &[(&str, &str)], rules: &Directory| {
        let rendered = rendered(&tree(files), rules);
        rendered.problems.first().map(|problem| {
            assert_eq!(problem.kind, ProblemKind::NotSupported);
            problem.to_string()
        })
    };
    let kustomize = Some("apps/kustomization.yaml: Kustomize".to_owned());
    let start = |text: Option<String>| text.map(|t| t.split(" is not").next().unwrap().to_owned());
    let both = [("Chart.yaml", ""), ("kustomization.yaml", "")];
    assert_eq!(start(refused(&both, &application())), kustomize);
    let later = [("kustomization.yaml", ""), ("subChart.yaml", "")];
    assert_eq!(start(refused(&later, &application())), Some("apps/subChart.yaml: Helm".to_owned()));
    assert_eq!(
        start(refused(&[("a.jsonnet", "{}")], &application())),
        Some("apps/a.jsonnet: Jsonnet".to_owned())
    );
    // Below the directory, and with a block that says plain manifests, nothing is detected.
    assert_eq!(refused(&[("sub/Chart.yaml", "name: x\n")], &recursive(None, None)), None);
    assert_eq!(refused(&[("kustomization.yaml", "resources: []\n")], &recursive(None, None)), None);
    assert_eq!(refused(&[("a.jsonnet", "{}")], &recursive(None, Some("*.jsonnet"))), None);
    // What an override says is not known, with or without a block.
    for name in [".argocd-source.yaml", ".argocd-source-web.yaml"] {
        assert!(refused(&[(name, "")], &recursive(None, None)).is_some());
    }
    assert_eq!(refused(&[(".argocd-sources.yaml", "")], &application()), None);
}

#[test]
fn common_labels_and_annotations_are_set_over_own_ones() {
    let text = "apiVersion: v1\nkind: A\nmetadata: {name: a, labels: {first: own, second: own}, annotations: null}\n";
    let pairs = |name: &str| BTreeMap::from([(name.to_owned(), "common".to_owned())]);
    let rules = Directory {
        common_labels: pairs("first"),
        common_annotations: pairs("third"),
        ..application()
    };
    let rendered = rendered(&tree(&[("a.yaml", text)]), &rules);
    let body = &rendered.objects[0].body;
    assert_eq!(body["metadata"]["labels"].to_string(), r#"{"first":"common","second":"own"}"#);
    assert_eq!(body["metadata"]["annotations"].to_string(), r#"{"third":"common"}"#);
}

#[test]
fn links_are_followed_to_files_inside() {
    let tree = MemoryTree::default()
        .with("shared/real.yaml", config_map("real"))
        .with("shared/dir/in.yaml", config_map("in"))
        .with_link("apps/link.yaml", "../shared/real.yaml")
        .with_link("apps/twice.yaml", "./link.yaml")
        .with_link("apps/gone.yaml", "nothing")
        .with_link("apps/dir.yaml", "../shared/dir")
        .with_link("apps/dir", "../shared/dir");
    let rendered = rendered(&tree, &recursive(None, None));
    assert!(rendered.complete, "{:?}", rendered.problems);
    assert_eq!(names(&rendered), ["real", "real"]);
    assert_eq!(rendered.objects[0].origin.to_string(), "apps/link.yaml:1");
    assert_eq!(
        warnings(&rendered),
        [
            "apps/dir.yaml: passed over: it is a link to something that is no file",
            "apps/gone.yaml: passed over: it is a link to nothing",
        ]
    );
}

#[test]
fn a_path_through_a_link_is_read_where_it_leads() {
    let tree = MemoryTree::default().with("v2/a.yaml", config_map("a")).with_link("apps", "v2");
    assert_eq!(names(&rendered(&tree, &application())), ["a"]);
}
