//! A sync that may not go on, or that a person ends: what waits for its turn is not written.

use super::world::{HOME, SHOP, key};
use super::{World, config_maps};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// A sync of four objects, none of which has had its turn.
fn waiting() -> World {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..4));
    world.application("one", |_| {});
    world.waiting = Some(VecDeque::new());
    world.run(5);
    let waiting = world.waiting.as_ref().map(VecDeque::len);
    assert_eq!((waiting, world.count("ConfigMap", SHOP)), (Some(4), 0));
    world
}

fn one(world: &mut World, change: impl FnOnce(&mut Value)) {
    world.edit(&key("Application", HOME, "one"), change);
    world.run(1);
}

#[test]
fn a_spec_that_becomes_forbidden_stops_what_waits_for_its_turn() {
    let mut world = waiting();
    world.put(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
        "metadata": {"name": "narrow", "namespace": HOME},
        "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "other"}]},
    }));
    one(&mut world, |app| app["spec"]["project"] = "narrow".into());
    world.go_on();
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 0, "{:#}", world.app("one")["status"]);
    one(&mut world, |app| app["spec"]["project"] = "default".into());
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 4, "{:#}", world.app("one")["status"]);
}

#[test]
fn a_project_that_becomes_narrower_stops_what_waits_for_its_turn() {
    for narrower in [
        json!({"destinations": [{"server": "*", "namespace": "other"}]}),
        json!({"namespaceResourceBlacklist": [{"group": "", "kind": "ConfigMap"}]}),
    ] {
        let mut world = waiting();
        world.edit(&key("AppProject", HOME, "default"), |project| {
            for (field, value) in narrower.as_object().unwrap() {
                project["spec"][field] = value.clone();
            }
        });
        world.run(1);
        world.go_on();
        world.run(60);
        assert_eq!(world.count("ConfigMap", SHOP), 0, "{narrower}");
    }
}

#[test]
fn a_sync_that_a_person_ends_sends_nothing_more() {
    let mut world = waiting();
    one(&mut world, |app| app["status"]["operationState"]["phase"] = "Terminating".into());
    world.go_on();
    world.run(1);
    let state = &world.app("one")["status"]["operationState"];
    assert_eq!(
        (&state["phase"], &state["message"]),
        (&json!("Failed"), &json!("Operation terminated"))
    );
    assert_eq!(world.count("ConfigMap", SHOP), 0);
}

#[test]
fn a_deletion_waits_for_nothing_that_has_not_begun() {
    let mut world = waiting();
    one(&mut world, |app| app["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:05Z".into());
    world.go_on();
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 0);
    assert!(!world.has("Application", HOME, "one"));
    assert!(!world.log.iter().any(|line| line.starts_with("apply")), "{:?}", world.log);
}

#[test]
fn a_sync_that_waits_for_its_next_try_is_ended_at_once() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..1));
    world.refused.insert(key("ConfigMap", SHOP, "c0"), "no room".to_owned());
    world.application("one", |_| {});
    world.run(7);
    let state = &world.app("one")["status"]["operationState"];
    assert_eq!(state["phase"], "Running", "{state:#}");
    assert!(state["message"].as_str().unwrap().contains("Retrying attempt"), "{state:#}");
    one(&mut world, |app| app["status"]["operationState"]["phase"] = "Terminating".into());
    let state = &world.app("one")["status"]["operationState"];
    assert_eq!(state["phase"], "Failed", "{state:#}");
    let applies = world.log.len();
    world.run(600);
    assert!(!world.log[applies..].iter().any(|line| line.starts_with("apply")));
}
