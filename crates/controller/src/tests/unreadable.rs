//! What cannot be read of the cluster, and what cannot be applied, is said and left alone.

use super::world::SHOP;
use super::{World, config_maps};

#[test]
fn objects_that_may_not_be_read_are_named_with_the_reason() {
    let mut world = World::new();
    world.forbidden = vec!["ConfigMap"];
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |_| {});
    world.run(60);
    assert_eq!(world.app("one")["status"]["sync"]["status"], "Unknown");
    let said = world.conditions("one", "ComparisonError");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("c0 and 2 more cannot be read: we may not list it"), "{said:?}");
    assert_eq!(world.count("ConfigMap", SHOP), 0);
}

#[test]
fn an_object_that_is_refused_is_named_though_nothing_else_is_of_its_kind() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..1));
    world.push(
        "one/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replica: 1}\n",
    );
    world.application("one", |_| {});
    // As long as its five retries take.
    world.run(600);
    let said = world.conditions("one", "SyncError");
    let is_named = said.iter().any(|said| said.contains("unknown field .spec.replica"));
    assert!(is_named, "{:#}", world.app("one")["status"]);
}

#[test]
fn nothing_is_said_of_a_project_before_all_projects_are_read() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |_| {});
    world.run(60);
    world.log.clear();
    world.late = Some("AppProject");
    world.restart(false);
    world.run(60);
    assert_eq!(world.log, Vec::<String>::new());
}
