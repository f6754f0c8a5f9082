//! Ignore rules.

use proptest::prelude::*;
use serde_json::{Value, json};
use trimtab_diff::Ignored;
use trimtab_model::{GroupKind, IgnoreRule, ObjectKey};

fn rule(group: &str, kind: &str, pointers: &[&str]) -> IgnoreRule {
    IgnoreRule {
        group: Some(group.into()),
        kind: Some(kind.into()),
        name: None,
        namespace: None,
        pointers: pointers.iter().map(|pointer| (*pointer).into()).collect(),
    }
}

fn web() -> ObjectKey {
    ObjectKey::namespaced(&GroupKind::new("apps", "Deployment"), "shop", "web")
}

fn without(rules: &[IgnoreRule], mut object: Value) -> Value {
    Ignored::of(rules, &web()).remove_from(&mut object);
    object
}

#[test]
fn an_ignored_field_is_taken_away() {
    let rules = [rule("apps", "Deployment", &["/spec/replicas", "/metadata/labels/a~1b~0c"])];
    let object = json!({"metadata": {"labels": {"a/b~c": "x", "d": "y"}}, "spec": {"replicas": 3, "paused": true}});
    assert_eq!(
        without(&rules, object),
        json!({"metadata": {"labels": {"d": "y"}}, "spec": {"paused": true}})
    );
}

#[test]
fn a_field_that_is_not_there_is_no_error() {
    let pointers = ["/spec/replicas/x", "/status", "/spec/list/7", "/spec/list/-", "", "spec", "/"];
    let object = json!({"spec": {"replicas": 3, "list": [1]}});
    assert_eq!(without(&[rule("*", "*", &pointers)], object.clone()), object);
}

#[test]
fn elements_behind_one_that_is_taken_away_move_up() {
    let object = json!({"list": ["a", "b", "c"]});
    let rules = [rule("*", "*", &["/list/0", "/list/0"])];
    assert_eq!(without(&rules, object.clone()), json!({"list": ["c"]}));
    assert_eq!(without(&[rule("*", "*", &["/list/-1"])], object), json!({"list": ["a", "b"]}));
}

#[test]
fn a_rule_is_about_what_its_patterns_match() {
    let object = json!({"spec": 1});
    for (group, kind, about) in [
        ("apps", "Deployment", true),
        ("ap*", "{Deployment,Job}", true),
        ("*", "*", true),
        ("", "Deployment", false),
        ("apps", "Deploy", false),
        ("apps", "[", false),
    ] {
        let found = without(&[rule(group, kind, &["/spec"])], object.clone());
        assert_eq!(found == json!({}), about, "{group}/{kind}");
    }
    let every = IgnoreRule { group: None, kind: None, ..rule("", "", &["/spec"]) };
    assert!(!Ignored::of([&every], &web()).is_empty());
}

#[test]
fn name_and_namespace_are_exact() {
    let named = |name: &str| IgnoreRule { name: Some(name.into()), ..rule("*", "*", &["/spec"]) };
    assert!(!Ignored::of([&named("web")], &web()).is_empty());
    assert!(Ignored::of([&named("w*")], &web()).is_empty());
    let elsewhere = IgnoreRule { namespace: Some("other".into()), ..rule("*", "*", &["/spec"]) };
    assert!(Ignored::of([&elsewhere], &web()).is_empty());
}

#[test]
fn an_apply_leaves_ignored_fields_as_they_are() {
    let rules = [rule(
        "*",
        "*",
        &["/spec/replicas", "/spec/paused", "/spec/x", "/spec/list/1", "/no/where"],
    )];
    let live = json!({"spec": {"replicas": 5, "x": {"y": 1}, "list": [7, 8]}});
    let mut desired = json!({"spec": {"replicas": 3, "paused": true, "list": [1, 2, 3]}});
    Ignored::of(&rules, &web()).copy(&live, &mut desired);
    assert_eq!(desired, json!({"spec": {"replicas": 5, "x": {"y": 1}, "list": [1, 8, 3]}}));
}

fn any_object() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(Value::Null), (0..5).prop_map(Value::from)];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn any_pointers() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("(/([a-c]|[0-3]|-1|~0)){0,3}", 0..4)
}

fn any_rules() -> impl Strategy<Value = Vec<IgnoreRule>> {
    any_pointers().prop_map(|pointers| {
        vec![rule("*", "*", &pointers.iter().map(String::as_str).collect::<Vec<_>>())]
    })
}

/// Rules about fields alone, where taking one away moves no other.
fn rules_about_fields() -> impl Strategy<Value = Vec<IgnoreRule>> {
    proptest::collection::vec("(/[a-c]){1,3}", 0..4).prop_map(|pointers| {
        vec![rule("*", "*", &pointers.iter().map(String::as_str).collect::<Vec<_>>())]
    })
}

proptest! {
    #[test]
    fn no_rule_is_too_odd(rules in any_rules(), object in any_object(), live in any_object()) {
        let ignored = Ignored::of(&rules, &web());
        let mut left = object.clone();
        ignored.remove_from(&mut left);
        let mut copied = object;
        ignored.copy(&live, &mut copied);
    }

    #[test]
    fn taking_away_twice_is_taking_away_once(rules in rules_about_fields(), object in any_object()) {
        let once = without(&rules, object);
        prop_assert_eq!(without(&rules, once.clone()), once);
    }

    #[test]
    fn nothing_but_ignored_fields_changes(rules in rules_about_fields(), object in any_object(), live in any_object()) {
        let mut desired = object.clone();
        Ignored::of(&rules, &web()).copy(&live, &mut desired);
        prop_assert_eq!(without(&rules, desired), without(&rules, object));
    }
}
