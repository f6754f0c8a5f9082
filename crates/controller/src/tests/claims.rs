//! Who has a say in an object (P3), and who has none.

use super::world::{HOME, SHOP, key};
use super::{World, config_maps};
use serde_json::json;

/// An application `vic` with two objects, and a project that may only go elsewhere.
fn victim() -> World {
    let mut world = World::new();
    world.push("vic/all.yaml", &config_maps(0..2));
    world.application("vic", |_| {});
    world.put(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
        "metadata": {"name": "att", "namespace": HOME},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"server": "*", "namespace": "att"}],
        },
    }));
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 2);
    world
}

fn attacker(world: &mut World, change: impl FnOnce(&mut serde_json::Value)) {
    world.application("att", |app| {
        app["spec"]["project"] = "att".into();
        app["spec"]["destination"]["namespace"] = "att".into();
        change(app);
    });
}

fn is_pruned(world: &mut World) {
    world.push("vic/all.yaml", &config_maps(0..1));
    world.run(200);
    assert!(!world.has("ConfigMap", SHOP, "c1"), "{:#}", world.app("vic")["status"]);
}

#[test]
fn a_hook_that_a_project_does_not_permit_keeps_nothing_of_others() {
    let mut world = victim();
    world.push(
        "att/all.yaml",
        &format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c1\n  namespace: {SHOP}\n  annotations: {{argocd.argoproj.io/hook: PostSync}}\n"
        ),
    );
    attacker(&mut world, |_| {});
    world.run(60);
    is_pruned(&mut world);
}

#[test]
fn a_status_that_somebody_wrote_keeps_nothing_that_its_project_does_not_permit() {
    let mut world = victim();
    attacker(&mut world, |app| {
        app["spec"]["source"]["targetRevision"] = "absent".into();
        app["status"] = json!({"resources": [
            {"version": "v1", "kind": "ConfigMap", "namespace": SHOP, "name": "c1"},
        ]});
    });
    world.run(60);
    is_pruned(&mut world);
}

/// How the last sync of an application ended.
fn ended(world: &World, name: &str) -> (String, String) {
    let state = &world.app(name)["status"]["operationState"];
    let text = |field: &str| state[field].as_str().unwrap_or_default().to_owned();
    (text("phase"), text("message"))
}

#[test]
fn a_sync_whose_objects_other_applications_have_fails_and_the_rest_is_applied_and_healed() {
    let mut world = victim();
    world.push("own/all.yaml", &config_maps(0..3));
    world.application("own", |_| {});
    world.run(60);
    let (phase, message) = ended(&world, "own");
    assert_eq!(phase, "Failed", "{message}");
    let said =
        "one or more objects failed to apply, reason: ConfigMap/shop/c0: the object belongs to vic";
    assert!(message.starts_with(said), "{message}");
    assert_eq!(world.conditions("own", "SyncError").len(), 1);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    world.remove(&key("ConfigMap", SHOP, "c2"));
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 3, "what is its own is healed");
    let syncs = world.log.iter().filter(|line| line.contains("announce OperationCompleted"));
    let syncs = syncs.count();
    world.run(2_000);
    let later = world.log.iter().filter(|line| line.contains("announce OperationCompleted"));
    assert_eq!(later.count(), syncs, "nothing more can be done: {:?}", world.log);
    world.edit(&key("Application", HOME, "vic"), |app| {
        app["metadata"]["finalizers"] = json!([]);
    });
    world.remove(&key("Application", HOME, "vic"));
    world.run(60);
    assert_eq!(ended(&world, "own").0, "Succeeded");
    assert!(world.conditions("own", "SyncError").is_empty());
}

#[test]
fn a_sync_that_only_looks_says_what_is_refused() {
    let mut world = victim();
    world.push("own/all.yaml", &config_maps(0..2));
    world.application("own", |app| {
        app["spec"]["syncPolicy"] = json!({});
        app["operation"] = json!({"sync": {"dryRun": true}, "initiatedBy": {"username": "me"}});
    });
    world.run(60);
    assert_eq!(ended(&world, "own").0, "Failed", "{:#}", world.app("own")["status"]);
}

