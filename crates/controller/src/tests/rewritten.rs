//! A rewritten branch holds prunes (P13), whichever process finds out.

use super::world::{HOME, SHOP, key};
use super::{World, config_maps};
use serde_json::json;

fn holds(world: &World) -> bool {
    let said = world.conditions("one", "PruneHeldWarning");
    world.has("ConfigMap", SHOP, "c0") && said[0].contains("the branch was rewritten")
}

#[test]
fn a_branch_that_is_rewritten_while_nobody_runs_holds_prunes_until_its_next_commit() {
    let mut world = World::synced();
    world.restart(false);
    world.force("one/all.yaml", &config_maps(1..4));
    world.run(60);
    assert!(holds(&world), "{:#}", world.app("one")["status"]);
    assert!(world.has("ConfigMap", SHOP, "c3"), "the rest is followed");
    world.push("elsewhere/other.yaml", "");
    world.run(60);
    assert!(!world.has("ConfigMap", SHOP, "c0"));
}

#[test]
fn prunes_that_are_held_wait_in_the_next_process_as_well() {
    let mut world = World::synced();
    world.force("one/all.yaml", &config_maps(1..4));
    world.run(60);
    for _ in 0..2 {
        assert!(holds(&world), "{:#}", world.app("one")["status"]);
        world.restart(false);
        world.run(60);
    }
    world.push("elsewhere/other.yaml", "");
    world.run(60);
    assert!(!world.has("ConfigMap", SHOP, "c0"));
}

#[test]
fn what_was_committed_while_nobody_ran_is_pruned() {
    let mut world = World::synced();
    world.restart(false);
    world.push("one/all.yaml", &config_maps(1..3));
    world.run(60);
    assert!(!world.has("ConfigMap", SHOP, "c0"));
}

#[test]
fn what_another_process_held_is_held_by_the_one_that_leads_again() {
    let mut world = World::synced();
    world.lead(false);
    world.run(5);
    // The other one saw a commit that this one never did, and which the newest has replaced.
    world.push("one/all.yaml", &config_maps(1..3));
    let commit = world.commit();
    world.edit(&key("Application", HOME, "one"), |app| {
        let status = &mut app["status"];
        status["operationState"]["operation"]["sync"]["revision"] = commit.as_str().into();
        status["operationState"]["syncResult"]["revision"] = commit.as_str().into();
        status["conditions"] = json!([{
            "type": "PruneHeldWarning", "lastTransitionTime": "2026-01-01T00:00:40Z",
            "message": "the branch was rewritten, and 1 object would be pruned: nothing is pruned",
        }]);
    });
    world.run(60);
    world.lead(true);
    world.run(60);
    assert!(holds(&world), "{:#}", world.app("one")["status"]);
}

/// What is pruned from now on by itself.
fn set_prune(world: &mut World, prune: bool) {
    world.edit(&key("Application", HOME, "one"), |app| {
        app["spec"]["syncPolicy"]["automated"]["prune"] = prune.into();
    });
}

#[test]
fn what_was_rewritten_while_nothing_pruned_is_held_from_who_prunes_later() {
    for restarts in 0..3 {
        let mut world = World::synced();
        set_prune(&mut world, false);
        world.force("one/all.yaml", &config_maps(1..4));
        world.run(60);
        for _ in 0..restarts {
            world.restart(false);
            world.run(60);
        }
        set_prune(&mut world, true);
        world.run(60);
        assert!(holds(&world), "{restarts}: {:#}", world.app("one")["status"]);
        world.push("elsewhere/other.yaml", "");
        world.run(60);
        assert!(!world.has("ConfigMap", SHOP, "c0"), "{restarts}");
    }
}

#[test]
fn what_was_rewritten_before_a_sync_without_prunes_is_held_from_one_with_prunes() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
    world.run(30);
    world.ask(json!({"sync": {}}));
    world.run(30);
    world.force("one/all.yaml", &config_maps(1..4));
    world.run(60);
    world.ask(json!({"sync": {}}));
    world.run(60);
    assert!(world.has("ConfigMap", SHOP, "c3"), "it is followed");
    for _ in 0..2 {
        assert!(holds(&world), "{:#}", world.app("one")["status"]);
        world.restart(false);
        world.run(60);
    }
    world.ask(json!({"sync": {"prune": true}}));
    world.run(60);
    assert!(holds(&world), "{:#}", world.app("one")["status"]);
    world.push("elsewhere/other.yaml", "");
    world.run(200);
    assert!(world.conditions("one", "PruneHeldWarning").is_empty());
}

