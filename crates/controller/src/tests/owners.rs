//! One controller writes a resource (P9), and `--observe` writes nothing at all.

use super::world::{HOME, SHOP, Statuses, key};
use super::{World, config_maps};
use serde_json::{Value, json};
use std::collections::VecDeque;

fn foreign(time: &str) -> Value {
    json!([{
        "manager": "argocd-application-controller", "operation": "Update", "time": time,
        "apiVersion": "argoproj.io/v1alpha1", "fieldsType": "FieldsV1",
        "fieldsV1": {"f:status": {"f:health": {}}},
    }])
}

fn with_foreign(time: &str) -> World {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |app| app["metadata"]["managedFields"] = foreign(time));
    world
}

fn told(world: &World) -> usize {
    world
        .log
        .iter()
        .filter(|line| line.contains("taken over from argocd-application-controller"))
        .count()
}

#[test]
fn an_old_entry_of_another_controller_is_taken_over_and_said_once() {
    let mut world = with_foreign("2025-12-31T00:00:00Z");
    world.run(30);
    assert_eq!((world.count("ConfigMap", SHOP), told(&world)), (3, 1));
    // What we have written since says that it is ours.
    world.edit(&key("Application", HOME, "one"), |app| {
        let mut entries = foreign("2025-12-31T00:00:00Z");
        entries.as_array_mut().unwrap().push(json!({
            "manager": "trimtab", "operation": "Update", "fieldsV1": {"f:status": {}},
        }));
        app["metadata"]["managedFields"] = entries;
    });
    world.restart(false);
    world.run(30);
    assert_eq!(told(&world), 1);
}

#[test]
fn a_young_entry_is_waited_for_until_it_is_old() {
    let mut world = with_foreign("2025-12-31T23:59:50Z");
    world.run(55);
    assert_eq!((world.count("ConfigMap", SHOP), told(&world)), (0, 0));
    world.run(30);
    assert_eq!((world.count("ConfigMap", SHOP), told(&world)), (3, 1));
}

#[test]
fn an_entry_that_moves_keeps_us_away() {
    let mut world = with_foreign("2025-12-31T00:00:00Z");
    world.run(30);
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["managedFields"] = foreign("2026-01-01T00:00:20Z");
    });
    world.push("one/all.yaml", &config_maps(0..5));
    world.run(200);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    // Its status is the other's to write: an event is all that is said, and once.
    let said = "argocd-application-controller still writes this resource";
    let told = |world: &World| world.log.iter().filter(|line| line.contains(said)).count();
    assert_eq!(told(&world), 1, "{:?}", world.log);
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["managedFields"] = foreign("2026-01-01T00:03:20Z");
    });
    world.run(60);
    assert_eq!(told(&world), 1, "{:?}", world.log);
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["annotations"] = json!({"trimtab.dev/owner": "trimtab"});
    });
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 5);
}

/// Another controller has written the status of a resource of the second family at that time.
fn written_by(world: &mut World, kind: &str, manager: &str, time: &str) {
    world.edit(&key(kind, HOME, "one"), |resource| {
        resource["metadata"]["managedFields"] = json!([{
            "manager": manager, "operation": "Update", "time": time, "subresource": "status",
            "apiVersion": resource["apiVersion"], "fieldsType": "FieldsV1",
            "fieldsV1": {"f:status": {"f:conditions": {}}},
        }]);
    });
}

/// How often it was told of a controller that goes on.
fn told_of(world: &World, manager: &str) -> usize {
    let said = format!("announce ForeignOwner: {manager} still writes this resource");
    world.log.iter().filter(|line| line.starts_with(&said)).count()
}

