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

/// A commit that changes nothing of it is told of, and that is all.
fn tells_of_a_commit_elsewhere(world: &mut World) {
    world.push("README.md", &format!("Elsewhere, after {}.\n", world.commit()));
    world.run(30);
    assert_eq!(applied(world), format!("main@sha1:{}", world.commit()));
    let writes: Vec<&String> =
        world.log.iter().filter(|line| !line.starts_with("announce")).collect();
    assert_eq!(writes, ["status GitRepository one", "status Kustomization one"]);
}

#[test]
fn a_commit_elsewhere_is_told_of_and_changes_nothing() {
    tells_of_a_commit_elsewhere(&mut ready());
}

#[test]
fn a_restart_says_nothing() {
    let mut world = ready();
    world.restart(false);
    world.run(30);
    assert_eq!(world.log, Vec::<String>::new());
    tells_of_a_commit_elsewhere(&mut world);
    world.log.clear();
    world.restart(false);
    world.run(30);
    assert_eq!(world.log, Vec::<String>::new());
    tells_of_a_commit_elsewhere(&mut world);
}

#[test]
fn a_commit_elsewhere_while_nobody_runs_is_told_of_as_any_other() {
    let mut world = ready();
    world.restart(false);
    tells_of_a_commit_elsewhere(&mut world);
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

/// What may write nothing is never taken hold of: nothing of it would have to be waited for.
#[test]
fn a_restrained_one_gets_no_finalizer_until_it_may_write() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.kustomization("one");
    let one = key("Kustomization", HOME, "one");
    world.edit(&one, |object| object["spec"]["serviceAccountName"] = "deployer".into());
    world.run(30);
    assert_eq!(world.objects[&one]["metadata"].get("finalizers"), None, "{:#?}", world.log);
    world.edit(&one, |object| {
        object["spec"].as_object_mut().expect("a spec").remove("serviceAccountName");
    });
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    assert_eq!(world.objects[&one]["metadata"]["finalizers"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_restrained_one_that_never_applied_anything_can_be_deleted() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.kustomization("one");
    let one = key("Kustomization", HOME, "one");
    world.edit(&one, |object| {
        object["spec"]["serviceAccountName"] = "deployer".into();
        object["metadata"]["finalizers"] = serde_json::json!(["finalizers.fluxcd.io"]);
    });
    world.run(30);
    world.edit(&one, |object| {
        object["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
    });
    world.run(60);
    assert!(!world.objects.contains_key(&one), "{:#?}", world.log);
}

/// One that has applied something waits for a person: without the restraint more could be removed than
/// asked.
#[test]
fn a_restrained_one_that_has_applied_something_keeps_it_when_it_is_deleted() {
    let mut world = ready();
    let one = key("Kustomization", HOME, "one");
    world.edit(&one, |object| {
        object["spec"]["serviceAccountName"] = "deployer".into();
        object["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
    });
    world.run(60);
    assert!(world.objects.contains_key(&one));
    assert_eq!(world.count("ConfigMap", SHOP), 3);
}

#[test]
fn who_waits_for_termination_deletes_first_however_late_the_deletion_is_seen() {
    let mut world = World::new();
    world.push("two/all.yaml", &config_maps(0..3));
    world.kustomization("two");
    world.edit(&key("Kustomization", HOME, "two"), |object| {
        object["spec"]["deletionPolicy"] = "WaitForTermination".into();
        object["spec"]["timeout"] = "1m".into();
    });
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    world.lead(false);
    world.run(1);
    world.edit(&key("Kustomization", HOME, "two"), |object| {
        object["metadata"]["deletionTimestamp"] = "2026-01-01T00:01:01Z".into();
    });
    world.run(90);
    world.lead(true);
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 0);
    assert!(!world.has("Kustomization", HOME, "two"));
}
