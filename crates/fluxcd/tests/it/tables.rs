//! The tables know every field of the definitions, and what does not act is named for each of them.

use crate::support::{git_repository, kustomization, shown};
use serde_json::{Map, Value, json};
use trimtab_crd::fields::{Effect, Row, Rule, rows};
use trimtab_crd::{GIT_REPOSITORY, KUSTOMIZATION};
use trimtab_fluxcd::{Settings, app, git_source, tables};

/// An object with what a schema asks for and with one field: the path's names, `name[]` for lists.
fn with(schema: &Value, path: &[&str]) -> Value {
    let Some((first, rest)) = path.split_first() else { return sample(schema) };
    let name = first.trim_end_matches("[]");
    let inner = &schema["properties"][name];
    let value = if first.ends_with("[]") {
        json!([with(&inner["items"], rest)])
    } else {
        with(inner, rest)
    };
    let mut object = required(schema);
    object.insert(name.to_owned(), value);
    Value::Object(object)
}

fn required(schema: &Value) -> Map<String, Value> {
    let names = schema["required"].as_array().into_iter().flatten();
    let names = names.filter_map(Value::as_str);
    names.map(|name| (name.to_owned(), sample(&schema["properties"][name]))).collect()
}

/// Some value of a schema that says something.
fn sample(schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("object") if schema.get("properties").is_some() => Value::Object(required(schema)),
        Some("object") => json!({"a": sample(&schema["additionalProperties"])}),
        Some("array") => json!([sample(&schema["items"])]),
        Some("boolean") => json!(true),
        Some("integer") => json!(3),
        _ => schema["enum"].as_array().and_then(|all| all.last()).cloned().unwrap_or(json!("x")),
    }
}

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
        Effect::Acts | Effect::ForClients | Effect::Fields(_) => None,
    }
}

#[test]
fn every_field_of_a_kustomization_that_does_not_act_is_named() {
    let schema = spec(&KUSTOMIZATION);
    for row in rows(&schema, "spec", tables::KUSTOMIZATION) {
        let Some(expected) = expected(&row) else { continue };
        let mut field = with(&schema, &path(&row));
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
        let found = shown(&app(&resource, None, &Settings::default()).unwrap().0);
        assert!(found.iter().any(|f| expected.starts_with(f.as_str())), "{}: {found:?}", row.path);
    }
}

#[test]
fn every_field_of_a_source_that_does_not_act_is_named() {
    let schema = spec(&GIT_REPOSITORY);
    for row in rows(&schema, "spec", tables::GIT_REPOSITORY) {
        let Some(expected) = expected(&row) else { continue };
        let mut field = with(&schema, &path(&row));
        for required in ["interval", "url"] {
            field.as_object_mut().unwrap().remove(required);
        }
        let source = git_source(&git_repository(&json!({"spec": field}))).unwrap();
        let found: Vec<String> = source
            .not_supported
            .iter()
            .map(|found| match found.restraint {
                trimtab_model::Restraint::Restrains => found.field.to_string(),
                trimtab_model::Restraint::Adds => format!("+{}", found.field),
            })
            .collect();
        assert!(found.iter().any(|f| expected.starts_with(f.as_str())), "{}: {found:?}", row.path);
    }
}
