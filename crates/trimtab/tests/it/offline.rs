use crate::{text, trimtab};

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
    let output = trimtab(&["render", "shop/app.yaml"]);
    assert_eq!(
        text(&output.stderr),
        "error: shop/app.yaml is no directory: name the directory shop, with --include app.yaml\n"
    );
    let output = trimtab(&["render", "shop", "-o", "wide"]);
    assert!(text(&output.stderr).contains("-o yaml or -o json"));
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
