//! `operation` of an Application: what a person asks for.

use super::objects::{deployment, map, namespace, namespace_key};
use super::{APP, prove};
use crate::tests::world::{SHOP, World, key};
use serde_json::{Value, json};

/// An application of two ConfigMaps that syncs only when it is asked to.
fn two(world: &mut World) {
    world.push("one/all.yaml", &(map("a") + &map("b")));
    world.manual(|_| {});
    world.run(30);
}

fn asked(world: &mut World, operation: Value) {
    world.ask(operation);
    world.run(30);
    assert!(world.app("one").get("operation").is_none_or(Value::is_null), "it is answered");
}

#[test]
fn another_revision_than_the_spec_s_is_applied() {
    prove(APP, &["operation.sync.revision"], |world| {
        world.push("one/all.yaml", &map("a"));
        let old = world.commit();
        world.push("one/all.yaml", &map("b"));
        world.manual(|_| {});
        world.run(30);
        asked(world, json!({"sync": {"revision": old}}));
        assert!(world.has_map("a") && !world.has_map("b"));
    });
}

#[test]
fn it_prunes_only_where_that_is_asked() {
    prove(APP, &["operation.sync.prune"], |world| {
        two(world);
        asked(world, json!({"sync": {}}));
        world.push("one/all.yaml", &map("b"));
        world.run(30);
        asked(world, json!({"sync": {"prune": true}}));
        assert!(world.has_map("b") && !world.has_map("a"));
    });
}

#[test]
fn what_it_does_not_prune_it_names() {
    let mut world = World::new();
    two(&mut world);
    asked(&mut world, json!({"sync": {}}));
    world.push("one/all.yaml", &map("b"));
    world.run(30);
    asked(&mut world, json!({"sync": {}}));
    assert!(world.has_map("a"));
    assert_eq!(world.phase(), "Succeeded");
    let results = &world.status()["operationState"]["syncResult"]["resources"];
    let kept = results.as_array().expect("results").iter().find(|entry| entry["name"] == "a");
    let kept = kept.expect("a result");
    assert_eq!(
        (&kept["status"], &kept["message"]),
        (&json!("PruneSkipped"), &json!("ignored (requires pruning)"),)
    );
}

#[test]
fn a_dry_run_writes_no_object() {
    prove(APP, &["operation.sync.dryRun"], |world| {
        two(world);
        asked(world, json!({"sync": {"dryRun": true}}));
        assert!(!world.has_map("a"));
        assert_eq!(world.phase(), "Succeeded");
        assert!(world.status().get("history").is_none());
    });
}

#[test]
fn a_dry_run_says_what_a_sync_would_say() {
    let mut world = World::new();
    two(&mut world);
    asked(&mut world, json!({"sync": {}}));
    world.push("one/all.yaml", &(map("a") + &map("b").replace("a: b", "a: x") + &map("c")));
    world.run(30);
    asked(&mut world, json!({"sync": {"dryRun": true}}));
    let results = &world.status()["operationState"]["syncResult"]["resources"];
    let said = |name: &str| {
        let of_it = |line: &&Value| line["name"] == name;
        let line = results.as_array().expect("results").iter().find(of_it).expect(name);
        line["message"].as_str().expect("a message").to_owned()
    };
    assert_eq!(said("a"), "configmap/a unchanged (dry run)");
    assert_eq!(said("b"), "configmap/b configured (dry run)");
    assert_eq!(said("c"), "configmap/c created (dry run)");
}

#[test]
fn only_the_selected_objects_are_synced() {
    let fields = [
        "operation.sync.resources[].group",
        "operation.sync.resources[].kind",
        "operation.sync.resources[].name",
        "operation.sync.resources[].namespace",
    ];
    prove(APP, &fields, |world| {
        world.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}}));
        let all = deployment("web", Some(SHOP)) + &deployment("web", Some("other")) + &map("a");
        world.push("one/all.yaml", &all);
        world.manual(|_| {});
        world.run(30);
        let only = json!({"group": "apps", "kind": "Deployment", "name": "web", "namespace": SHOP});
        asked(world, json!({"sync": {"resources": [only]}}));
        assert!(world.has("Deployment", SHOP, "web"));
        assert!(!world.has("Deployment", "other", "web") && !world.has_map("a"));
        assert!(world.status().get("history").is_none(), "a partial sync leaves no history");
    });
}

