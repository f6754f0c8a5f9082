//! The record that goes before the first step (P5), and what is kept of objects.

use super::world::{HOME, SHOP, Statuses, URL, key};
use super::{World, config_maps};
use serde_json::json;
use std::collections::VecDeque;
use trimtab_ports::store::Change;

#[test]
fn a_record_that_could_not_be_made_is_not_told_as_written() {
    let mut world = World::new();
    world.second_version = Some("ConfigMap");
    world.push("other/all.yaml", &config_maps(9..10).replace("v1", "v2"));
    world.application("other", |app| app["metadata"]["finalizers"] = json!([]));
    world.run(30);
    assert!(world.has("ConfigMap", SHOP, "c9"));
    world.push("one/all.yaml", &config_maps(0..2));
    world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
    world.run(30);
    world.ask(json!({"sync": {}}));
    world.run(30);
    // News is on its way when the sync begins, so that its record has to wait.
    world.late_answers = Some(VecDeque::new());
    world.push("one/all.yaml", &config_maps(0..3));
    world.run(30);
    world.ask(json!({"sync": {}}));
    world.run(30);
    assert!(!world.has("ConfigMap", SHOP, "c2"), "its record waits");
    // Nobody needs the version any more at which the kind was watched: it is read anew.
    world.late = Some("ConfigMap");
    world.remove(&key("Application", HOME, "other"));
    world.answer_late();
    world.run(60);
    let status = &world.app("one")["status"]["operationState"];
    assert_eq!(status["phase"], "Succeeded", "{status:#}");
    assert!(world.has("ConfigMap", SHOP, "c2"));
}

#[test]
fn a_refresh_is_made_once_whatever_older_state_is_told_after_it() {
    let mut world = World::synced();
    world.late_answers = Some(VecDeque::new());
    world.push("one/all.yaml", &config_maps(0..4));
    world.run(30);
    // The write has been made, and nobody was told; then somebody asks for a look.
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = "normal".into();
    });
    world.run(30);
    let looks = world.looks.len();
    world.answer_late();
    world.run(30);
    assert_eq!(world.looks.len(), looks, "{}", world.seconds());
    assert!(world.app("one")["metadata"]["annotations"]["argocd.argoproj.io/refresh"].is_null());
}

#[test]
fn a_status_that_an_edit_overtook_is_written_again_at_once() {
    let mut world = World::synced();
    let before = world.log.len();
    world.statuses = Statuses::OvertakenOnce;
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = "normal".into();
    });
    world.run(30);
    assert!(world.statuses == Statuses::Written, "somebody came between");
    assert!(world.app("one")["metadata"]["annotations"]["argocd.argoproj.io/refresh"].is_null());
    assert_eq!(world.app("one")["metadata"]["labels"]["edited"], "yes");
    let log = world.log.iter().zip(&world.times).skip(before);
    let times: Vec<i64> =
        log.filter(|(line, _)| *line == "status Application one").map(|(_, time)| *time).collect();
    assert!(times.len() >= 2 && times[0] == times[1], "{times:?}");
}

#[test]
fn what_is_not_watched_any_more_is_not_remembered() {
    let mut world = World::synced();
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["finalizers"] = json!([]);
    });
    world.run(5);
    world.remove(&key("Application", HOME, "one"));
    world.run(5);
    assert_eq!(world.count("ConfigMap", SHOP), 3, "they stay");
    let forgotten = world.engine.unsaved();
    let is_told = |change: &Change| matches!(change, Change::Forget(_));
    assert_eq!(forgotten.iter().filter(|change| is_told(change)).count(), 3, "{forgotten:?}");
}

#[test]
fn the_same_path_of_two_sources_is_two_files() {
    let mut world = World::new();
    world.push("one/values.yaml", "");
    world.push("one/all.yaml", &config_maps(0..1));
    world.name("refs/tags/v1");
    world.push("one/values.yaml", &config_maps(10..13));
    world.application("one", |app| {
        let source = |revision| json!({"repoURL": URL, "path": "one", "targetRevision": revision});
        let spec = app["spec"].as_object_mut().expect("a spec");
        spec.remove("source");
        spec.insert("sources".to_owned(), json!([source("v1"), source("main")]));
    });
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 4, "{:#}", world.app("one")["status"]);
    world.push("one/values.yaml", "");
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 4, "{:#}", world.app("one")["status"]);
    let said = world.conditions("one", "PruneHeldWarning");
    assert!(said[0].contains("one/values.yaml of source 2 holds no manifests"), "{said:?}");
}
