use crate::text;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn releases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../helm/tests/golden/releases")
}

fn helm_template(case: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trimtab"))
        .args(["helm", "template"])
        .args(arguments)
        .current_dir(releases().join(case))
        .env_clear()
        .output()
        .expect("the binary runs")
}

fn expected(case: &str, name: &str) -> String {
    std::fs::read_to_string(releases().join(case).join("expected").join(name)).unwrap_or_default()
}

fn is_as_helm(case: &str, name: &str, arguments: &[&str], code: i32) {
    let output = helm_template(case, arguments);
    assert_eq!(text(&output.stderr), expected(case, &format!("{name}.err")), "{case}");
    assert_eq!(text(&output.stdout), expected(case, &format!("{name}.out")), "{case}");
    assert_eq!(output.status.code(), Some(code), "{case}");
}

#[test]
fn helm_template_prints_helms_own_bytes() {
    is_as_helm("web", "full", &["r", "chart", "-f", "v/full.yaml"], 0);
    is_as_helm("hooks", "default", &["r", "chart"], 0);
    is_as_helm("crds", "crds", &["r", "chart", "--include-crds"], 0);
    is_as_helm(
        "capabilities",
        "apis",
        &[
            "r",
            "chart",
            "-a",
            "monitoring.coreos.com/v1,apps/v1/Deployment",
            "-a",
            "x",
            "--api-versions",
            "y",
        ],
        0,
    );
    is_as_helm("packed-root", "set", &["r", "app.tgz", "--set", "a=2", "--include-crds"], 0);
    is_as_helm(
        "release",
        "template",
        &["chart", "--name-template", "x-{{ upper `a` | lower }}"],
        0,
    );
}

#[test]
fn helm_template_fails_in_helms_own_words() {
    is_as_helm("exec-chain", "default", &["r", "chart"], 1);
    is_as_helm("yaml-indent", "default", &["r", "chart"], 1);
    is_as_helm("release", "wrong", &["Big_Name", "chart"], 1);
    is_as_helm("release", "three", &["r", "chart", "more", "things"], 1);
    is_as_helm("release", "templatewrong", &["chart", "--name-template", "{{ nosuch }}"], 1);
    is_as_helm("capabilities", "wrong", &["r", "chart", "--kube-version", "1"], 1);
    is_as_helm("schema", "wrong", &["r", "chart", "--set", "port=high"], 1);
    is_as_helm("values", "missing", &["r", "chart", "-f", "v/none.yaml"], 1);
}

#[test]
fn helm_template_says_what_to_do_about_what_does_not_act() {
    for (arguments, remedy) in [
        (vec!["r", "chart", "--repo", "https://example.com"], "helm pull --untar"),
        (vec!["r", "bitnami/nginx"], "helm pull --untar bitnami/nginx"),
        (vec!["r", "chart", "--verify"], "helm verify"),
        (vec!["r", "./nowhere"], "path \"./nowhere\" not found"),
    ] {
        let output = helm_template("web", &arguments);
        assert!(text(&output.stderr).contains(remedy), "{}", text(&output.stderr));
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    }
}

#[test]
fn helm_template_writes_a_file_for_each_template() {
    let directory = tempfile::tempdir().expect("a directory");
    let out = directory.path().to_str().expect("a name");
    let arguments =
        ["r", "chart", "--output-dir", out, "--release-name", "--include-crds", "--skip-tests"];
    let output = helm_template("crds", &arguments);
    assert_eq!(text(&output.stderr), "");
    let written = format!(
        "wrote {out}/app/crds/a.yml\nwrote {out}/app/crds/b.yaml\nwrote {out}/app/crds/c.json\n\
         wrote {out}/app/crds/deep/d.YAML\nwrote {out}/app/charts/s/crds/s.yaml\n\
         wrote {out}/r/app/charts/s/templates/x.yaml\nwrote {out}/r/app/templates/a.yaml\n\n"
    );
    assert_eq!(text(&output.stdout), written);
    let file = std::fs::read_to_string(directory.path().join("r/app/templates/a.yaml"));
    let file = file.expect("the file is there");
    assert!(file.starts_with("---\n# Source: app/templates/a.yaml\napiVersion: v1\n"), "{file}");
}
