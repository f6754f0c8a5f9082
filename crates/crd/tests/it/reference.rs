//! What a cluster accepts with our definitions is what it accepts with the reference's
//! (Argo CD 3.5.1, source-controller 1.9.1, kustomize-controller 1.9.4), field by field.

use serde_json::Value;
use trimtab_crd::{APPLICATION, Definition, GIT_REPOSITORY, KUSTOMIZATION, PROJECT};

/// Compares `spec` as a whole; where it differs, the message names the fields.
fn same(definition: &Definition, reference: &str) {
    let reference: Value = serde_json::from_str(reference).unwrap();
    let ours = definition.to_object();
    let mut differences = Vec::new();
    compare(&ours["spec"], &reference["spec"], "spec", &mut differences);
    assert!(differences.is_empty(), "{}:\n{}", definition.name(), differences.join("\n"));
    assert_eq!(ours["metadata"]["name"], reference["metadata"]["name"]);
}

fn compare(ours: &Value, theirs: &Value, path: &str, differences: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                compare(&ours[key], &theirs[key], &format!("{path}.{key}"), differences);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(a, b, &format!("{path}[{index}]"), differences);
            }
        }
        _ if ours == theirs => {}
        _ => differences.push(format!("{path}: {ours} instead of {theirs}")),
    }
}

#[test]
fn application() {
    same(&APPLICATION, include_str!("../fixtures/applications.argoproj.io.json"));
}

#[test]
fn project() {
    same(&PROJECT, include_str!("../fixtures/appprojects.argoproj.io.json"));
}

#[test]
fn git_repository() {
    same(
        &GIT_REPOSITORY,
        include_str!("../fixtures/gitrepositories.source.toolkit.fluxcd.io.json"),
    );
}

#[test]
fn kustomization() {
    same(
        &KUSTOMIZATION,
        include_str!("../fixtures/kustomizations.kustomize.toolkit.fluxcd.io.json"),
    );
}
