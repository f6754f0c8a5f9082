//! The tables know every field of the definitions, and what does not act is named for each of them.

use crate::support::{not_supported, shown};
use serde_json::{Value, json};
use trimtab_argoproj::{project, tables};
use trimtab_crd::fields::{Effect, Row, Rule, example, rows};
use trimtab_crd::{APPLICATION, PROJECT};

fn path(row: &Row) -> Vec<&str> {
    row.path.split('.').skip(1).collect()
}

fn rule(row: &Row) -> Rule {
    row.rule.unwrap_or_else(|| panic!("{} has no rule", row.path))
}

fn schema(definition: &trimtab_crd::Definition, part: &str) -> Value {
    definition.schema().into_value()["properties"][part].clone()
}

#[test]
fn every_field_has_a_rule() {
    let spec = rows(&schema(&APPLICATION, "spec"), "spec", tables::SPEC);
    let operation = rows(&schema(&APPLICATION, "operation"), "operation", tables::OPERATION);
    let project = rows(&schema(&PROJECT, "spec"), "spec", tables::PROJECT);
    assert!(spec.len() > 150 && operation.len() > 150 && project.len() > 30);
    for row in spec.iter().chain(&operation).chain(&project) {
        rule(row);
    }
}

/// Says whether what was found names this field or one above it, with the mark of its restraint.
fn names(found: &[String], row: &Row) -> bool {
    let mark = if matches!(rule(row).effect, Effect::Adds) { "+" } else { "" };
    let shown = format!("{mark}{}", row.path.replace("[]", "[0]"));
    let is_it = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
    found
        .iter()
        .any(|found| found.contains('.') && shown.strip_prefix(found.as_str()).is_some_and(is_it))
}

fn does_not_act(row: &Row) -> bool {
    matches!(rule(row).effect, Effect::Restrains | Effect::Adds)
}

#[test]
fn every_field_of_an_application_that_does_not_act_is_named() {
    for (part, table) in [("spec", tables::SPEC), ("operation", tables::OPERATION)] {
        let schema = schema(&APPLICATION, part);
        for row in rows(&schema, part, table).iter().filter(|row| does_not_act(row)) {
            let mut change = json!({part: example(&schema, &path(row))});
            // What the resource needs beside the field, and what the field needs to say something.
            let mut base =
                json!({"spec": {"destination": null, "project": null}, "operation": null});
            if part == "operation" {
                base["operation"] = json!({"sync": {}});
            }
            if row.path.starts_with("spec.syncPolicy.managedNamespaceMetadata") {
                base["spec"]["syncPolicy"] = json!({"syncOptions": ["CreateNamespace=true"]});
            }
            for required in ["destination", "project"] {
                if let Some(spec) = change["spec"].as_object_mut() {
                    spec.remove(required);
                }
            }
            if let Some(source) = change.pointer_mut("/spec/source").and_then(Value::as_object_mut)
            {
                source.remove("repoURL");
                source.insert("path".into(), json!("a"));
                source.insert("targetRevision".into(), json!("v1"));
            }
            for source in change
                .pointer_mut("/spec/sources")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                source["path"] = json!("a");
                source["targetRevision"] = json!("v1");
            }
            base["spec"].as_object_mut().unwrap().retain(|_, value| !value.is_null());
            if base["operation"].is_null() {
                base.as_object_mut().unwrap().remove("operation");
            }
            trimtab_crd::patch::apply(&mut base, &change);
            let found = not_supported(&base);
            assert!(names(&found, row), "{}: {found:?}", row.path);
        }
    }
}

#[test]
fn every_field_of_a_project_that_does_not_act_is_named() {
    let schema = schema(&PROJECT, "spec");
    for row in rows(&schema, "spec", tables::PROJECT).iter().filter(|row| does_not_act(row)) {
        let project = project(&json!({"spec": example(&schema, &path(row))}));
        let found = shown(&project.not_supported);
        assert!(names(&found, row), "{}: {found:?}", row.path);
    }
}