#[test]
fn a_kustomization_that_another_controller_writes_is_left_alone_and_told_of_once() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.kustomization("one");
    world.run(30);
    world.log.clear();
    let manager = "kustomize-controller";
    written_by(&mut world, "Kustomization", manager, "2026-01-01T00:00:20Z");
    world.push("one/all.yaml", &config_maps(0..5));
    world.run(200);
    written_by(&mut world, "Kustomization", manager, "2026-01-01T00:03:20Z");
    world.run(200);
    assert_eq!((world.count("ConfigMap", SHOP), told_of(&world, manager)), (3, 1));
    let ours = |line: &&String| !line.starts_with("announce") && !line.contains("GitRepository");
    assert_eq!(world.log.iter().find(ours), None, "its status is the other's to write");
    world.edit(&key("Kustomization", HOME, "one"), |resource| {
        resource["metadata"]["annotations"] = json!({"trimtab.dev/owner": "trimtab"});
    });
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 5);
}

/// Its commits are read all the same: nothing is written for that.
#[test]
fn a_source_that_another_controller_writes_is_left_alone_and_told_of_once() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.kustomization("one");
    world.run(30);
    world.log.clear();
    let manager = "source-controller";
    written_by(&mut world, "GitRepository", manager, "2026-01-01T00:00:20Z");
    world.push("one/all.yaml", &config_maps(0..5));
    world.run(200);
    written_by(&mut world, "GitRepository", manager, "2026-01-01T00:03:20Z");
    world.run(200);
    assert_eq!((world.count("ConfigMap", SHOP), told_of(&world, manager)), (5, 1));
    assert!(!world.log.contains(&"status GitRepository one".to_owned()), "{:?}", world.log);
    world.edit(&key("GitRepository", HOME, "one"), |resource| {
        resource["metadata"]["annotations"] = json!({"trimtab.dev/owner": "trimtab"});
    });
    world.run(30);
    assert!(world.log.contains(&"status GitRepository one".to_owned()), "{:?}", world.log);
}

#[test]
fn observing_writes_nothing_whatever_there_is_to_do_and_whoever_leads() {
    for (observe, leads) in [(true, false), (true, true), (false, true)] {
        let mut world = with_foreign("2025-12-31T00:00:00Z");
        world.push("two/all.yaml", &config_maps(10..13));
        world.application("two", |app| {
            app["spec"]["syncPolicy"] = json!({});
            app["operation"] = json!({"sync": {}});
        });
        world.application("gone", |app| {
            app["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        });
        world.push("three/all.yaml", &config_maps(20..23));
        world.kustomization("three");
        world.restart(observe);
        world.lead(leads);
        world.run(600);
        assert!(world.metrics.reconciles.get() > 0);
        if observe {
            assert_eq!(world.log, [""; 0], "leads: {leads}");
        } else {
            let done = (world.count("ConfigMap", SHOP), world.has("Application", HOME, "gone"));
            assert_eq!(done, (9, false), "there was much to do");
        }
    }
}

#[test]
fn an_application_that_could_not_be_read_at_first_keeps_its_inventory() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |_| {});
    world.run(30);
    let good = world.app("one")["spec"].clone();
    world.edit(&key("Application", HOME, "one"), |app| app["spec"] = json!({"project": 7}));
    world.restart(false);
    world.run(30);
    world.edit(&key("Application", HOME, "one"), |app| app["spec"] = good);
    world.push("one/all.yaml", &config_maps(1..3));
    world.run(60);
    assert!(!world.has("ConfigMap", SHOP, "c0"), "{:#}", world.app("one")["status"]);
}

#[test]
fn an_operation_that_somebody_else_wrote_as_running_blocks_nothing() {
    let forged = |phase: &str| {
        json!({
            "phase": phase, "startedAt": "2026-01-01T00:00:03Z", "message": "forged",
            "operation": {"sync": {"source": {"repoURL": "https://example.org/other.git"}}},
        })
    };
    for phase in ["Running", "Terminating"] {
        for synced in [false, true] {
            let mut world = World::new();
            world.push("one/all.yaml", &config_maps(0..2));
            world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
            world.run(10);
            let sync = |world: &mut World| {
                world.edit(&key("Application", HOME, "one"), |app| {
                    app["operation"] = json!({"sync": {}, "initiatedBy": {"username": "me"}});
                });
                world.run(30);
            };
            if synced {
                sync(&mut world);
            }
            world.edit(&key("Application", HOME, "one"), |app| {
                app["status"]["operationState"] = forged(phase);
            });
            world.run(10);
            let state = &world.app("one")["status"]["operationState"];
            let expected = if synced { json!("Succeeded") } else { Value::Null };
            assert_eq!(state["phase"], expected, "{phase}: {state:#}");
            assert_eq!(world.conditions("one", "NotSupportedError"), [""; 0]);
            sync(&mut world);
            let state = &world.app("one")["status"]["operationState"];
            assert_eq!(state["phase"], "Succeeded", "{phase}: {state:#}");
            assert_eq!(world.count("ConfigMap", SHOP), 2);
        }
    }
}

#[test]
fn who_did_not_lead_goes_by_what_the_resource_remembers() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |_| {});
    world.run(30);
    // Another process has led meanwhile, and has applied one more object.
    world.lead(false);
    world.run(5);
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "c9", "namespace": SHOP, "annotations": {
            "argocd.argoproj.io/tracking-id": "one:/ConfigMap:shop/c9"}},
    });
    world.put(map);
    world.edit(&key("Application", HOME, "one"), |app| {
        let line = json!({"kind": "ConfigMap", "name": "c9", "namespace": SHOP, "version": "v1"});
        app["status"]["resources"].as_array_mut().unwrap().push(line);
    });
    world.run(5);
    world.lead(true);
    world.push("one/other.yaml", "");
    world.run(60);
    assert!(!world.has("ConfigMap", SHOP, "c9"), "{:#}", world.app("one")["status"]);
}

