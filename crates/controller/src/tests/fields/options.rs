//! Sync options, each as an entry of `spec.syncPolicy.syncOptions`.

use super::objects::{map, map_in_wave};
use super::{APP, prove};
use crate::tests::world::{HOME, SHOP, World, key};
use serde_json::json;
use trimtab_model::Propagation;

fn with(world: &mut World, option: &str, files: &str) {
    world.push("one/all.yaml", files);
    world.application("one", |app| {
        app["spec"]["syncPolicy"]["syncOptions"] = json!([option]);
    });
    world.run(30);
}

#[test]
fn prune_false_keeps_what_git_no_longer_has() {
    prove(APP, &["spec.syncPolicy.syncOptions: Prune=false"], |world| {
        with(world, "Prune=false", &(map("a") + &map("b")));
        world.push("one/all.yaml", &map("b"));
        world.run(30);
        assert!(world.has_map("a") && !world.is_synced());
    });
}

#[test]
fn delete_false_keeps_the_objects_of_a_deleted_application() {
    prove(APP, &["spec.syncPolicy.syncOptions: Delete=false"], |world| {
        with(world, "Delete=false", &map("a"));
        world.edit_app(|app| {
            app["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z".into();
        });
        world.run(60);
        assert!(world.has_map("a") && !world.has("Application", HOME, "one"));
    });
}

#[test]
fn validate_false_leaves_unknown_fields_out() {
    let unknown = map("a").replace("\ndata:", "\ncolour: red\ndata:");
    prove(APP, &["spec.syncPolicy.syncOptions: Validate=false"], |world| {
        with(world, "Validate=false", &unknown);
        assert!(world.has_map("a"), "{:#}", world.status());
        let map = &world.objects[&key("ConfigMap", SHOP, "a")];
        assert!(map.get("colour").is_none());
    });
    let mut world = World::new();
    with(&mut world, "Validate=true", &unknown);
    assert!(!world.has_map("a"));
    assert!(world.message().contains("unknown field"), "{:#}", world.status());
}

#[test]
fn apply_out_of_sync_only_leaves_the_others_alone() {
    prove(APP, &["spec.syncPolicy.syncOptions: ApplyOutOfSyncOnly=true"], |world| {
        with(world, "ApplyOutOfSyncOnly=true", &(map("a") + &map("b")));
        world.log.clear();
        world.ask(json!({"sync": {}}));
        world.run(30);
        assert_eq!(world.phase(), "Succeeded");
        assert!(!world.log.iter().any(|line| line.starts_with("apply")), "{:?}", world.log);
    });
}

#[test]
fn prune_last_prunes_after_everything_else() {
    prove(APP, &["spec.syncPolicy.syncOptions: PruneLast=true"], |world| {
        with(world, "PruneLast=true", &map("a"));
        world.log.clear();
        world.push("one/all.yaml", &(map("b") + &map_in_wave("c", 1)));
        world.run(30);
        let lines = world.log.iter().filter(|line| line.contains(" ConfigMap "));
        let order: Vec<_> = lines.map(String::as_str).collect();
        assert_eq!(order, ["apply ConfigMap b", "apply ConfigMap c", "delete ConfigMap a"]);
    });
}

#[test]
fn fail_on_shared_resource_fails_the_whole_sync() {
    prove(APP, &["spec.syncPolicy.syncOptions: FailOnSharedResource=true"], |world| {
        world.push("two/all.yaml", &map("a"));
        world.application("two", |_| {});
        world.run(30);
        with(world, "FailOnSharedResource=true", &(map("a") + &map("b")));
        assert!(
            world.message().contains("Shared resource found: ConfigMap/a"),
            "{:#}",
            world.status()
        );
        assert!(!world.has_map("b"));
    });
}

#[test]
fn the_propagation_policy_is_that_of_deletes() {
    let policies = [("orphan", Propagation::Orphan), ("background", Propagation::Background)];
    for (written, meant) in policies {
        let mut world = World::new();
        with(&mut world, &format!("PrunePropagationPolicy={written}"), &(map("a") + &map("b")));
        world.push("one/all.yaml", &map("b"));
        world.run(30);
        assert_eq!(world.propagations, [meant]);
    }
    let mut world = World::new();
    with(&mut world, "PrunePropagationPolicy=foreground", &(map("a") + &map("b")));
    world.push("one/all.yaml", &map("b"));
    world.run(30);
    assert_eq!(world.propagations, [Propagation::Foreground]);
}

#[test]
fn without_migration_what_a_person_applied_stays() {
    prove(APP, &["spec.syncPolicy.syncOptions: ClientSideApplyMigration=false"], |world| {
        world.made_by("kubectl-client-side-apply", "a");
        with(world, "ClientSideApplyMigration=false", &map("a"));
        assert!(world.keeps_the_old_key("a"));
    });
}

#[test]
fn create_namespace_creates_it_first_and_never_removes_it() {
    prove(APP, &["spec.syncPolicy.syncOptions: CreateNamespace=true"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.application("one", |app| {
            app["spec"]["destination"]["namespace"] = "fresh".into();
            app["spec"]["syncPolicy"]["syncOptions"] = json!(["CreateNamespace=true"]);
        });
        world.run(30);
        let lines = world.log.iter().filter(|line| line.starts_with("apply"));
        let order: Vec<_> = lines.map(String::as_str).collect();
        assert_eq!(order, ["apply Namespace fresh", "apply ConfigMap a"]);
        world.edit_app(|app| {
            app["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z".into();
        });
        world.run(60);
        assert!(!world.has("Application", HOME, "one") && !world.has("ConfigMap", "fresh", "a"));
        assert!(world.objects.contains_key(&super::objects::namespace_key("fresh")));
    });
}