#[test]
fn what_was_handed_over_is_no_longer_its_former_owner_s() {
    let mut world = World::new();
    world.push("a/all.yaml", &config_maps(0..2));
    world.push("b/all.yaml", &config_maps(2..3));
    for name in ["a", "b"] {
        world.application(name, |app| app["spec"]["syncPolicy"] = json!({}));
    }
    let sync = |world: &mut World, name: &str| {
        world.edit(&key("Application", HOME, name), |app| {
            app["operation"] = json!({"sync": {}, "initiatedBy": {"username": "me"}});
        });
        world.run(60);
    };
    sync(&mut world, "a");
    sync(&mut world, "b");
    world.push("a/all.yaml", &config_maps(1..2));
    world.push("b/all.yaml", &config_maps(0..1));
    world.run(200);
    sync(&mut world, "b");
    world.run(200);
    assert_eq!(ended(&world, "b").0, "Succeeded", "{:?}", ended(&world, "b"));
    assert_eq!(world.conditions("a", "ClaimedByWarning"), [""; 0]);
    let listed = world.app("a")["status"]["resources"].clone();
    let names: Vec<&str> =
        listed.as_array().unwrap().iter().filter_map(|line| line["name"].as_str()).collect();
    assert_eq!(names, ["c1"]);
}

#[test]
fn of_several_that_want_an_absent_object_one_creates_it() {
    let mut world = World::new();
    let names = ["t1", "t2", "t3", "t4"];
    for name in names {
        world.push(&format!("{name}/all.yaml"), &config_maps(0..1));
    }
    for name in names {
        world.application(name, |app| {
            app["metadata"]["finalizers"] = json!([]);
        });
    }
    world.run(60);
    let created = world.log.iter().filter(|line| line.starts_with("apply ConfigMap c0"));
    assert_eq!(created.count(), 1, "{:#?}", world.log);
    let refused =
        |name: &&&str| world.app(name)["status"].to_string().contains("the object belongs to t");
    assert_eq!(names.iter().filter(refused).count(), 3, "only its owner has it");
    // It is nobody else's when it is deleted by hand.
    let owner = |world: &World| {
        let object = world.get("ConfigMap", SHOP, "c0");
        object["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"].clone()
    };
    let first = owner(&world);
    world.remove(&key("ConfigMap", SHOP, "c0"));
    world.run(60);
    assert_eq!(owner(&world), first);
}

#[test]
fn what_a_kustomization_of_another_namespace_has_is_left_to_it() {
    let mut world = World::new();
    let object = |owner: &str| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "c0", "namespace": SHOP, "labels": {
                "kustomize.toolkit.fluxcd.io/name": "real",
                "kustomize.toolkit.fluxcd.io/namespace": owner}},
        })
    };
    world.put(object("elsewhere"));
    world.push("fl/all.yaml", &config_maps(0..1));
    world.kustomization("fl");
    world.run(120);
    let labels = world.get("ConfigMap", SHOP, "c0")["metadata"]["labels"].clone();
    assert_eq!(labels["kustomize.toolkit.fluxcd.io/namespace"], "elsewhere");
    let said = world.get("Kustomization", HOME, "fl")["status"]["conditions"].to_string();
    assert!(said.contains("elsewhere/real"), "{said}");
    // Of a Kustomization that was here and is gone, it is taken over.
    world.put(object(HOME));
    world.push("fl/all.yaml", &config_maps(0..2));
    world.run(120);
    let labels = world.get("ConfigMap", SHOP, "c0")["metadata"]["labels"].clone();
    assert_eq!(labels["kustomize.toolkit.fluxcd.io/name"], "fl");
}

/// An application `new` that is written to have applied what `vic` is about to prune, and whose
/// repository cannot be read.
fn claimant(world: &mut World) {
    world.application("new", |app| {
        app["spec"]["source"]["targetRevision"] = "absent".into();
        app["status"] = json!({"resources": [
            {"version": "v1", "kind": "ConfigMap", "namespace": SHOP, "name": "c1"},
        ]});
    });
}

