//! A sync at another revision than the application's own.

use super::world::{HOME, SHOP, key};
use super::{World, config_maps};
use serde_json::json;

#[test]
fn a_sync_at_another_revision_applies_that_one_and_shows_what_it_is_not() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    let old = world.commit();
    world.push("one/all.yaml", &config_maps(0..5));
    world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 0);
    world.edit(&key("Application", HOME, "one"), |app| {
        app["operation"] = json!({
            "initiatedBy": {"username": "ada"}, "sync": {"revision": old},
        });
    });
    world.run(30);
    let status = &world.app("one")["status"];
    assert_eq!(status["operationState"]["phase"], "Succeeded", "{status:#}");
    assert_eq!(status["operationState"]["syncResult"]["revision"], old);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    // It is compared with its own revision again.
    assert_eq!(status["sync"]["revision"], world.commit());
    assert_eq!(status["sync"]["status"], "OutOfSync");
}
