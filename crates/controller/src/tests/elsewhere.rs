//! A mark names an application, and neither its namespace nor its installation: what may be another
//! namespace's is neither taken nor removed (P3).

use super::world::{HOME, SHOP, key};
use super::{World, config_maps};
use serde_json::{Value, json};

const TRACKING: &str = "argocd.argoproj.io/tracking-id";
const INSTALLATION: &str = "argocd.argoproj.io/installation-id";

/// An application of another namespace, which nobody here serves.
fn other(world: &mut World, name: &str) {
    world.put(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": "elsewhere"},
        "spec": {"project": "default", "destination": {}},
    }));
}

/// An object that carries an application's mark.
fn marked(world: &mut World, name: &str, owner: &str) {
    world.put(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"of": owner},
        "metadata": {"name": name, "namespace": SHOP,
            "annotations": {TRACKING: format!("{owner}:/ConfigMap:{SHOP}/{name}")}},
    }));
}

fn annotation<'a>(world: &'a World, name: &str, annotation: &str) -> &'a Value {
    &world.get("ConfigMap", SHOP, name)["metadata"]["annotations"][annotation]
}

/// What the last sync says of an object.
fn result(world: &World, app: &str, name: &str) -> String {
    let results = &world.app(app)["status"]["operationState"]["syncResult"]["resources"];
    let line = results.as_array().and_then(|all| all.iter().find(|line| line["name"] == name));
    let text = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
    line.map_or_else(String::new, |l| format!("{}: {}", text(l, "status"), text(l, "message")))
}

#[test]
fn an_object_of_another_namespace_s_application_is_taken_only_when_that_one_is_gone() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..2));
    other(&mut world, "theirs");
    marked(&mut world, "c0", "theirs");
    world.application("one", |_| {});
    world.run(60);
    assert_eq!(annotation(&world, "c0", TRACKING), "theirs:/ConfigMap:shop/c0");
    assert_eq!(annotation(&world, "c1", TRACKING), "one:/ConfigMap:shop/c1");
    let said =
        "the object belongs to elsewhere/theirs, which still has it; remove it from one of the two";
    assert_eq!(result(&world, "one", "c0"), format!("SyncFailed: {said}"));
    let state = &world.app("one")["status"]["operationState"];
    assert_eq!((&state["phase"], &state["retryCount"]), (&json!("Failed"), &Value::Null));
    world.remove(&key("Application", "elsewhere", "theirs"));
    world.run(60);
    assert_eq!(annotation(&world, "c0", TRACKING), "one:/ConfigMap:shop/c0");
}

#[test]
fn what_an_application_of_our_name_in_another_namespace_has_is_neither_taken_nor_removed() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..2));
    other(&mut world, "one");
    for name in ["c0", "c9"] {
        marked(&mut world, name, "one");
    }
    world.application("one", |app| {
        app["operation"] = json!({"sync": {"prune": true}, "initiatedBy": {"username": "me"}});
    });
    world.run(60);
    assert_eq!(world.get("ConfigMap", SHOP, "c0")["data"]["of"], "one");
    assert!(
        result(&world, "one", "c0").contains("elsewhere/one"),
        "{}",
        result(&world, "one", "c0")
    );
    let shared = world.conditions("one", "SharedResourceWarning");
    assert_eq!(shared.len(), 1, "{shared:?}");
    assert!(shared[0].contains("elsewhere/one"), "{shared:?}");
    // What the status lists beside what was applied is no inventory to the next process.
    world.restart(false);
    world.run(60);
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["deletionTimestamp"] = "2026-01-01T00:01:00Z".into();
    });
    world.run(60);
    assert!(!world.has("Application", HOME, "one"));
    let left = ["c0", "c1", "c9"].map(|name| world.has("ConfigMap", SHOP, name));
    assert_eq!(left, [true, false, true], "only what it has applied goes with it");
}

#[test]
fn an_application_that_was_made_anew_takes_its_objects_back() {
    let mut world = World::synced();
    let applied = world.log.len();
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["finalizers"] = json!([]);
    });
    world.remove(&key("Application", HOME, "one"));
    world.application("one", |_| {});
    world.run(60);
    let applies = world.log[applied..].iter().filter(|line| line.starts_with("apply")).count();
    assert_eq!(applies, 0, "they are as desired: {:?}", &world.log[applied..]);
    world.push("one/all.yaml", &config_maps(0..2));
    world.run(200);
    assert!(!world.has("ConfigMap", SHOP, "c2"), "{:#}", world.app("one")["status"]);
}

#[test]
fn installations_with_names_need_not_know_of_each_other() {
    let mut world = World::new();
    world.installation = Some("east");
    world.restart(false);
    world.push("one/all.yaml", &config_maps(0..3));
    for name in ["c0", "c1"] {
        marked(&mut world, name, "one");
    }
    for (name, installation) in [("c0", "west"), ("c1", "east")] {
        world.edit(&key("ConfigMap", SHOP, name), |object| {
            object["metadata"]["annotations"][INSTALLATION] = installation.into();
        });
    }
    other(&mut world, "one");
    world.application("one", |_| {});
    world.run(60);
    let of = ["c0", "c1", "c2"].map(|name| annotation(&world, name, INSTALLATION).clone());
    assert_eq!(of, ["west", "east", "east"]);
    assert_eq!(world.get("ConfigMap", SHOP, "c0")["data"]["of"], "one");
    assert_eq!(result(&world, "one", "c1"), "Synced: configmap/c1 configured");
    let said = "the object belongs to one of installation west, which still has it";
    assert!(result(&world, "one", "c0").contains(said), "{}", result(&world, "one", "c0"));
}

#[test]
fn an_installation_that_gets_a_name_writes_it_into_what_it_has() {
    let mut world = World::synced();
    world.installation = Some("east");
    world.restart(false);
    world.run(60);
    assert_eq!(annotation(&world, "c0", INSTALLATION), "east");
    world.push("one/all.yaml", &config_maps(0..2));
    world.run(200);
    assert!(!world.has("ConfigMap", SHOP, "c2"), "{:#}", world.app("one")["status"]);
}

#[test]
fn a_sync_that_failed_for_an_object_that_turns_out_to_be_ours_is_made_again() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..2));
    other(&mut world, "one");
    marked(&mut world, "c0", "one");
    world.edit(&key("ConfigMap", SHOP, "c0"), |object| object["data"] = json!({"a": "b"}));
    world.application("one", |_| {});
    world.run(60);
    assert_eq!(world.app("one")["status"]["operationState"]["phase"], "Failed");
    let asked = world.log.len();
    world.run(2_000);
    assert_eq!(world.log[asked..], [""; 0], "nothing can be done");
    world.remove(&key("Application", "elsewhere", "one"));
    world.run(60);
    assert_eq!(world.app("one")["status"]["operationState"]["phase"], "Succeeded");
    assert_eq!(world.conditions("one", "SyncError"), [""; 0]);
}
