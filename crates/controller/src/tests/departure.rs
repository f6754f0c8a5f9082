//! A deletion that is nobody's wish deletes no workload (P4).

use super::World;
use super::world::{HOME, SHOP, key};
use trimtab_model::{GroupKind, ObjectKey};

fn delete_application(world: &mut World) {
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
    });
}

fn definition() -> ObjectKey {
    let kind = GroupKind::new("apiextensions.k8s.io", "CustomResourceDefinition");
    ObjectKey::cluster(&kind, "applications.argoproj.io")
}

fn left_alone(world: &World) {
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    assert!(!world.has("Application", HOME, "one"), "its finalizer is taken off");
    let told = world.log.iter().find(|line| line.contains("is no wish to delete"));
    assert!(told.is_some_and(|line| line.contains("its 3 objects")), "{:?}", world.log);
}

#[test]
fn a_deletion_that_a_person_asks_for_deletes_all() {
    let mut world = World::synced();
    delete_application(&mut world);
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 0);
    assert!(!world.has("Application", HOME, "one"));
}

#[test]
fn a_definition_that_is_being_deleted_deletes_nothing() {
    let mut world = World::synced();
    world.edit(&definition(), |object| {
        object["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
        object["metadata"]["finalizers"] =
            serde_json::json!(["customresourcecleanup.apiextensions.k8s.io"]);
    });
    delete_application(&mut world);
    world.run(60);
    left_alone(&world);
}

#[test]
fn a_definition_that_says_terminating_deletes_nothing() {
    let mut world = World::synced();
    world.edit(&definition(), |object| {
        object["status"]["conditions"] =
            serde_json::json!([{"type": "Terminating", "status": "True"}]);
    });
    delete_application(&mut world);
    world.run(60);
    left_alone(&world);
}

#[test]
fn a_namespace_that_is_being_deleted_deletes_nothing_elsewhere() {
    let mut world = World::synced();
    let namespace = ObjectKey::cluster(&GroupKind::new("", "Namespace"), HOME);
    world.edit(&namespace, |object| {
        object["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
        object["metadata"]["finalizers"] = serde_json::json!(["kubernetes"]);
        object["status"]["phase"] = "Terminating".into();
    });
    delete_application(&mut world);
    world.run(60);
    left_alone(&world);
}
