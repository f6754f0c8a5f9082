//! Every field that does not act: what restrains stops all writes, what adds is left out, and a
//! condition names each. Every field of the definitions is tried.

use super::kustomization::{of_directory, of_source};
use super::objects::map;
use crate::tests::world::{HOME, World, key};
use serde_json::{Value, json};
use trimtab_crd::fields::{Effect, Row, Rule, example, rows};
use trimtab_crd::{APPLICATION, Definition, GIT_REPOSITORY, KUSTOMIZATION, PROJECT, patch};

/// Tries each field of a part of a definition whose rule does not let it act. `set` puts what is given
/// into a world, which is let go then.
fn try_all(
    (definition, part): (&Definition, &str),
    table: &'static [Rule],
    set: impl Fn(&mut World, &Row, Value),
) {
    let schema = definition.schema().into_value()["properties"][part].clone();
    let mut tried = 0;
    for row in rows(&schema, part, table) {
        let rule = row.rule.unwrap_or_else(|| panic!("{} has no rule", row.path));
        if matches!(rule.effect, Effect::Acts) || is_for_others(&row.path) {
            continue;
        }
        let names: Vec<&str> = row.path.split('.').skip(1).collect();
        let mut world = World::new();
        world.push("one/all.yaml", &map("a"));
        set(&mut world, &row, example(&schema, &names));
        world.run(30);
        check(&world, &row, &rule);
        tried += 1;
    }
    assert!(tried > 0);
}

/// Several sources have the table of one; and a field that only says something beside another, which
/// restrains.
fn is_for_others(path: &str) -> bool {
    path.starts_with("spec.sources[]") || path == "spec.ignoreMissingComponents"
}

fn check(world: &World, row: &Row, rule: &Rule) {
    let path = &row.path;
    let named = |kinds: &[&str]| {
        let shown = path.replace("[]", "[0]");
        let said = world.said.iter().filter(|(kind, _)| kinds.contains(&kind.as_str()));
        let mut fields = said.filter_map(|(_, message)| message.split('`').nth(1));
        fields.any(|field| {
            let field = field.strip_prefix("GitRepository: ").unwrap_or(field);
            let is_it = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
            field.contains('.') && shown.strip_prefix(field).is_some_and(is_it)
        })
    };
    let (applied, said) = (world.has_map("a"), &world.said);
    match rule.effect {
        Effect::Restrains => {
            assert!(!applied, "{path} does not stop the writes");
            assert!(named(&["NotSupportedError", "Stalled"]), "{path} is not named: {said:?}");
        }
        Effect::Adds => {
            assert!(applied, "{path} stops the writes");
            assert!(named(&["NotSupportedWarning", "LeftOut"]), "{path} is not named: {said:?}");
        }
        Effect::ForClients | Effect::NeedsNothing => {
            assert!(applied, "{path} stops the writes: {said:?}");
            let all = ["NotSupportedError", "NotSupportedWarning", "Stalled", "LeftOut"];
            assert!(!named(&all), "{path} is named");
        }
        Effect::Acts | Effect::Fields(_) => unreachable!("they are not tried"),
    }
}

/// Puts a field into a resource. What the resource says anyway it goes on saying.
fn merge(resource: &mut Value, part: &str, field: &Value) {
    let mut merged = json!({part: field});
    patch::apply(&mut merged, resource);
    *resource = merged;
}

#[test]
fn of_the_spec_of_an_application() {
    try_all((&APPLICATION, "spec"), trimtab_argoproj::tables::SPEC, |world, row, field| {
        world.application("one", |app| {
            merge(app, "spec", &field);
            if row.path.contains("managedNamespaceMetadata") {
                app["spec"]["syncPolicy"]["syncOptions"] = json!(["CreateNamespace=true"]);
            }
        });
    });
}

#[test]
fn of_an_operation() {
    try_all((&APPLICATION, "operation"), trimtab_argoproj::tables::OPERATION, |world, _, field| {
        world.manual(|app| app["operation"] = json!({"sync": {}}));
        world.edit_app(|app| merge(app, "operation", &field));
    });
}

#[test]
fn of_a_project() {
    try_all((&PROJECT, "spec"), trimtab_argoproj::tables::PROJECT, |world, row, field| {
        let is_window = row.path.starts_with("spec.syncWindows");
        world.edit(&key("AppProject", HOME, "default"), |project| {
            merge(project, "spec", &field);
            if is_window {
                // An open window whose description is all that is asked about.
                project["spec"]["syncWindows"][0]["applications"] = json!(["nobody's"]);
            }
        });
        world.application("one", |_| {});
    });
}

#[test]
fn of_a_kustomization() {
    try_all(
        (&KUSTOMIZATION, "spec"),
        trimtab_fluxcd::tables::KUSTOMIZATION,
        |world, row, field| {
            of_directory(world, |spec| {
                let mut resource = json!({"spec": spec});
                merge(&mut resource, "spec", &field);
                *spec = resource["spec"].clone();
                if row.path.starts_with("spec.healthCheckExprs") {
                    spec["wait"] = true.into();
                }
            });
        },
    );
}

#[test]
fn of_a_git_repository() {
    let rules = trimtab_fluxcd::tables::GIT_REPOSITORY;
    try_all((&GIT_REPOSITORY, "spec"), rules, |world, row, field| {
        let semver = row.path == "spec.ref.semver";
        of_source(world, |spec| {
            let mut resource = json!({"spec": spec});
            merge(&mut resource, "spec", &field);
            *spec = resource["spec"].clone();
            if semver {
                spec["ref"] = json!({"semver": ">=1.0.0"});
            }
        });
    });
}
