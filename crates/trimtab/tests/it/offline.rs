use crate::{text, trimtab, trimtab_with};

#[test]
fn render_prints_the_objects_of_a_directory() {
    let output = trimtab(&["render", "shop", "--recurse"]);
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), include_str!("../render/shop.yaml"));
}

#[test]
fn render_reads_only_what_the_flags_choose() {
    let output = trimtab(&["render", "shop", "--recurse", "--include", "*.json", "-o", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), include_str!("../render/shop.json"));
    let output = trimtab(&["render", "shop", "--exclude", "*.yaml"]);
    assert_eq!((text(&output.stdout), output.status.code()), ("", Some(0)));
}

#[test]
fn render_prints_what_is_good_and_names_every_problem() {
    let output = trimtab(&["render", "broken"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), include_str!("../render/broken.yaml"));
    assert_eq!(text(&output.stderr), include_str!("../render/broken.txt"));
}

#[test]
fn render_says_what_to_do_about_a_path() {
    let output = trimtab(&["render", "absent"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "error: the directory absent cannot be read: No such file or directory (os error 2)\n"
    );
    let output = trimtab(&["render"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("<PATH>"), "{}", text(&output.stderr));
    let output = trimtab(&["render", "shop", "-o", "wide"]);
    assert!(text(&output.stderr).contains("-o yaml or -o json"));
}

#[test]
fn a_file_and_standard_input_render_as_a_directory_does() {
    let directory = trimtab(&["render", "shop"]);
    let file = trimtab(&["render", "-f", "shop/app.yaml"]);
    assert_eq!((text(&file.stdout), text(&file.stderr)), (text(&directory.stdout), ""));
    let given = include_str!("../render/shop/app.yaml");
    for words in [["render", "-"], ["render", "-f-"]] {
        let output = trimtab_with(&words, given);
        assert_eq!((text(&output.stdout), text(&output.stderr)), (text(&directory.stdout), ""));
    }
    let recursive = trimtab(&["render", "-R", "-f", "shop"]);
    assert_eq!(text(&recursive.stdout), include_str!("../render/shop.yaml"));
}

const BROKEN: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {\n";

#[test]
fn a_problem_names_the_file_as_it_was_given() {
    let output = trimtab(&["render", "./broken/a.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.starts_with("error: ./broken/a.yaml:10:1: "), "{said}");
    let output = trimtab_with(&["plan", "-", "--offline"], BROKEN);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.starts_with("error: standard input:") && said.contains("no plan"), "{said}");
}

#[test]
fn an_emptied_file_is_not_passed_over_in_silence() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.yaml"), "").expect("written");
    std::fs::write(folder.path().join("b.yaml"), "# on purpose\n").expect("written");
    let path = folder.path().to_str().expect("UTF-8");
    let output = trimtab(&["render", path]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(
        said.starts_with(&format!(
            "warning: {path}/a.yaml: holds no manifests and is passed over\n"
        ))
    );
    assert!(!said.contains("b.yaml"), "{said}");
}

#[test]
fn plan_against_nothing_creates_everything() {
    let output = trimtab(&["plan", "shop", "--recurse", "--offline", "--namespace", "shop"]);
    assert_eq!(text(&output.stderr), "3 to create\n");
    assert_eq!(text(&output.stdout), include_str!("../render/plan.txt"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn offline_counts_more_than_a_kubeconfig_in_the_environment() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_trimtab"))
        .args(["plan", "shop", "--recurse", "--offline", "--namespace", "shop"])
        .current_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render"))
        .env_clear()
        .envs([("TRIMTAB_KUBECONFIG", "absent"), ("TRIMTAB_CONTEXT", "absent")])
        .output()
        .expect("the binary runs");
    assert_eq!(text(&output.stderr), "3 to create\n");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn plan_of_nothing_changes_nothing() {
    let output = trimtab(&["plan", "shop", "--exclude", "*.yaml", "--offline"]);
    assert_eq!(
        text(&output.stderr),
        "warning: shop: there are no manifests that --include and --exclude choose\n\
         nothing to do: there are no objects\n"
    );
    assert_eq!((text(&output.stdout), output.status.code()), ("", Some(0)));
}

#[test]
fn plan_of_what_cannot_be_rendered_whole_fails() {
    let output = trimtab(&["plan", "broken", "--offline"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("error: broken/a.yaml:"), "{}", text(&output.stderr));
    assert!(text(&output.stderr).ends_with("; not everything could be rendered\n"));
}

#[test]
fn install_prints_all_that_is_needed_or_one_part_of_it() {
    let kinds = |arguments: &[&str]| {
        let output = trimtab(&[&["install"], arguments].concat());
        assert_eq!(text(&output.stderr), "");
        let read = trimtab_yaml::documents(&output.stdout, trimtab_yaml::Rules::default());
        let kind = |document: trimtab_yaml::Document| {
            document.value["kind"].as_str().expect("a kind").to_owned()
        };
        read.documents.into_iter().map(kind).collect::<Vec<_>>()
    };
    let (all, definitions, rbac) = (kinds(&[]), kinds(&["--crds-only"]), kinds(&["--rbac-only"]));
    assert!(definitions.iter().all(|kind| kind == "CustomResourceDefinition"));
    assert_eq!(all, [definitions, vec!["Namespace".to_owned()], rbac].concat());
    let output = trimtab(&["install", "--namespace", "Foo_"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
}

#[test]
fn a_plan_is_json_where_that_is_asked_for() {
    let output = trimtab(&["plan", "shop", "--offline", "-o", "json"]);
    let planned: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&planned[0]["action"], &planned[0]["reason"]),
        (&"create".into(), &"absent".into())
    );
    assert_eq!(text(&output.stderr), "");
    let output = trimtab(&["plan", "shop", "--offline", "-o", "name"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("-o json or -o yaml"), "{}", text(&output.stderr));
}

/// Runs a command on a directory with one file.
fn of_a_file(words: &[&str], content: &str) -> std::process::Output {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.yaml"), content).expect("written");
    let path = folder.path().to_str().expect("UTF-8");
    trimtab(&[&words[..1], &[path], &words[1..]].concat())
}

const HOOK: &str = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: mig\n  annotations: \
                    {argocd.argoproj.io/hook: PreSync}\n---\napiVersion: v1\nkind: ConfigMap\n\
                    metadata: {name: h}\n";

#[test]
fn what_the_operator_refuses_is_not_planned() {
    let output = of_a_file(&["plan", "--offline", "-o", "json"], HOOK);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let planned: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let of = |kind: &str| {
        let all = planned.as_array().expect("a list");
        let one = all.iter().find(|one| one["kind"] == kind).expect("there");
        (one["action"].as_str().expect("a word"), one["reason"].as_str().expect("a sentence"))
    };
    let (action, reason) = of("Job");
    assert_eq!(action, "refuse");
    assert!(
        reason.starts_with("`argocd.argoproj.io/hook: PreSync on Job/default/mig` is not known")
            && reason.contains("nothing is written"),
        "{reason}"
    );
    assert_eq!(of("ConfigMap"), ("keep", "another object was refused"));
}

#[test]
fn render_warns_of_what_an_application_would_not_do() {
    let output = of_a_file(&["render"], HOOK);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(
        said.starts_with("warning: `argocd.argoproj.io/hook: PreSync on Job/mig` is"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_kind_that_nobody_can_know_without_a_cluster_is_planned() {
    let certificate = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: x}\n";
    let output = of_a_file(&["plan", "--offline"], certificate);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), "1 to create\n"));
    let row = text(&output.stdout).lines().nth(1).expect("a row").split_whitespace();
    let row: Vec<&str> = row.collect();
    assert_eq!(
        row.join(" "),
        "create cert-manager.io Certificate x absent; its kind is not known without a cluster"
    );
}

#[test]
fn a_kind_that_kubernetes_has_not_is_refused_without_a_cluster() {
    let typo = "apiVersion: v1\nkind: ConfigMapp\nmetadata: {name: x}\n";
    let output = of_a_file(&["plan", "--offline"], typo);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stdout);
    assert!(said.contains("Kubernetes has no kind ConfigMapp (v1)"), "{said}");
}