#[test]
fn a_prune_that_waits_for_another_application_s_render_names_it() {
    let mut world = victim();
    claimant(&mut world);
    world.push("vic/all.yaml", &config_maps(0..1));
    world.run(5);
    assert!(world.conditions("vic", "PruneWaitingWarning").is_empty(), "it may be on its way");
    world.run(60);
    assert!(world.has("ConfigMap", SHOP, "c1"));
    let said = world.conditions("vic", "PruneWaitingWarning");
    assert_eq!(said.len(), 1, "{:#}", world.app("vic")["status"]);
    assert!(said[0].contains("/c1 is not pruned yet: new may want it"), "{said:?}");
    let before = world.log.len();
    world.run(3_000);
    assert_eq!(world.conditions("vic", "PruneWaitingWarning"), said);
    assert!(world.log.len() <= before + 1, "{:#?}", &world.log[before..]);
    world.remove(&key("Application", HOME, "new"));
    world.run(60);
    assert!(!world.has("ConfigMap", SHOP, "c1"));
    assert!(world.conditions("vic", "PruneWaitingWarning").is_empty());
}

#[test]
fn a_kustomization_says_for_whom_its_prune_waits() {
    let mut world = World::new();
    world.push("fl/all.yaml", &config_maps(0..2));
    world.kustomization("fl");
    world.run(60);
    claimant(&mut world);
    world.push("fl/all.yaml", &config_maps(0..1));
    world.run(60);
    assert!(world.has("ConfigMap", SHOP, "c1"));
    let status = &world.get("Kustomization", HOME, "fl")["status"];
    let conditions = status["conditions"].as_array().expect("conditions");
    let said = conditions.iter().find(|one| one["type"] == "PruneWaiting").expect("it is said");
    assert_eq!(said["status"], "True");
    assert!(said["message"].as_str().expect("a text").contains("new may want it"), "{said}");
}

#[test]
fn of_several_that_take_over_an_object_at_once_one_does() {
    for former in [None, Some("former:/ConfigMap:shop/c0")] {
        let mut world = World::new();
        let mut object = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "c0", "namespace": SHOP}, "data": {"a": "somebody's"},
        });
        if let Some(mark) = former {
            object["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = mark.into();
        }
        world.put(object);
        world.waiting = Some(std::collections::VecDeque::new());
        for name in ["a", "b", "c"] {
            world.push(&format!("{name}/all.yaml"), &config_maps(0..1));
            world.application(name, |_| {});
        }
        world.run(30);
        let takers: Vec<String> =
            world.waiting.iter().flatten().map(|task| task.app.name.to_string()).collect();
        assert!(takers.len() >= 2, "{former:?}: {takers:?}");
        world.go_on();
        world.run(600);
        let owner = format!("{}:/ConfigMap:shop/c0", takers[0]);
        let object = world.get("ConfigMap", SHOP, "c0");
        let mark = &object["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"];
        assert_eq!(*mark, owner.as_str(), "{former:?}");
    }
}

/// An application `vic` with two objects and an application `heir` with another.
fn heir() -> World {
    let mut world = victim();
    world.push("heir/all.yaml", &config_maps(5..6));
    world.application("heir", |_| {});
    world.run(60);
    world
}

/// The second object of `vic` is no longer there, and stays in the cluster; returns its incarnation.
fn moves(world: &mut World) {
    let before = world.get("ConfigMap", SHOP, "c1")["metadata"]["uid"].clone();
    world.push("vic/all.yaml", &config_maps(0..1));
    world.run(200);
    assert!(world.has("ConfigMap", SHOP, "c1"), "it was pruned: {:#?}", world.log);
    assert_eq!(world.get("ConfigMap", SHOP, "c1")["metadata"]["uid"], before);
}

/// It belongs to `heir` in the end, and was never deleted.
fn is_handed_over(world: &mut World) {
    world.run(200);
    let mark = &world.get("ConfigMap", SHOP, "c1")["metadata"]["annotations"];
    assert_eq!(mark["argocd.argoproj.io/tracking-id"], "heir:/ConfigMap:shop/c1");
    assert!(!world.log.iter().any(|line| line.contains("delete")), "{:#?}", world.log);
}

#[test]
fn an_object_that_moves_stays_where_the_new_owner_s_render_is_not_whole() {
    let mut world = heir();
    world.push("heir/all.yaml", &config_maps([1, 5]));
    world.push("heir/bad.yaml", "kind: [");
    moves(&mut world);
    world.push("heir/bad.yaml", "");
    is_handed_over(&mut world);
}

#[test]
fn an_object_that_moves_stays_where_the_new_owner_s_is_refused() {
    let mut world = heir();
    let mistyped = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c1}\ndatum: {a: b}\n";
    world.push("heir/all.yaml", &(config_maps(5..6) + mistyped));
    moves(&mut world);
    world.push("heir/all.yaml", &config_maps([1, 5]));
    is_handed_over(&mut world);
}

