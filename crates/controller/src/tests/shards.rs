//! Applications whose inventory is too large for their status (P11).

use super::world::{HOME, SHOP, key};
use super::{World, config_maps};
use serde_json::json;
use std::collections::BTreeSet;
use trimtab_model::limit;

fn large(objects: usize) -> World {
    let mut world = World::new();
    world.push("many/all.yaml", &config_maps(0..objects));
    world.application("many", |_| {});
    world.run(60);
    world
}

fn synced(world: &World) {
    let status = &world.app("many")["status"];
    assert_eq!(status["sync"]["status"], "Synced", "{:#}", status["conditions"]);
    assert_eq!(status["operationState"]["phase"], "Succeeded");
}

#[test]
fn a_thousand_objects_are_written_down_in_shards_before_the_first_is_applied() {
    let world = large(1_000);
    synced(&world);
    assert_eq!(world.count("ConfigMap", SHOP), 1_000);
    assert_eq!(world.inventoried().len(), 1_000);
    let first = |verb: &str| world.log.iter().position(|line| line.starts_with(verb)).unwrap();
    let verbs = world.verbs();
    assert!(first("create-shard") < first("apply"), "{verbs:?}");
    assert!(verbs.len() <= 7, "{verbs:?}");
    let shard = world.objects.values().find(|object| object["kind"] == "Inventory").unwrap();
    let owner = &shard["metadata"]["ownerReferences"][0];
    assert_eq!(owner["uid"], world.app("many")["metadata"]["uid"]);
    assert_eq!(owner["apiVersion"], "argoproj.io/v1alpha1");
}

#[test]
fn its_status_is_small_lists_what_is_wrong_first_and_counts_the_rest() {
    let mut world = large(1_000);
    // One object is changed by somebody, and nobody heals it.
    world.edit(&key("Application", HOME, "many"), |app| {
        app["spec"]["syncPolicy"]["automated"]["selfHeal"] = false.into();
    });
    world.run(60);
    world.remove(&key("ConfigMap", SHOP, "c999"));
    world.run(60);
    let status = &world.app("many")["status"];
    assert!(status.to_string().len() as u64 <= limit::STATUS_BYTES_MAX);
    let listed = status["resources"].as_array().unwrap();
    assert!(listed.len() as u64 <= limit::INVENTORY_INLINE_OBJECTS_MAX);
    assert!(listed.iter().any(|line| line["name"] == "c999" && line["status"] == "OutOfSync"));
    let rest = 1_000 - listed.len();
    let said = world.conditions("many", "ResourcesTruncatedWarning");
    assert!(said[0].starts_with(&format!("{rest} of 1000 objects are not listed")), "{said:?}");
}

#[test]
fn what_git_no_longer_has_is_pruned_and_then_leaves_the_inventory() {
    let mut world = large(1_000);
    world.log.clear();
    world.push("many/all.yaml", &config_maps(10..1_000));
    world.run(60);
    synced(&world);
    assert_eq!(world.count("ConfigMap", SHOP), 990);
    assert_eq!(world.inventoried().len(), 990);
    let deleted = world.log.iter().position(|line| line.starts_with("delete ConfigMap"));
    let forgotten = world.log.iter().position(|line| line.starts_with("replace-shard"));
    assert!(deleted.unwrap() < forgotten.unwrap(), "{:?}", world.verbs());
}

#[test]
fn five_thousand_objects_sync_survive_a_restart_and_are_pruned() {
    let mut world = large(5_000);
    synced(&world);
    assert_eq!(world.count("ConfigMap", SHOP), 5_000);
    world.log.clear();
    world.restart(false);
    world.run(300);
    assert_eq!(world.log, [""; 0], "a restart writes nothing and asks nothing");
    world.push("many/all.yaml", &config_maps(100..5_000));
    world.run(300);
    synced(&world);
    assert_eq!((world.count("ConfigMap", SHOP), world.inventoried().len()), (4_900, 4_900));
}

