//! `spec` of a `GitRepository`, and what its metadata asks for.

use super::kustomization::of_source;
use super::objects::map;
use super::{prove, prove_instead};
use crate::tests::world::{HOME, URL, World, key};
use serde_json::{Value, json};
use std::time::Duration;

const KIND: &str = "GitRepository";

/// A source with these fields, and a Kustomization of it.
fn source(world: &mut World, change: &Value) {
    of_source(world, |spec| trimtab_crd::patch::apply(spec, change));
    world.run(30);
}

fn edit(world: &mut World, change: impl FnOnce(&mut Value)) {
    world.edit(&key(KIND, HOME, "env"), |object| change(&mut object["spec"]));
}

fn status(world: &World) -> &Value {
    &world.objects[&key(KIND, HOME, "env")]["status"]
}

fn ready(world: &World) -> (String, String, String) {
    let conditions = status(world)["conditions"].as_array().expect("conditions");
    let found = conditions.iter().find(|condition| condition["type"] == "Ready").expect("Ready");
    let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    (text("status"), text("reason"), text("message"))
}

#[test]
fn the_repository_is_the_one_that_is_named() {
    prove_instead(KIND, "spec.url", json!(URL), |world| {
        world.push("one/all.yaml", &map("a"));
        source(world, &json!({"url": "https://example.org/other.git"}));
        let (status, _, message) = ready(world);
        assert_eq!(status, "False");
        assert!(message.contains("https://example.org/other.git"), "{message}");
    });
}

#[test]
fn it_is_looked_at_with_its_interval_and_no_more_often() {
    prove_instead(KIND, "spec.interval", json!("10m"), |world| {
        world.push("one/all.yaml", &map("a"));
        source(world, &json!({"interval": "1h"}));
        world.looks.clear();
        world.push_quietly("one/all.yaml", &map("b"));
        world.run(3_400);
        assert_eq!(world.looks, []);
        assert!(!world.has_map("b"));
        world.run(300);
        assert!(world.has_map("b"));
        assert_eq!(world.looks.len(), 1);
    });
}

#[test]
fn an_application_of_the_same_repository_keeps_its_own_pace() {
    let mut world = World::new();
    world.push("one/all.yaml", &map("a"));
    source(&mut world, &json!({"interval": "1h"}));
    world.push("two/all.yaml", &map("b"));
    world.application("two", |_| {});
    world.run(30);
    world.push_quietly("two/all.yaml", &map("c"));
    world.run(130);
    assert!(world.has_map("c"));
}

#[test]
fn a_request_to_the_remote_takes_no_longer_than_it_says() {
    prove(KIND, &["spec.timeout"], |world| {
        world.push("one/all.yaml", &map("a"));
        source(world, &json!({"timeout": "7s"}));
        world.run(700);
        let last = world.looks.last().expect("a look");
        assert_eq!(last.1, Some(Duration::from_secs(7)));
    });
}

#[test]
fn a_branch_a_tag_a_ref_and_a_commit_are_kept_to() {
    let kept = |world: &mut World, (full, wanted): (&str, &Value)| {
        world.push("one/all.yaml", &map("a"));
        world.name(full);
        world.push("one/all.yaml", &map("b"));
        let mut wanted = wanted.clone();
        if wanted.get("commit").is_some() {
            wanted["commit"] = "02".repeat(20).into();
        }
        source(world, &json!({"ref": wanted}));
        assert!(world.has_map("a") && !world.has_map("b"));
    };
    prove(KIND, &["spec.ref.branch"], |world| {
        kept(world, ("refs/heads/next", &json!({"branch": "next"})));
    });
    prove(KIND, &["spec.ref.tag"], |world| kept(world, ("refs/tags/v1", &json!({"tag": "v1"}))));
    prove(KIND, &["spec.ref.name"], |world| {
        kept(world, ("refs/pull/4/head", &json!({"name": "refs/pull/4/head"})));
    });
    prove(KIND, &["spec.ref.commit"], |world| {
        kept(world, ("refs/heads/old", &json!({"commit": "02"})));
    });
}

#[test]
fn the_most_specific_ref_counts() {
    let mut world = World::new();
    world.push("one/all.yaml", &map("a"));
    let commit = world.commit();
    world.push("one/all.yaml", &map("b"));
    world.name("refs/tags/v1");
    source(&mut world, &json!({"ref": {"branch": "main", "tag": "v1", "commit": commit}}));
    assert_eq!(status(&world)["artifact"]["revision"], format!("main@sha1:{commit}"));
    assert!(world.has_map("a"));
}

#[test]
fn its_secret_opens_the_repository() {
    prove(KIND, &["spec.secretRef.name"], |world| {
        world.credential = Some(format!("{HOME}/key"));
        world.push("one/all.yaml", &map("a"));
        source(world, &json!({"secretRef": {"name": "key"}}));
        assert!(world.has_map("a"));
        assert_eq!(ready(world).0, "True");
    });
}

