//! `examples/install`: the image and the Deployment are true.

use crate::{text, trimtab};
use serde_json::Value;

const OPERATOR: &str = include_str!("../../../../examples/install/operator.yaml");
const DOCKERFILE: &str = include_str!("../../../../examples/install/Dockerfile");
const ROUTES: &str = include_str!("../../../server/src/routes.rs");

fn documents(text: &[u8]) -> Vec<Value> {
    let read = trimtab_yaml::documents(text, trimtab_yaml::Rules::default());
    assert!(read.problems.is_empty());
    read.documents.into_iter().map(|document| document.value).collect()
}

fn operator() -> Value {
    let all = documents(OPERATOR.as_bytes());
    all.into_iter().find(|one| one["kind"] == "Deployment").expect("a Deployment")
}

#[test]
fn the_flags_of_the_deployment_are_the_program_s() {
    let operator = operator();
    let container = &operator["spec"]["template"]["spec"]["containers"][0];
    let args = container["args"].as_array().expect("arguments");
    let args = args.iter().map(|arg| arg.as_str().expect("a text"));
    let output = trimtab(&args.chain(["--kubeconfig", "absent"]).collect::<Vec<_>>());
    let said = text(&output.stderr);
    assert!(said.starts_with("error: the kubeconfig absent cannot be used: "), "{said}");
}

#[test]
fn it_runs_under_the_account_that_install_prints() {
    let operator = operator();
    let account = &operator["spec"]["template"]["spec"]["serviceAccountName"];
    let printed = documents(&trimtab(&["install", "--rbac-only"]).stdout);
    let is_it = |one: &Value| {
        one["kind"] == "ServiceAccount"
            && one["metadata"]["name"] == *account
            && one["metadata"]["namespace"] == operator["metadata"]["namespace"]
    };
    assert!(printed.iter().any(is_it));
}

#[test]
fn its_probes_ask_for_what_is_served() {
    let operator = operator();
    let container = &operator["spec"]["template"]["spec"]["containers"][0];
    for probe in ["livenessProbe", "readinessProbe"] {
        let path = container[probe]["httpGet"]["path"].as_str().expect(probe);
        assert!(ROUTES.contains(&format!(".route(\"{path}\"")), "{path}");
    }
}

#[test]
fn the_image_starts_the_program_that_it_builds() {
    assert!(DOCKERFILE.contains("--package trimtab\n"));
    let copied = DOCKERFILE.lines().find(|line| line.starts_with("COPY --from=build"));
    let copied = copied.and_then(|line| line.rsplit(' ').next()).expect("a program");
    assert!(DOCKERFILE.contains(&format!("ENTRYPOINT [\"{copied}\"]")), "{copied}");
}