#[test]
fn the_finalizer_deletes_all_of_it_and_the_shards_go_with_the_application() {
    for restart in [false, true] {
        let mut world = large(1_000);
        world.log.clear();
        if restart {
            world.restart(false);
        }
        world.edit(&key("Application", HOME, "many"), |app| {
            app["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
        });
        world.run(120);
        assert_eq!(world.count("ConfigMap", SHOP), 0);
        assert!(!world.has("Application", HOME, "many"));
        assert_eq!(world.count("Inventory", HOME), 0);
        assert!(!world.verbs().contains(&"delete-shard Inventory".to_owned()));
    }
}

#[test]
fn shards_that_go_before_the_application_do_not_stop_its_deletion() {
    // The garbage collector takes them first where the deletion is in the foreground.
    let mut world = large(400);
    world.edit(&key("Application", HOME, "many"), |app| {
        app["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
    });
    let shards: Vec<_> =
        world.objects.keys().filter(|key| key.kind.as_str() == "Inventory").cloned().collect();
    for shard in shards {
        world.remove(&shard);
    }
    world.run(120);
    assert_eq!(world.count("ConfigMap", SHOP), 0);
    assert!(!world.has("Application", HOME, "many"));
}

#[test]
fn while_a_shard_is_missing_nothing_is_deleted_and_a_condition_says_so() {
    for restart in [false, true] {
        let mut world = large(1_000);
        let lost = world.objects.iter().find(|(_, o)| o["kind"] == "Inventory").unwrap();
        let lost = (lost.0.clone(), lost.1.clone());
        world.remove(&lost.0);
        if restart {
            world.restart(false);
        }
        world.push("many/all.yaml", &config_maps(10..1_000));
        world.run(60);
        assert_eq!(world.count("ConfigMap", SHOP), 1_000);
        let said = world.conditions("many", "InventoryError");
        assert!(
            said[0].contains("1 are missing") && said[0].contains("nothing is deleted"),
            "{said:?}"
        );
        // The application is still applied.
        world.push("many/one.yaml", &config_maps([5_000]));
        world.run(60);
        assert!(world.has("ConfigMap", SHOP, "c5000"));
        // Restored, it prunes again.
        world.put(lost.1);
        world.run(60);
        assert_eq!(world.conditions("many", "InventoryError"), [""; 0]);
        assert_eq!(world.count("ConfigMap", SHOP), 991, "restart {restart}");
    }
}

#[test]
fn a_deletion_waits_while_a_shard_is_missing() {
    let mut world = large(1_000);
    let lost = world.objects.iter().find(|(_, o)| o["kind"] == "Inventory").unwrap().0.clone();
    world.remove(&lost);
    world.run(10);
    world.edit(&key("Application", HOME, "many"), |app| {
        app["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
    });
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 1_000);
    assert!(world.has("Application", HOME, "many"));
    let said = world.conditions("many", "DeletionError");
    assert!(said[0].contains("nothing is deleted"), "{said:?}");
}

#[test]
fn a_format_of_a_later_version_is_not_understood_and_deletes_nothing() {
    let mut world = large(1_000);
    let later = world.objects.iter().find(|(_, o)| o["kind"] == "Inventory").unwrap().0.clone();
    world.edit(&later, |shard| shard["spec"]["format"] = 9.into());
    world.push("many/all.yaml", &config_maps(10..1_000));
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 1_000);
    assert!(world.conditions("many", "InventoryError")[0].contains("format 9"));
}

#[test]
fn a_sync_by_hand_begins_a_lost_inventory_anew() {
    let mut world = large(400);
    world.edit(&key("Application", HOME, "many"), |app| {
        app["spec"]["syncPolicy"] = json!({});
    });
    let lost = world.objects.iter().find(|(_, o)| o["kind"] == "Inventory").unwrap().0.clone();
    world.remove(&lost);
    world.push("many/all.yaml", &config_maps(1..400));
    world.run(60);
    assert_eq!(world.conditions("many", "InventoryError").len(), 1);
    world.edit(&key("Application", HOME, "many"), |app| {
        app["operation"] = json!({"initiatedBy": {"username": "ada"}, "sync": {}});
    });
    world.run(60);
    assert_eq!(world.conditions("many", "InventoryError"), [""; 0]);
    assert_eq!(world.inventoried().len(), 399);
    let listed = world.app("many")["status"]["resources"].as_array().unwrap().clone();
    let left = listed.iter().find(|line| line["name"] == "c0").unwrap();
    assert_eq!(left["requiresPruning"], true);
    assert!(world.has("ConfigMap", SHOP, "c0"));
}

#[test]
fn without_the_kind_nothing_is_applied_that_could_not_be_written_down() {
    let mut world = World::new();
    world.unserved = vec!["Inventory"];
    world.push("many/all.yaml", &config_maps(0..1_000));
    world.push("few/all.yaml", &config_maps(2_000..2_010));
    world.application("many", |_| {});
    world.application("few", |_| {});
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 10, "small ones go on");
    let said = world.conditions("many", "InventoryError");
    assert!(said[0].contains("--crds-only"), "{said:?}");
    world.install_all();
    world.run(120);
    synced(&world);
    assert_eq!(world.count("ConfigMap", SHOP), 1_010);
    assert_eq!(world.conditions("many", "InventoryError"), [""; 0]);
}

