//! The record that goes before the first step (P5), and what is kept of objects.

use super::world::{HOME, SHOP, URL};
use super::{World, config_maps};
use serde_json::json;

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
