//! The tables know every field of the definitions, and what does not act is named for each of them.

use crate::support::{git_repository, kustomization, shown};
use serde_json::{Value, json};
use trimtab_crd::fields::{Effect, Row, Rule, example, rows};
use trimtab_crd::{GIT_REPOSITORY, KUSTOMIZATION};
use trimtab_fluxcd::{Settings, app, git_source, tables};

fn path(row: &Row) -> Vec<&str> {
    row.path.split('.').skip(1).collect()
}

fn rule(row: &Row) -> Rule {
    row.rule.unwrap_or_else(|| panic!("{} has no rule", row.path))
}

fn spec(definition: &trimtab_crd::Definition) -> Value {
    definition.schema().into_value()["properties"]["spec"].clone()
}

#[test]
fn every_field_has_a_rule() {
    let applied = rows(&spec(&KUSTOMIZATION), "spec", tables::KUSTOMIZATION);
    let sources = rows(&spec(&GIT_REPOSITORY), "spec", tables::GIT_REPOSITORY);
    assert!(applied.len() > 60 && sources.len() > 20);
    for row in applied.iter().chain(&sources) {
        rule(row);
    }
}

/// The field as it is shown, with the mark of its restraint; `None` where it acts.
fn expected(row: &Row) -> Option<String> {
    let shown = row.path.replace("[]", "[0]");
    match rule(row).effect {
        Effect::Restrains => Some(shown),
        Effect::Adds => Some(format!("+{shown}")),
        Effect::Acts | Effect::ForClients | Effect::NeedsNothing | Effect::Fields(_) => None,
    }
}

/// Says whether what was found names this field or one above it.
fn names(found: &[String], expected: &str) -> bool {
    let is_it = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
    found.iter().any(|found| {
        found.contains('.') && expected.strip_prefix(found.as_str()).is_some_and(is_it)
    })
}

#[test]
fn every_field_of_a_kustomization_that_does_not_act_is_named() {
    let schema = spec(&KUSTOMIZATION);
    for row in rows(&schema, "spec", tables::KUSTOMIZATION) {
        let Some(expected) = expected(&row) else { continue };
        let mut field = example(&schema, &path(&row));
        for required in ["interval", "prune", "sourceRef"] {
            field.as_object_mut().unwrap().remove(required);
        }
        if row.path.starts_with("spec.healthCheckExprs") {
            field["wait"] = json!(true);
        }
        // Counts only with `components`, which restrain.
        if row.path == "spec.ignoreMissingComponents" {
            continue;
        }
        let resource = kustomization(&json!({"spec": field}));
        let found = shown(&app(&resource, None, &Settings::default()).unwrap().0.not_supported);
        assert!(names(&found, &expected), "{}: {found:?}", row.path);
    }
}

#[test]
fn every_field_of_a_source_that_does_not_act_is_named() {
    let schema = spec(&GIT_REPOSITORY);
    for row in rows(&schema, "spec", tables::GIT_REPOSITORY) {
        let Some(expected) = expected(&row) else { continue };
        let mut field = example(&schema, &path(&row));
        for required in ["interval", "url"] {
            field.as_object_mut().unwrap().remove(required);
        }
        let source = git_source(&git_repository(&json!({"spec": field}))).unwrap();
        let found = shown(&source.not_supported);
        assert!(names(&found, &expected), "{}: {found:?}", row.path);
    }
}
