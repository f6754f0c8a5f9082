//! What an application costs the API server. Each line of the log is one request.

use super::fields::kustomization::of_directory;
use super::fields::objects::deployment;
use super::world::{HOME, SHOP, URL, key};
use super::{World, config_maps};
use serde_json::json;

/// How many lines begin so.
fn count(world: &World, begin: &str) -> usize {
    world.log.iter().filter(|line| line.starts_with(begin)).count()
}

#[test]
fn a_new_application_costs_two_status_writes_its_applies_and_one_event() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..4));
    world.application("one", |_| {});
    world.run(30);
    assert_eq!(world.log[0], "status Application one", "the record goes before the applies");
    let counts = ["status ", "apply ", "announce "].map(|begin| count(&world, begin));
    assert_eq!((counts, world.log.len()), ([2, 4, 1], 7), "{:#?}", world.log);
    world.log.clear();
    world.run(20_000);
    assert_eq!(world.log, [""; 0], "at rest nothing is written");
}

#[test]
fn a_change_of_health_costs_one_more_status_write() {
    let mut world = World::new();
    world.push("one/all.yaml", &deployment("web", None));
    world.application("one", |_| {});
    world.run(30);
    assert_eq!((count(&world, "status "), world.log.len()), (2, 4), "{:#?}", world.log);
    world.log.clear();
    world.heal("web");
    world.run(30);
    assert_eq!(world.log, ["status Application one"]);
}

#[test]
fn what_is_healthy_within_a_second_is_told_with_the_end_of_its_sync() {
    let mut world = World::new();
    world.push("one/all.yaml", &deployment("web", None));
    world.application("one", |_| {});
    world.run(0);
    assert_eq!(world.log.len(), 3, "the record, the apply and the event: {:#?}", world.log);
    world.heal("web");
    world.run(30);
    assert_eq!(count(&world, "status "), 2, "{:#?}", world.log);
    assert_eq!(world.app("one")["status"]["health"]["status"], "Healthy");
}

#[test]
fn a_new_kustomization_costs_one_more_its_finalizer() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..4));
    of_directory(&mut world, |_| {});
    let counts = ["finalizer ", "status Kustomization", "apply ", "announce "];
    let counts = counts.map(|begin| count(&world, begin));
    assert_eq!(counts, [1, 2, 4, 1], "{:#?}", world.log);
    world.log.clear();
    world.run(500);
    assert_eq!(world.log, [""; 0], "at rest nothing is written");
}

#[test]
fn an_hour_without_a_server_costs_few_discoveries() {
    let mut world = World::new();
    world.away = true;
    world.run(3_600);
    assert!((100..130).contains(&world.discoveries.len()), "{:?}", world.discoveries);
    assert_eq!(world.discoveries[..4], [0, 5, 15, 35]);
    world.away = false;
    world.run(30);
    world.push("one/all.yaml", &config_maps(0..4));
    world.application("one", |_| {});
    world.run(30);
    assert_eq!(count(&world, "apply "), 4);
}

#[test]
fn what_is_absent_is_never_dry_run() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..4));
    world.application("one", |_| {});
    world.run(30);
    assert_eq!(count(&world, "dry-run"), 0);
}

/// The writes, without what people are told.
fn writes(world: &World) -> Vec<&String> {
    world.log.iter().filter(|line| !line.starts_with("announce")).collect()
}

#[test]
fn every_refresh_looks_at_git_and_is_answered_after_the_look() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..1));
    world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
    world.run(30);
    world.looks.clear();
    for kind in ["normal", "normal", "hard", "hard", "normal"] {
        world.edit(&key("Application", HOME, "one"), |app| {
            app["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = kind.into();
        });
        world.run(5);
        let annotations = &world.app("one")["metadata"]["annotations"];
        assert!(annotations.get("argocd.argoproj.io/refresh").is_none(), "{annotations}");
    }
    assert_eq!(world.looks.len(), 5, "{:?}", world.looks);
    world.push_quietly("one/all.yaml", &config_maps(0..2));
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = "normal".into();
    });
    world.run(1);
    assert_eq!(world.app("one")["status"]["sync"]["revision"], world.commit());
}

#[test]
fn a_refresh_of_a_repository_that_is_away_is_answered_with_what_is_wrong() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..1));
    world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
    world.run(30);
    world.credential = Some("another".to_owned());
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = "normal".into();
    });
    world.run(1);
    let annotations = &world.app("one")["metadata"]["annotations"];
    assert!(annotations.get("argocd.argoproj.io/refresh").is_none(), "{annotations}");
    assert!(world.conditions("one", "ComparisonError")[0].contains("asks for a credential"));
}

/// Asks for a sync, and lets it go on for a moment.
fn sync(world: &mut World) {
    world.edit(&key("Application", HOME, "one"), |app| {
        app["operation"] = json!({
            "initiatedBy": {"username": "ada"}, "sync": {},
            "retry": {"limit": 2, "backoff": {"duration": "2s"}},
        });
    });
    world.run(1);
}