#[test]
fn a_kustomization_that_begins_to_prune_holds_what_was_rewritten_before() {
    let prune = |world: &mut World, prune: bool| {
        world.edit(&key("Kustomization", HOME, "fl"), |object| {
            object["spec"]["prune"] = prune.into();
        });
    };
    let mut world = World::new();
    world.push("fl/all.yaml", &config_maps(0..3));
    world.kustomization("fl");
    world.run(60);
    prune(&mut world, false);
    world.force("fl/all.yaml", &config_maps(1..4));
    world.run(60);
    assert!(world.has("ConfigMap", SHOP, "c3"), "it is followed");
    world.restart(false);
    world.run(60);
    prune(&mut world, true);
    world.run(60);
    assert!(world.has("ConfigMap", SHOP, "c0"));
    world.push("elsewhere/other.yaml", "");
    world.run(200);
    assert!(!world.has("ConfigMap", SHOP, "c0"));
}

/// Whether syncs that start by themselves are kept from beginning.
fn close(world: &mut World, closed: bool) {
    world.edit(&key("AppProject", HOME, "default"), |project| {
        let window = json!({"kind": "deny", "schedule": "* * * * *", "duration": "24h",
            "applications": ["*"]});
        project["spec"]["syncWindows"] = if closed { json!([window]) } else { json!([]) };
    });
    world.run(5);
}

#[test]
fn what_was_rewritten_and_never_synced_is_held_from_the_commits_after_it() {
    for (commits, restarts) in [(1, false), (1, true), (2, false), (2, true)] {
        let mut world = World::synced();
        close(&mut world, true);
        world.force("one/all.yaml", &config_maps(1..4));
        world.run(60);
        for number in 0..commits {
            world.push(&format!("elsewhere/{number}.yaml"), "");
            world.run(60);
        }
        if restarts {
            world.restart(false);
        }
        close(&mut world, false);
        world.run(200);
        assert!(world.has("ConfigMap", SHOP, "c3"), "it is followed");
        assert!(holds(&world), "{commits} {restarts}: {:#}", world.app("one")["status"]);
        world.push("elsewhere/other.yaml", "");
        world.run(200);
        assert!(!world.has("ConfigMap", SHOP, "c0"), "{commits} {restarts}");
    }
}

#[test]
fn what_nobody_knows_to_have_been_applied_counts_as_rewritten() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |app| app["spec"]["revisionHistoryLimit"] = 0.into());
    world.run(30);
    // The last operation is a repair, which says nothing of the rest.
    world.remove(&key("ConfigMap", SHOP, "c1"));
    world.run(60);
    assert!(world.has("ConfigMap", SHOP, "c1"));
    world.restart(false);
    world.force("one/all.yaml", &config_maps(1..4));
    world.run(200);
    assert!(holds(&world), "{:#}", world.app("one")["status"]);
    world.push("elsewhere/other.yaml", "");
    world.run(200);
    assert!(!world.has("ConfigMap", SHOP, "c0"));
}

#[test]
fn what_goes_on_from_the_commit_that_a_person_chose_is_pruned() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..2));
    let first = world.commit();
    world.application("one", |_| {});
    world.run(30);
    world.push("one/all.yaml", &config_maps(1..3));
    world.run(30);
    // The branch's newest commit took the place of another, and goes on from the first one too.
    world.force("one/all.yaml", &config_maps(1..4));
    world.run(30);
    assert!(world.conditions("one", "PruneHeldWarning").is_empty());
    world.edit(&key("Application", HOME, "one"), |app| {
        app["operation"] = json!({"sync": {"revision": first}, "initiatedBy": {"username": "me"}});
    });
    world.run(30);
    assert_eq!(world.app("one")["status"]["operationState"]["phase"], "Succeeded");
    let left = ["c0", "c1", "c2", "c3"].map(|name| world.has("ConfigMap", SHOP, name));
    let held = world.conditions("one", "PruneHeldWarning");
    assert_eq!((left, held), ([false, true, true, true], vec![]));
}
