//! Every field that acts is proved: its test passes, and fails when the engine does not get to see the
//! field. `PARITY.md` names these tests.

mod application;
mod git_repository;
pub mod kustomization;
pub mod objects;
mod operation;
mod options;
mod others;
mod project;

use super::World;
use super::world::Ignored;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use trimtab_crd::fields::{Effect, Rule, rows};
use trimtab_crd::{APPLICATION, Definition, GIT_REPOSITORY, KUSTOMIZATION, PROJECT};

const APP: &str = "Application";

/// The test passes; and for each of these fields of a kind, it fails when the field is ignored.
fn prove(kind: &'static str, fields: &[&'static str], test: impl Fn(&mut World)) {
    test(&mut World::new());
    for path in fields {
        must_fail(Ignored { kind, path, instead: None }, &test);
    }
}

/// The same where the field must be there: it fails when the field says this instead.
fn prove_instead(
    kind: &'static str,
    path: &'static str,
    instead: Value,
    test: impl Fn(&mut World),
) {
    test(&mut World::new());
    must_fail(Ignored { kind, path, instead: Some(instead) }, &test);
}

fn must_fail(ignored: Ignored, test: &impl Fn(&mut World)) {
    let said = format!("the test would not notice that it is ignored: {ignored:?}");
    let mut world = World::new();
    world.ignored = Some(ignored);
    assert!(catch_unwind(AssertUnwindSafe(|| test(&mut world))).is_err(), "{said}");
}

#[test]
fn every_field_that_acts_names_its_proof() {
    let sections: [(&Definition, &str, &'static [Rule]); 5] = [
        (&APPLICATION, "spec", trimtab_argoproj::tables::SPEC),
        (&APPLICATION, "operation", trimtab_argoproj::tables::OPERATION),
        (&PROJECT, "spec", trimtab_argoproj::tables::PROJECT),
        (&KUSTOMIZATION, "spec", trimtab_fluxcd::tables::KUSTOMIZATION),
        (&GIT_REPOSITORY, "spec", trimtab_fluxcd::tables::GIT_REPOSITORY),
    ];
    for (definition, part, table) in sections {
        let schema = definition.schema().into_value();
        for row in rows(&schema["properties"][part], part, table) {
            let rule = row.rule.unwrap_or_else(|| panic!("{} has no rule", row.path));
            if matches!(rule.effect, Effect::Acts) {
                check(&row.path, rule.note);
            }
        }
    }
}

/// The test that a rule names proves the field that the rule is for.
fn check(path: &str, note: &str) {
    let name = note.strip_prefix("controller::").unwrap_or_else(|| panic!("{path}: {note}"));
    let (module, test) = name.split_once("::").unwrap_or_else(|| panic!("{path}: {note}"));
    let text = match module {
        "application" => include_str!("fields/application.rs"),
        "git_repository" => include_str!("fields/git_repository.rs"),
        "kustomization" => include_str!("fields/kustomization.rs"),
        "operation" => include_str!("fields/operation.rs"),
        "project" => include_str!("fields/project.rs"),
        other => panic!("{path}: there is no module {other}"),
    };
    let begin = text.find(&format!("fn {test}() {{"));
    let body = &text[begin.unwrap_or_else(|| panic!("{path}: there is no test {note}"))..];
    let body = &body[..body.find("\n}").expect("an end")];
    // Several sources have the fields of one.
    let field = format!("\"{}\"", path.replace("spec.sources[]", "spec.source"));
    assert!(body.contains(&field), "{note} does not prove {path}");
}