#[test]
fn an_object_that_moves_stays_while_the_new_owner_s_render_is_on_its_way() {
    let mut world = heir();
    world.rendered_late = Some("heir");
    world.push_quietly("heir/all.yaml", &config_maps([1, 5]));
    moves(&mut world);
    is_handed_over(&mut world);
}

#[test]
fn what_cannot_be_read_keeps_nothing_that_its_project_does_not_permit() {
    for (project, pruned) in [(json!("att"), true), (json!(7), true), (json!("default"), false)] {
        let mut world = victim();
        attacker(&mut world, |app| {
            app["spec"]["project"] = project.clone();
            app["spec"]["destination"] = json!({});
            app["status"] = json!({"resources": [
                {"version": "v1", "kind": "ConfigMap", "namespace": SHOP, "name": "c1"},
            ]});
        });
        world.run(60);
        world.push("vic/all.yaml", &config_maps(0..1));
        world.run(200);
        assert_eq!(!world.has("ConfigMap", SHOP, "c1"), pruned, "{project}");
    }
}

#[test]
fn what_a_project_permits_that_is_not_read_yet_may_be_anything() {
    let mut world = World::new();
    world.push("fl/all.yaml", &config_maps(0..2));
    world.kustomization("fl");
    world.run(60);
    claimant(&mut world);
    world.run(10);
    world.push("fl/all.yaml", &config_maps(0..1));
    world.late = Some("AppProject");
    world.restart(false);
    world.run(60);
    assert!(world.has("ConfigMap", SHOP, "c1"), "{:#?}", world.log);
}

#[test]
fn what_a_file_that_was_emptied_may_have_held_is_not_given_to_another() {
    let mut world = World::new();
    world.push("one/a.yaml", &config_maps(0..1));
    world.push("one/b.yaml", &config_maps(1..2));
    world.push("two/a.yaml", &config_maps(9..10));
    world.application("one", |_| {});
    world.application("two", |_| {});
    world.run(60);
    world.push("one/b.yaml", "");
    world.run(60);
    assert_eq!(world.conditions("one", "PruneHeldWarning").len(), 1);
    world.push("two/b.yaml", &config_maps(1..2));
    world.run(60);
    let owner = |world: &World| {
        let object = &world.objects[&key("ConfigMap", SHOP, "c1")];
        let mark = &object["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"];
        mark.as_str().unwrap().split(':').next().unwrap().to_owned()
    };
    assert_eq!(owner(&world), "one", "{:#}", world.app("two")["status"]["operationState"]);
    let message = world.app("two")["status"]["operationState"]["message"].clone();
    assert!(message.as_str().unwrap().contains("belongs to one"), "{message}");
    // The file is mended, and the other gives up: nothing has happened to the object.
    world.push("one/b.yaml", &config_maps(1..2));
    world.push("two/b.yaml", "# nothing\n");
    world.run(60);
    assert_eq!(owner(&world), "one");
    assert_eq!(world.app("one")["status"]["sync"]["status"], "Synced");
    // A file that holds nothing on purpose gives it away.
    world.push("two/b.yaml", &config_maps(1..2));
    world.push("one/b.yaml", "# moved\n");
    world.run(60);
    assert_eq!(owner(&world), "two");
}

#[test]
fn what_another_one_has_created_is_listed_no_longer() {
    let mut world = World::synced();
    // Another one wants an object now, which stays for it, and waits for a person to sync.
    world.push("two/all.yaml", &config_maps(2..3));
    world.push("one/all.yaml", &config_maps(0..2));
    world.application("two", |app| app["spec"]["syncPolicy"] = json!({}));
    world.run(200);
    world.remove(&key("ConfigMap", SHOP, "c2"));
    world.run(200);
    assert!(!world.has("ConfigMap", SHOP, "c2"));
    world.edit(&key("Application", HOME, "two"), |app| app["operation"] = json!({"sync": {}}));
    world.run(200);
    assert!(world.has("ConfigMap", SHOP, "c2"));
    let status = world.app("one")["status"].clone();
    let listed = status["resources"].as_array().expect("a list");
    assert!(listed.iter().all(|entry| entry["name"] != "c2"), "{status:#}");
    let before = world.log.len();
    world.restart(false);
    world.run(200);
    assert_eq!(world.log[before..], [""; 0]);
}