#[test]
fn its_options_hold_for_it_and_for_no_other() {
    prove(APP, &["operation.sync.syncOptions"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.manual(|app| app["spec"]["destination"]["namespace"] = "fresh".into());
        world.run(30);
        asked(world, json!({"sync": {"syncOptions": ["CreateNamespace=true"]}}));
        assert!(world.objects.contains_key(&namespace_key("fresh")));
    });
    let mut world = World::new();
    two(&mut world);
    asked(&mut world, json!({"sync": {}}));
    world.push("one/all.yaml", &map("b"));
    world.run(30);
    asked(&mut world, json!({"sync": {"prune": true, "syncOptions": ["Prune=false"]}}));
    assert!(world.has_map("a"), "it was kept by an option");
    asked(&mut world, json!({"sync": {"prune": true}}));
    assert!(!world.has_map("a"), "the option was another sync's");
}

#[test]
fn options_that_do_not_act_stop_the_sync_that_has_them() {
    let mut world = World::new();
    two(&mut world);
    world.ask(json!({"sync": {"syncOptions": ["RespectIgnoreDifferences=true"]}}));
    world.run(30);
    assert!(!world.has_map("a"));
    assert_eq!(world.phase(), "Error");
    let said = "operation.sync.syncOptions: RespectIgnoreDifferences=true";
    assert!(world.message().contains(said), "{}", world.message());
}

#[test]
fn what_the_spec_forbids_an_operation_without_options_does_not_do() {
    let mut world = World::new();
    world.push("one/all.yaml", &(map("a") + &map("b")));
    world.manual(|app| app["spec"]["syncPolicy"]["syncOptions"] = json!(["Prune=false"]));
    world.run(30);
    asked(&mut world, json!({"sync": {}}));
    world.push("one/all.yaml", &map("b"));
    world.run(30);
    asked(&mut world, json!({"sync": {"prune": true}}));
    assert!(world.has_map("a"));
}

#[test]
fn self_heals_that_were_counted_before_lengthen_the_pause() {
    prove(APP, &["operation.sync.autoHealAttemptsCount"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.application("one", |_| {});
        world.run(30);
        world.ask(json!({
            "initiatedBy": {"automated": true},
            "sync": {"autoHealAttemptsCount": 3, "revision": world.commit()},
        }));
        world.run(1);
        world.spoil("a");
        world.run(10);
        assert!(world.is_spoilt("a"));
        world.run(20);
        assert!(!world.is_spoilt("a"));
    });
}

#[test]
fn who_asked_and_why_is_kept() {
    let fields =
        ["operation.initiatedBy.username", "operation.info[].name", "operation.info[].value"];
    prove(APP, &fields, |world| {
        two(world);
        asked(
            world,
            json!({
                "initiatedBy": {"username": "ada"}, "sync": {},
                "info": [{"name": "Reason", "value": "release"}],
            }),
        );
        let operation = &world.status()["operationState"]["operation"];
        assert_eq!(operation["initiatedBy"]["username"], "ada");
        assert_eq!(operation["info"], json!([{"name": "Reason", "value": "release"}]));
        assert_eq!(world.status()["history"][0]["initiatedBy"]["username"], "ada");
    });
}

#[test]
fn a_sync_that_a_controller_began_counts_as_automated() {
    prove(APP, &["operation.initiatedBy.automated"], |world| {
        two(world);
        world.refuse("a");
        asked(world, json!({"initiatedBy": {"automated": true}, "sync": {}}));
        assert_eq!(world.phase(), "Failed");
        assert!(world.says("SyncError", "Failed last sync attempt to ["));
    });
}

/// A sync of objects of which one is refused.
fn failing(world: &mut World, retry: &Value) {
    two(world);
    world.refuse("b");
    world.ask(json!({"sync": {}, "retry": retry}));
}

