//! The second family: it tells of each revision of its source, and of nothing else.

use super::world::{HOME, SHOP, key};
use super::{World, config_maps};
use serde_json::Value;

/// A Kustomization of three objects that is ready.
fn ready() -> World {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.kustomization("one");
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    assert_eq!(applied(&world), format!("main@sha1:{}", world.commit()));
    world.log.clear();
    world
}

fn status(world: &World) -> &Value {
    &world.objects[&key("Kustomization", HOME, "one")]["status"]
}

fn applied(world: &World) -> String {
    status(world)["lastAppliedRevision"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_commit_elsewhere_is_told_of_and_changes_nothing() {
    let mut world = ready();
    world.push("README.md", "Elsewhere.\n");
    world.run(30);
    assert_eq!(applied(&world), format!("main@sha1:{}", world.commit()));
    let writes: Vec<&String> =
        world.log.iter().filter(|line| !line.starts_with("announce")).collect();
    assert_eq!(writes, ["status GitRepository one", "status Kustomization one"]);
}

#[test]
fn a_restart_says_nothing() {
    let mut world = ready();
    world.restart(false);
    world.run(30);
    assert_eq!(world.log, Vec::<String>::new());
    world.push("README.md", "Elsewhere.\n");
    world.run(30);
    world.log.clear();
    world.restart(false);
    world.run(30);
    assert_eq!(world.log, Vec::<String>::new());
}

#[test]
fn a_commit_elsewhere_while_nobody_runs_is_told_of_as_any_other() {
    let mut world = ready();
    world.restart(false);
    world.push("README.md", "Elsewhere.\n");
    world.run(30);
    assert_eq!(applied(&world), format!("main@sha1:{}", world.commit()));
    let writes: Vec<&String> =
        world.log.iter().filter(|line| !line.starts_with("announce")).collect();
    assert_eq!(writes, ["status GitRepository one", "status Kustomization one"]);
}

#[test]
fn nothing_is_said_of_a_source_before_all_sources_are_read() {
    let mut world = ready();
    world.late = Some("GitRepository");
    world.restart(false);
    world.run(60);
    assert_eq!(world.log, Vec::<String>::new());
    assert!(!world.said.iter().any(|(_, said)| said.contains("is not there")), "{:?}", world.said);
}

#[test]
fn a_source_that_is_not_there_is_named_once_all_sources_are_read() {
    let mut world = ready();
    world.remove(&key("GitRepository", HOME, "one"));
    world.late = Some("GitRepository");
    world.restart(false);
    world.run(60);
    let said = "GitRepository 'argocd/one' is not there";
    assert!(world.said.iter().any(|(_, what)| what.contains(said)), "{:?}", world.said);
}
