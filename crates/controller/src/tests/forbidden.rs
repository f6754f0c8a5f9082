//! Repositories that a project does not permit: nobody asks them, and nothing of them is shown.

use super::world::{HOME, SHOP, URL, key};
use super::{World, config_maps};
use serde_json::json;

fn permit(world: &mut World, url: &str) {
    world.edit(&key("AppProject", HOME, "default"), |project| {
        project["spec"]["sourceRepos"] = json!([url]);
    });
}

const OTHERS: &str = "https://example.org/others/*";

#[test]
fn a_forbidden_repository_is_neither_asked_nor_shown() {
    for late in [None, Some("AppProject"), Some("Application")] {
        let mut world = World::new();
        world.late = late;
        world.push("one/all.yaml", &config_maps(0..3));
        world.push("one/broken.yaml", "kind: [canary");
        permit(&mut world, OTHERS);
        world.application("one", |_| {});
        world.run(300);
        assert!(world.looks.is_empty(), "{late:?} {:?}", world.looks);
        let status = &world.app("one")["status"];
        assert!(status["resources"].is_null(), "{status:#}");
        assert_eq!(status["sync"]["status"], "Unknown");
        assert_eq!(status["sync"]["revision"], "main", "as it is written");
        let conditions = status["conditions"].as_array().expect("a condition");
        assert_eq!(conditions.len(), 1, "{conditions:#?}");
        assert_eq!(conditions[0]["type"], "InvalidSpecError");
        assert_eq!(world.count("ConfigMap", SHOP), 0);
        permit(&mut world, URL);
        world.push("one/broken.yaml", "");
        world.run(30);
        assert_eq!(world.count("ConfigMap", SHOP), 3);
    }
}

#[test]
fn a_repository_that_is_forbidden_later_is_left_alone_and_so_is_what_came_of_it() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |_| {});
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    permit(&mut world, OTHERS);
    world.push("one/all.yaml", &config_maps(0..2));
    world.run(30);
    let looks = world.looks.len();
    world.push("one/all.yaml", &config_maps(0..1));
    world.run(300);
    assert_eq!(world.looks.len(), looks);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    let status = &world.app("one")["status"];
    assert_eq!(status["sync"]["revision"], "main", "{status:#}");
    let kept = status["resources"].as_array().map_or(0, Vec::len);
    assert_eq!(kept, 3, "what it has applied stays written down: {status:#}");
    permit(&mut world, URL);
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 1);
}

#[test]
fn a_refresh_of_one_who_may_not_read_a_repository_asks_nobody() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.put(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
        "metadata": {"name": "locked", "namespace": HOME}, "spec": {},
    }));
    world.application("one", |_| {});
    world.application("two", |app| app["spec"]["project"] = "locked".into());
    world.run(10);
    let looks = world.looks.len();
    world.edit(&key("Application", HOME, "two"), |app| {
        app["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = "normal".into();
    });
    world.run(10);
    assert_eq!(world.looks.len(), looks);
    let annotations = &world.app("two")["metadata"]["annotations"];
    assert!(annotations.get("argocd.argoproj.io/refresh").is_none(), "it is answered");
}

#[test]
fn who_does_not_lead_follows_what_is_permitted_and_nothing_else() {
    for (url, follows) in [(URL, true), (OTHERS, false)] {
        let mut world = World::new();
        world.lead(false);
        world.late = Some("AppProject");
        permit(&mut world, url);
        world.push("one/all.yaml", &config_maps(0..3));
        world.application("one", |_| {});
        world.run(30);
        assert_eq!(!world.looks.is_empty(), follows, "{url}");
        permit(&mut world, OTHERS);
        world.run(10);
        let looks = world.looks.len();
        world.push("one/all.yaml", &config_maps(0..2));
        world.run(600);
        assert_eq!(world.looks.len(), looks, "{url}");
        assert_eq!(world.log, [""; 0]);
    }
}
