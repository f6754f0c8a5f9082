//! Bugs of ours stop one application, and nothing else.

use super::listener::{Bug, heard};
use super::world::{HOME, SHOP, app_id, key};
use super::{World, config_maps};
use crate::Event;
use trimtab_model::{AppId, GroupKind};

fn two() -> World {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.push("two/all.yaml", &config_maps(10..13));
    world.application("one", |_| {});
    world.application("two", |_| {});
    world
}

/// Goes on for so long while every look at `one` panics.
fn with_a_bug(world: &mut World, seconds: i64) {
    heard(Bug(app_id("one")), || world.run(seconds));
}

#[test]
fn a_panic_parks_its_application_with_a_condition_and_the_others_go_on() {
    let mut world = two();
    with_a_bug(&mut world, 30);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    assert_eq!(world.app("two")["status"]["sync"]["status"], "Synced");
    let said = world.conditions("one", "UnknownError");
    assert!(said[0].contains("a planted panic") && said[0].contains("report it"), "{said:?}");
    assert_eq!(world.metrics.panics.get(), 1, "it is not tried again and again");
}

#[test]
fn a_parked_application_begins_anew_with_the_next_change_of_its_spec() {
    let mut world = two();
    world.run(30);
    world.push("one/all.yaml", &config_maps(0..4));
    with_a_bug(&mut world, 30);
    assert_eq!(world.conditions("one", "UnknownError").len(), 1);
    world.push("one/all.yaml", &config_maps(1..5));
    world.run(200);
    assert!(!world.has("ConfigMap", SHOP, "c4"), "it is parked");
    world.edit(&key("Application", HOME, "one"), |app| {
        app["spec"]["info"] = serde_json::json!([{"name": "x", "value": "y"}]);
    });
    world.run(30);
    assert_eq!(world.conditions("one", "UnknownError"), [""; 0]);
    assert!(world.has("ConfigMap", SHOP, "c4"));
    assert!(!world.has("ConfigMap", SHOP, "c0"), "the inventory was not forgotten");
}

#[test]
fn a_panic_in_a_deletion_deletes_nothing() {
    let mut world = two();
    world.run(30);
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
    });
    with_a_bug(&mut world, 60);
    assert_eq!(world.count("ConfigMap", SHOP), 6);
    assert!(world.has("Application", HOME, "one"));
}

#[test]
fn a_bug_is_not_told_as_a_mistake_in_the_spec_of_a_kustomization() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.kustomization("one");
    world.run(30);
    let one = key("Kustomization", HOME, "one");
    let kind = GroupKind::new("kustomize.toolkit.fluxcd.io", "Kustomization");
    let id = AppId { kind, ..app_id("one") };
    world.happens(Event::Crashed(Some((id, None)), "an edge".to_owned()));
    world.run(30);
    let conditions = world.objects[&one]["status"]["conditions"].as_array().unwrap();
    for kind in ["Stalled", "Ready"] {
        let found = conditions.iter().find(|condition| condition["type"] == kind).unwrap();
        assert_eq!(found["reason"], "UnknownError", "{found}");
        assert!(found["message"].as_str().unwrap().contains("report it"), "{found}");
    }
}

#[test]
fn a_panic_outside_of_the_loop_parks_its_application() {
    let mut world = two();
    world.run(30);
    world.happens(Event::Crashed(Some((app_id("one"), None)), "an edge".to_owned()));
    world.push("one/all.yaml", &config_maps(0..4));
    world.push("two/all.yaml", &config_maps(10..14));
    world.run(200);
    let said = world.conditions("one", "UnknownError");
    assert!(said[0].contains("an edge"), "{said:?}");
    assert!(!world.has("ConfigMap", SHOP, "c3") && world.has("ConfigMap", SHOP, "c13"));
    assert_eq!(world.metrics.panics.get(), 1);
}

#[test]
fn a_panic_on_nobody_s_behalf_is_counted() {
    let mut world = two();
    world.happens(Event::Crashed(None, "an edge".to_owned()));
    world.run(60);
    assert_eq!((world.metrics.panics.get(), world.count("ConfigMap", SHOP)), (1, 6));
}