#[test]
fn a_suspended_one_is_not_looked_at_and_its_users_keep_what_it_had() {
    prove(KIND, &["spec.suspend"], |world| {
        world.push("one/all.yaml", &map("a"));
        source(world, &json!({}));
        edit(world, |spec| spec["suspend"] = true.into());
        world.run(30);
        let had = status(world)["artifact"]["revision"].clone();
        world.looks.clear();
        // A push, the interval, a request, and another process: nothing moves it.
        world.push("one/all.yaml", &map("b"));
        world.run(1_300);
        world.edit(&key(KIND, HOME, "env"), |object| {
            object["metadata"]["annotations"] = json!({"reconcile.fluxcd.io/requestedAt": "1"});
        });
        world.run(60);
        assert_eq!(world.looks, []);
        assert_eq!(status(world)["lastHandledReconcileAt"], "1");
        world.restart(false);
        world.run(60);
        world.edit(&key("Kustomization", HOME, "one"), |object| {
            object["spec"]["commonMetadata"] = json!({"labels": {"x": "y"}});
        });
        world.run(60);
        assert!(world.has_map("a") && !world.has_map("b"));
        assert_eq!(status(world)["artifact"]["revision"], had);
        let applied = &world.objects[&key("Kustomization", HOME, "one")]["status"];
        assert_eq!(applied["lastAppliedRevision"], had);
        // Until a person lets it go on.
        edit(world, |spec| spec["suspend"] = false.into());
        world.run(60);
        assert!(world.has_map("b") && !world.has_map("a"));
    });
}

#[test]
fn a_suspended_one_is_not_looked_at_because_others_are() {
    let mut world = World::new();
    world.push("one/all.yaml", &map("a"));
    source(&mut world, &json!({}));
    edit(&mut world, |spec| spec["suspend"] = true.into());
    world.push("two/all.yaml", &map("b"));
    world.application("two", |_| {});
    world.run(30);
    assert!(world.has_map("b"));
    world.push("one/all.yaml", &map("c"));
    world.run(300);
    assert!(world.has_map("a") && !world.has_map("c"));
}

#[test]
fn a_suspended_one_that_never_had_anything_is_said_to_its_users() {
    let mut world = World::new();
    world.push("one/all.yaml", &map("a"));
    source(&mut world, &json!({"suspend": true}));
    assert!(!world.has_map("a"));
    let told = world.told("Ready").expect("it is told");
    assert_eq!((told.0, told.1), ("False", "ArtifactFailed"));
    assert!(told.2.starts_with("Source artifact not found"), "{told:?}");
}

#[test]
fn a_request_is_answered_by_a_look() {
    prove(KIND, &["metadata.annotations.reconcile.fluxcd.io/requestedAt"], |world| {
        world.push("one/all.yaml", &map("a"));
        source(world, &json!({}));
        world.push_quietly("one/all.yaml", &map("b"));
        world.edit(&key(KIND, HOME, "env"), |object| {
            object["metadata"]["annotations"] = json!({"reconcile.fluxcd.io/requestedAt": "1"});
        });
        world.run(10);
        assert!(world.has_map("b"));
        assert_eq!(status(world)["lastHandledReconcileAt"], "1");
    });
}

#[test]
fn what_restrains_the_source_restrains_its_users() {
    let mut world = World::new();
    world.push("one/all.yaml", &map("a"));
    source(&mut world, &json!({"ignore": "/two"}));
    assert!(!world.has_map("a"));
    world.push("one/all.yaml", &map("b"));
    world.run(60);
    assert!(!world.has_map("b"));
    assert_eq!(ready(&world).1, "NotSupported");
    let told = world.told("Stalled").expect("it is told");
    assert!(told.2.contains("GitRepository: spec.ignore"), "{told:?}");
}

#[test]
fn a_status_that_the_server_refuses_is_written_ever_more_seldom() {
    let mut world = World::new();
    world.push("one/all.yaml", &map("a"));
    world.refused.insert(key(KIND, HOME, "env"), "the request is too large".to_owned());
    source(&mut world, &json!({}));
    world.run(1_000);
    let times = world.when("status GitRepository env");
    let pauses: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 300], "{times:?}");
    world.log.clear();
    world.times.clear();
    edit(&mut world, |spec| spec["timeout"] = "50s".into());
    world.run(1);
    assert_eq!(world.verbs(), ["status GitRepository"], "a person has changed something");
    world.refused.clear();
    world.run(300);
    assert_eq!(ready(&world).0, "True");
}

#[test]
fn no_interval_is_shorter_than_its_bound() {
    let mut world = World::new();
    world.push("one/all.yaml", &map("a"));
    source(&mut world, &json!({"interval": "1ms"}));
    world.looks.clear();
    world.run(60);
    assert_eq!(world.looks.len(), 12);
}
