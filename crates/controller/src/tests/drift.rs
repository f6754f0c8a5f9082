//! What somebody else changes: told of while it counts, and repaired when the family says.

use super::world::{SHOP, key};
use super::{World, config_maps};
use serde_json::{Value, json};

fn edit(world: &mut World) {
    world.edit(&key("ConfigMap", SHOP, "c0"), |object| object["data"]["a"] = "other".into());
}

fn value(world: &World) -> &Value {
    &world.objects[&key("ConfigMap", SHOP, "c0")]["data"]["a"]
}

#[test]
fn losses_that_are_over_are_told_of_for_as_long_as_they_count() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |_| {});
    world.run(30);
    for _ in 0..3 {
        edit(&mut world);
        world.run(30);
        assert_eq!(value(&world), "b");
    }
    assert_eq!(world.conditions("one", "ContendedWarning").len(), 1);
    world.log.clear();
    world.run(500);
    assert_eq!(world.conditions("one", "ContendedWarning").len(), 1);
    world.run(200);
    assert_eq!(world.conditions("one", "ContendedWarning").len(), 0);
    world.run(20_000);
    assert_eq!(world.log, ["status Application one"]);
}

/// P7: who changes an object back again and again is named, and then it is repaired with the longest
/// pause.
#[test]
fn what_is_lost_again_and_again_is_repaired_with_the_longest_pause() {
    let mut world = World::synced();
    for _ in 0..3 {
        edit(&mut world);
        world.run(30);
        assert_eq!(value(&world), "b");
    }
    edit(&mut world);
    world.run(240);
    assert_eq!(value(&world), "other", "it was repaired half a minute ago");
    world.run(60);
    assert_eq!(value(&world), "b");
}

/// As Argo CD: what is not as desired is synced once at each revision, also at one that changes nothing
/// of it. A process that begins at that revision does the same, and then there is nothing left to do.
#[test]
fn drift_that_is_left_to_people_is_repaired_by_the_next_commit() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |app| {
        app["spec"]["syncPolicy"] = json!({"automated": {"prune": true}});
    });
    world.run(30);
    edit(&mut world);
    world.run(30);
    assert_eq!(world.app("one")["status"]["sync"]["status"], "OutOfSync");
    world.push("README.md", "Elsewhere.\n");
    world.run(30);
    assert_eq!(value(&world), "b");
    let status = &world.app("one")["status"];
    assert_eq!(status["sync"]["status"], "Synced");
    assert_eq!(status["operationState"]["syncResult"]["revision"], world.commit());
}

/// An object that asks to stay keeps its application out of sync for good.
#[test]
fn a_restart_at_a_commit_elsewhere_changes_nothing_of_what_is_not_as_desired() {
    let mut world = World::new();
    let kept = "metadata: {annotations: {argocd.argoproj.io/sync-options: Prune=false}, name: c2}";
    let all = config_maps(0..3).replace("metadata: {name: c2}", kept);
    world.push("one/all.yaml", &all);
    world.application("one", |_| {});
    world.run(30);
    world.push("one/all.yaml", &config_maps(0..2));
    world.run(30);
    assert_eq!(world.app("one")["status"]["sync"]["status"], "OutOfSync");
    world.push("README.md", "Elsewhere.\n");
    world.run(30);
    world.log.clear();
    world.restart(false);
    world.run(30);
    assert_eq!(world.log, [""; 0]);
    assert!(world.has("ConfigMap", SHOP, "c2"));
}