#[test]
fn an_answer_to_a_step_of_an_earlier_term_decides_nothing() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..1));
    world.application("one", |_| {});
    let c0 = key("ConfigMap", SHOP, "c0");
    world.refused.insert(c0.clone(), "no room".to_owned());
    world.withheld = Some(VecDeque::new());
    world.run(30);
    world.lead(false);
    world.run(5);
    world.lead(true);
    world.run(5);
    world.refused.clear();
    world.tell_withheld();
    world.run(5);
    assert_eq!(world.app("one")["status"]["operationState"]["phase"], "Running");
}

#[test]
fn a_status_whose_answer_was_lost_is_not_written_again_until_the_watch_tells() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..1));
    world.application("one", |app| app["operation"] = json!({"sync": {}}));
    world.statuses = Statuses::Unheard;
    world.run(1);
    let statuses = |world: &World| world.log.iter().filter(|l| l.starts_with("status")).count();
    assert_eq!(statuses(&world), 1, "{:?}", world.log);
}

/// An installation gets a name, and its manual application has not synced since.
fn named_since(world: &mut World) {
    world.installation = Some("east");
    world.restart(false);
    world.run(60);
}

#[test]
fn a_deletion_before_the_first_sync_with_the_installation_s_name_waits_and_says_why() {
    let mut world = World::synced();
    world.edit(&key("Application", HOME, "one"), |app| app["spec"]["syncPolicy"] = json!({}));
    world.run(10);
    named_since(&mut world);
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
    });
    world.run(60);
    assert!(world.has("Application", HOME, "one"), "its objects would stay, and nobody would know");
    let said = world.conditions("one", "DeletionError");
    assert!(said[0].contains("from before the installation had a name"), "{said:?}");
}

#[test]
fn our_own_mark_without_the_installation_s_name_is_not_called_another_s() {
    let mut world = World::synced();
    world.edit(&key("Application", HOME, "one"), |app| app["spec"]["syncPolicy"] = json!({}));
    world.push("one/all.yaml", &config_maps(0..2));
    world.run(10);
    named_since(&mut world);
    assert_eq!(world.conditions("one", "ClaimedByWarning"), [""; 0]);
}
