//! `--observe`: the plan is told, and nothing is written.

use super::listener::{Listener, heard};
use super::{World, config_maps};
use serde_json::json;

/// A world that is observed for so many seconds: the lines that were logged.
fn observed(world: &mut World, seconds: i64) -> Vec<String> {
    let listener = Listener::default();
    heard(listener.clone(), || world.run(seconds));
    let lines = listener.take();
    lines.into_iter().filter(|line| line.contains("app=")).collect()
}

#[test]
fn a_plan_is_told_once_and_again_when_it_is_another() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..2));
    world.application("one", |_| {});
    world.restart(true);
    let told = observed(&mut world, 200);
    let create = |line: &&String| line.contains("create") && line.contains("ConfigMap");
    assert_eq!(told.iter().filter(create).count(), 2, "{told:#?}");
    assert!(told[0].contains("observed") && told[0].contains("sync=OutOfSync"), "{told:#?}");
    world.push("one/all.yaml", &config_maps(0..3));
    let told = observed(&mut world, 200);
    assert_eq!(told.iter().filter(create).count(), 3, "{told:#?}");
    assert_eq!(observed(&mut world, 200), [""; 0]);
    assert_eq!(world.log, [""; 0]);
}

#[test]
fn what_would_be_pruned_is_told_by_the_policy() {
    for (prune, expected) in [(true, "prune"), (false, "-")] {
        let mut world = World::new();
        world.push("one/all.yaml", &config_maps(0..2));
        world.application("one", |app| {
            app["spec"]["syncPolicy"]["automated"] = json!({"prune": prune});
        });
        world.run(60);
        world.restart(true);
        world.push("one/all.yaml", &config_maps(0..1));
        world.log.clear();
        let told = observed(&mut world, 200);
        let line = told.iter().find(|line| line.contains("c1"));
        assert!(line.is_some_and(|line| line.contains(expected)), "{told:#?}");
        assert!(world.has("ConfigMap", super::world::SHOP, "c1"));
        assert_eq!(world.log, [""; 0]);
    }
}

#[test]
fn what_stands_in_the_way_is_told() {
    let mut world = World::new();
    world.push("one/all.yaml", "apiVersion: v1\nkind: [never closed\n");
    world.application("one", |_| {});
    world.restart(true);
    let told = observed(&mut world, 200);
    assert!(told.iter().any(|line| line.contains("one/all.yaml")), "{told:#?}");
    assert_eq!(world.log, [""; 0]);
}

#[test]
fn a_project_that_only_an_operator_that_writes_creates_is_told_with_what_to_do() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..2));
    world.application("one", |_| {});
    world.remove(&super::world::key("AppProject", super::world::HOME, "default"));
    world.restart(true);
    let told = observed(&mut world, 200);
    let said = told.iter().find(|line| line.contains("default")).expect("it is told");
    assert!(said.contains("InvalidSpecError: Application referencing project default"), "{said}");
    assert!(said.contains("an operator without --observe creates it"), "{said}");
    assert_eq!(world.log, [""; 0]);
}

#[test]
fn applications_of_both_kinds_with_one_name_are_told_apart_in_the_log() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..2));
    world.application("one", |_| {});
    world.kustomization("one");
    world.restart(true);
    let told = observed(&mut world, 200);
    for app in ["app=Application/argocd/one ", "app=Kustomization/argocd/one "] {
        assert!(told.iter().any(|line| line.contains(app)), "{told:#?}");
    }
}

#[test]
fn what_holds_nothing_from_the_beginning_holds_no_prunes_of_the_plan_that_is_told() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..2));
    world.push("one/values.yaml", "");
    world.application("one", |_| {});
    world.run(60);
    world.restart(true);
    observed(&mut world, 60);
    world.push("one/all.yaml", &config_maps(0..1));
    let told = observed(&mut world, 200);
    let line = told.iter().find(|line| line.contains("c1"));
    assert!(line.is_some_and(|line| line.contains("prune")), "{told:#?}");
}