#[test]
fn an_inventory_moves_out_of_the_status_and_back_into_it() {
    let mut world = large(100);
    assert_eq!(world.count("Inventory", HOME), 0);
    world.push("many/all.yaml", &config_maps(0..300));
    world.run(60);
    assert_eq!(world.inventoried().len(), 300);
    world.push("many/all.yaml", &config_maps(0..90));
    world.run(60);
    assert_eq!((world.count("ConfigMap", SHOP), world.count("Inventory", HOME)), (90, 0));
    assert_eq!(world.app("many")["status"]["resources"].as_array().unwrap().len(), 90);
    assert_eq!(world.conditions("many", "ResourcesTruncatedWarning"), [""; 0]);
}

/// Kills the process after each single write of a move out of the status and back, and asks that the
/// next process ends where an undisturbed one does, and still knows all that it has applied.
#[test]
fn no_crash_loses_an_entry() {
    let mut kills = 0;
    for writes in 0.. {
        let mut world = large(145);
        world.log.clear();
        world.writes_left = Some(writes);
        world.push("many/all.yaml", &config_maps(4..160));
        world.run(60);
        let over = world.writes_left != Some(0);
        kills += usize::from(!over);
        world.restart(false);
        world.push("many/other.yaml", "# none\n");
        world.run(400);
        synced(&world);
        let left: BTreeSet<String> = world.inventoried().into_iter().collect();
        assert_eq!((world.count("ConfigMap", SHOP), left.len()), (156, 156), "after {writes}");
        world.push("many/all.yaml", &config_maps(4..145));
        world.run(400);
        assert_eq!(world.count("ConfigMap", SHOP), 141, "after {writes}");
        if over {
            break;
        }
    }
    assert!(kills >= 20, "{kills}");
}

#[test]
fn an_application_made_anew_does_not_meet_what_is_left_of_the_one_before() {
    let mut world = large(300);
    let shards: Vec<_> =
        world.objects.values().filter(|object| object["kind"] == "Inventory").cloned().collect();
    world.edit(&key("Application", HOME, "many"), |app| {
        app["metadata"]["finalizers"] = json!([]);
        app["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
    });
    // Orphaned, as by `kubectl delete --cascade=orphan`.
    for mut shard in shards {
        shard["metadata"]["ownerReferences"] = json!([]);
        world.put(shard);
    }
    world.log.clear();
    world.application("many", |_| {});
    world.run(120);
    assert_eq!(world.app("many")["status"]["sync"]["status"], "Synced");
    assert!(world.verbs().iter().all(|verb| !verb.starts_with("apply")), "{:?}", world.verbs());
    world.push("many/all.yaml", &config_maps(7..300));
    world.run(120);
    assert_eq!(world.count("ConfigMap", SHOP), 293);
}

#[test]
fn a_sync_of_many_objects_is_not_looked_at_for_each_of_them() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..400));
    world.application("one", |_| {});
    world.one_by_one = true;
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 400);
    assert_eq!(world.app("one")["status"]["sync"]["status"], "Synced");
    let looks = world.metrics.reconciles.get();
    assert!(looks < 100, "{looks} looks");
}