#[test]
fn every_sync_that_is_asked_for_is_of_what_was_pushed_before() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..1));
    world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
    world.run(30);
    for maps in 2..5 {
        world.push_quietly("one/all.yaml", &config_maps(0..maps));
        sync(&mut world);
        assert_eq!(world.count("ConfigMap", SHOP), maps, "{:#}", world.app("one")["status"]);
        let state = &world.app("one")["status"]["operationState"];
        assert_eq!(
            (&state["phase"], &state["syncResult"]["revision"]),
            (&json!("Succeeded"), &json!(world.commit()),)
        );
    }
}

#[test]
fn a_sync_of_a_commit_that_cannot_be_rendered_is_never_one_of_the_commit_before() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..1));
    world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
    world.run(30);
    world.push_quietly("one/all.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [\n");
    sync(&mut world);
    world.run(60);
    let state = &world.app("one")["status"]["operationState"];
    assert_eq!(state["phase"], "Error", "{state:#}");
    assert_eq!(world.count("ConfigMap", SHOP), 0);
}

#[test]
fn a_request_for_a_source_is_answered_also_when_nothing_is_new() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..1));
    world.kustomization("one");
    world.run(30);
    world.looks.clear();
    for token in ["1", "2"] {
        world.edit(&key("GitRepository", HOME, "one"), |source| {
            source["metadata"]["annotations"] = json!({"reconcile.fluxcd.io/requestedAt": token});
        });
        world.run(1);
        let source = &world.objects[&key("GitRepository", HOME, "one")];
        assert_eq!(source["status"]["lastHandledReconcileAt"], token);
    }
    assert_eq!(world.looks.len(), 2);
}

#[test]
fn one_application_that_names_an_absent_commit_is_nobody_else_s_trouble() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..1));
    world.application("one", |_| {});
    let absent = "cc".repeat(20);
    world.absent.insert(absent.clone());
    world.application("wrong", |app| app["spec"]["source"]["targetRevision"] = absent.into());
    world.run(60);
    assert_eq!(world.app("one")["status"]["sync"]["status"], "Synced");
    assert_eq!(world.conditions("one", "ComparisonError"), [""; 0]);
    assert!(world.conditions("wrong", "ComparisonError")[0].contains("has no revision"));
    world.log.clear();
    world.push("one/all.yaml", &config_maps(0..2));
    world.run(3_600);
    assert_eq!(world.count("ConfigMap", SHOP), 2);
    assert!(writes(&world).iter().all(|line| !line.ends_with("wrong")), "{:#?}", world.log);
    assert!(writes(&world).len() < 5, "{:#?}", world.log);
}

#[test]
fn one_source_that_names_an_absent_commit_is_nobody_else_s_trouble() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..1));
    world.kustomization("one");
    let absent = "cc".repeat(20);
    world.absent.insert(absent.clone());
    world.put(json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": "wrong", "namespace": HOME},
        "spec": {"url": URL, "interval": "10m", "ref": {"commit": absent}},
    }));
    world.run(60);
    let ready = |world: &World, name: &str| {
        let source = &world.objects[&key("GitRepository", HOME, name)];
        let conditions = source["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let ready = conditions.into_iter().find(|condition| condition["type"] == "Ready");
        ready.expect("it is told")["reason"].clone()
    };
    assert_eq!(ready(&world, "one"), "Succeeded");
    assert_eq!(ready(&world, "wrong"), "GitOperationFailed");
    world.log.clear();
    world.run(3_600);
    assert_eq!(writes(&world), [""; 0]);
}

#[test]
fn what_still_waits_for_its_turn_ends_with_its_application() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..4));
    world.waiting = Some(std::collections::VecDeque::new());
    world.application("one", |app| app["metadata"]["finalizers"] = json!([]));
    world.application("two", |_| {});
    world.push("two/all.yaml", &config_maps(10..12));
    world.run(30);
    world.remove(&key("Application", HOME, "one"));
    world.run(1);
    let waiting = world.waiting.take().expect("they wait");
    assert_eq!(waiting.len(), 6);
    for task in waiting {
        assert_eq!(task.right.has_ended(), task.app.name.as_str() == "one", "{task:?}");
    }
}

#[test]
fn what_waits_for_its_turn_does_not_outlive_a_lost_lease() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..4));
    world.waiting = Some(std::collections::VecDeque::new());
    world.application("one", |_| {});
    world.run(30);
    world.lead(false);
    world.run(1);
    world.lead(true);
    world.run(1);
    let rights: Vec<bool> =
        world.waiting.iter().flatten().map(|task| task.right.has_ended()).collect();
    assert_eq!(rights, [true, true, true, true, false, false, false, false]);
}

#[test]
fn retries_without_an_end_and_without_a_pause_keep_a_distance() {
    for duration in ["0s", "-5s", "1ns"] {
        let mut world = World::new();
        world.push("one/all.yaml", &config_maps(0..1));
        world.refused.insert(key("ConfigMap", SHOP, "c0"), "not today".to_owned());
        world.application("one", |app| {
            app["spec"]["syncPolicy"]["retry"] =
                json!({"limit": -1, "backoff": {"duration": duration, "factor": 1}});
        });
        world.run(30);
        world.log.clear();
        world.run(600);
        let writes = count(&world, "status ");
        assert!((100..250).contains(&writes), "{duration}: {writes}");
    }
}
