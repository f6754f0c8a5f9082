//! A deletion that is nobody's wish deletes no workload (P4).

use super::world::{HOME, SHOP, key};
use super::{World, config_maps};
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

/// Its spec is made wrong, and it is deleted while it is.
fn delete_with(world: &mut World, change: impl FnOnce(&mut serde_json::Value)) {
    world.edit(&key("Application", HOME, "one"), |app| change(&mut app["spec"]));
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    delete_application(world);
    world.run(60);
}

#[test]
fn what_is_wrong_with_its_source_does_not_keep_an_application_from_going_with_its_objects() {
    for source in [
        serde_json::json!({"repoURL": "https://example.org/a/..\\b.git", "path": "one"}),
        serde_json::json!({"repoURL": "https://example.org/env.git"}),
        serde_json::json!({"repoURL": 5, "path": {}}),
        serde_json::json!("https://example.org/env.git"),
        serde_json::json!({"repoURL": "https://example.org/env.git", "path": "../../one"}),
    ] {
        let mut world = World::synced();
        delete_with(&mut world, |spec| spec["source"] = source.clone());
        assert_eq!(world.count("ConfigMap", SHOP), 0, "{source}");
        assert!(!world.has("Application", HOME, "one"), "{source}");
    }
}

#[test]
fn what_was_never_its_own_stays_when_an_invalid_application_goes() {
    let mut world = World::synced();
    for (name, mark) in [("c0", "other:/ConfigMap:shop/c0"), ("c1", "")] {
        world.edit(&key("ConfigMap", SHOP, name), |object| {
            object["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = mark.into();
        });
    }
    world.push("other/all.yaml", &config_maps(9..10));
    world.application("other", |_| {});
    world.edit(&key("Application", HOME, "one"), |app| {
        app["spec"]["source"]["repoURL"] = "https://example.org/a/..\\b.git".into();
        app["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
    });
    world.run(60);
    assert!(world.has("ConfigMap", SHOP, "c0") && world.has("ConfigMap", SHOP, "c1"));
    assert!(!world.has("ConfigMap", SHOP, "c2"));
    assert!(!world.has("Application", HOME, "one"));
}

#[test]
fn who_does_not_say_where_its_objects_are_deletes_none() {
    let named_twice = serde_json::json!({"name": "in-cluster", "namespace": SHOP,
        "server": "https://kubernetes.default.svc"});
    for destination in [named_twice, serde_json::json!({"namespace": SHOP})] {
        let mut world = World::synced();
        delete_with(&mut world, |spec| spec["destination"] = destination.clone());
        assert_eq!(world.count("ConfigMap", SHOP), 3, "{destination}");
        assert!(world.has("Application", HOME, "one"));
        assert!(!world.conditions("one", "InvalidSpecError").is_empty());
    }
    let mut world = World::synced();
    delete_with(&mut world, |spec| {
        spec["source"]["path"] = "../one".into();
        spec["syncPolicy"]["syncOptions"] = "Delete=false".into();
    });
    assert_eq!(world.count("ConfigMap", SHOP), 3, "what it asks for cannot be read");
}

#[test]
fn what_is_wrong_with_its_path_does_not_keep_a_kustomization_from_going_with_its_objects() {
    for (field, value) in [("path", "../../fl"), ("interval", "soon"), ("sourceRef", "5")] {
        let mut world = World::new();
        world.push("fl/all.yaml", &config_maps(0..3));
        world.kustomization("fl");
        world.run(60);
        assert_eq!(world.count("ConfigMap", SHOP), 3);
        world
            .edit(&key("Kustomization", HOME, "fl"), |object| object["spec"][field] = value.into());
        world.run(30);
        assert_eq!(world.count("ConfigMap", SHOP), 3);
        world.edit(&key("Kustomization", HOME, "fl"), |object| {
            object["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
        });
        world.run(60);
        assert_eq!(world.count("ConfigMap", SHOP), 0, "{field}");
        assert!(!world.has("Kustomization", HOME, "fl"), "{field}");
    }
}