#[test]
fn a_failed_sync_is_tried_again_as_it_says() {
    let fields = [
        "operation.retry.limit",
        "operation.retry.backoff.duration",
        "operation.retry.backoff.factor",
        "operation.retry.backoff.maxDuration",
    ];
    prove(APP, &fields, |world| {
        let backoff = json!({"duration": "7s", "factor": 3, "maxDuration": "1m"});
        failing(world, &json!({"limit": 3, "backoff": backoff}));
        world.run(2_000);
        let tries = world.when("apply ConfigMap b");
        let pauses: Vec<_> = tries.windows(2).map(|two| two[1] - two[0]).collect();
        assert_eq!(pauses, [21, 60, 60]);
        assert!(world.message().ends_with("(retried 3 times)."), "{}", world.message());
        assert_eq!(world.status()["operationState"]["retryCount"], 3);
    });
}

#[test]
fn a_retry_that_waits_says_when_it_comes() {
    let mut world = World::new();
    failing(&mut world, &json!({"limit": 1, "backoff": {"duration": "5m"}}));
    world.run(30);
    assert_eq!(world.phase(), "Running");
    assert!(world.status()["operationState"]["finishedAt"].is_string());
    let message = world.message();
    assert!(message.contains("one or more objects failed to apply, reason: "), "{message}");
    assert!(message.ends_with(". Retrying attempt #1 at 12:03AM."), "{message}");
}

#[test]
fn a_sync_keeps_its_revision_until_its_end_unless_retries_take_the_newest() {
    let run = |world: &mut World, refresh: bool| {
        failing(world, &json!({"limit": 2, "refresh": refresh}));
        world.run(2);
        let first = world.commit();
        world.push("one/all.yaml", &(map("a") + &map("b") + &map("c")));
        world.run(5);
        world.refused.clear();
        world.run(60);
        assert_eq!(world.phase(), "Succeeded", "{}", world.message());
        assert!(world.has_map("b"));
        first
    };
    prove(APP, &["operation.retry.refresh"], |world| {
        run(world, true);
        assert!(world.has_map("c") && world.is_synced());
    });
    let mut world = World::new();
    let first = run(&mut world, false);
    assert!(!world.has_map("c") && !world.is_synced());
    assert_eq!(world.status()["operationState"]["syncResult"]["revision"], first);
}

#[test]
fn a_sync_that_a_person_ends_fails_and_is_not_tried_again() {
    let mut world = World::new();
    world.push("one/all.yaml", &(deployment("web", None) + &super::objects::map_in_wave("z", 1)));
    world.manual(|_| {});
    world.run(30);
    world.ask(json!({"sync": {}, "retry": {"limit": 5}}));
    world.run(30);
    assert_eq!(world.phase(), "Running");
    world.edit_app(|app| app["status"]["operationState"]["phase"] = "Terminating".into());
    world.run(300);
    assert_eq!((world.phase(), world.message()), ("Failed", "Operation terminated"));
    assert!(!world.has_map("z"));
}

#[test]
fn an_operation_without_a_sync_is_not_begun() {
    let mut world = World::new();
    two(&mut world);
    world.ask(json!({"info": []}));
    world.run(30);
    assert!(!world.has_map("a"));
    assert!(world.says("InvalidSpecError", "no operation specified"));
}

#[test]
fn an_object_that_is_not_permitted_makes_the_sync_invalid() {
    let mut world = World::new();
    world.project(|rules| rules["clusterResourceWhitelist"] = json!([]));
    world.push("one/all.yaml", &(map("a") + &namespace("team")));
    world.manual(|_| {});
    world.run(30);
    asked(&mut world, json!({"sync": {}}));
    assert_eq!(world.phase(), "Failed");
    let message = world.message();
    assert!(message.starts_with("one or more synchronization tasks are not valid"), "{message}");
    assert!(!world.objects.contains_key(&namespace_key("team")));
    assert!(!world.has("ConfigMap", SHOP, "a"), "nothing is applied");
    assert!(world.objects.contains_key(&key("Application", "argocd", "one")));
}
