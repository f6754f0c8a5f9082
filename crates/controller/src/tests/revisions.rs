//! A sync at another revision than the application's own, and what became of the branch.

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

/// A person's sync keeps to the commits that it began with, of all sources, when it is tried again.
#[test]
fn a_retry_of_several_sources_keeps_the_revisions_that_it_began_with() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..2));
    world.push("two/all.yaml", &config_maps(10..12));
    let old = world.commit();
    let refused = key("ConfigMap", SHOP, "c11");
    world.refused.insert(refused.clone(), "not today".to_owned());
    world.application("one", |app| {
        let source = app["spec"]["source"].take();
        let mut other = source.clone();
        other["path"] = "two".into();
        app["spec"]["sources"] = json!([source, other]);
        app["spec"]["syncPolicy"] = json!({});
        app["operation"] = json!({
            "initiatedBy": {"username": "ada"}, "sync": {},
            "retry": {"limit": 3, "backoff": {"duration": "1m", "factor": 1}},
        });
    });
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    world.push("one/all.yaml", &config_maps(0..5));
    world.push("two/all.yaml", &config_maps(10..15));
    world.refused.clear();
    world.run(100);
    let status = &world.app("one")["status"];
    assert_eq!(status["operationState"]["phase"], "Succeeded", "{status:#}");
    assert_eq!(status["operationState"]["syncResult"]["revisions"], json!([old, old]));
    assert_eq!(world.count("ConfigMap", SHOP), 4);
    // It is compared with the newest revisions again.
    assert_eq!(status["sync"]["status"], "OutOfSync");
    assert_eq!(status["sync"]["revisions"], json!([world.commit(), world.commit()]));
}

/// A Deployment in the first wave, and a ConfigMap that says this in the second.
fn two_waves(value: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  selector: \
         {{matchLabels: {{app: web}}}}\n  template: {{metadata: {{labels: {{app: web}}}}, spec: \
         {{containers: [{{name: main, image: web}}]}}}}\n---\napiVersion: v1\nkind: ConfigMap\n\
         metadata: {{name: c, annotations: {{argocd.argoproj.io/sync-wave: \"1\"}}}}\n\
         data: {{a: {value}}}\n"
    )
}

fn become_available(world: &mut World, available: u32) {
    world.edit(&key("Deployment", SHOP, "web"), |web| {
        web["status"] = json!({
            "replicas": 1, "updatedReplicas": available, "availableReplicas": available,
        });
    });
}

fn ask(world: &mut World) {
    world.edit(&key("Application", HOME, "one"), |app| {
        app["operation"] = json!({"initiatedBy": {"username": "ada"}, "sync": {}});
    });
}

/// What was applied is what the step said, whatever has been rendered since: else an object that a
/// commit changed and the next one changed back would count as changed back.
#[test]
fn a_step_of_an_older_render_is_not_taken_for_the_newest() {
    let mut world = World::new();
    world.push("one/all.yaml", &two_waves("old"));
    world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
    world.run(10);
    ask(&mut world);
    world.run(10);
    become_available(&mut world, 1);
    world.run(10);
    assert_eq!(world.app("one")["status"]["sync"]["status"], "Synced");

    become_available(&mut world, 0);
    world.push("one/all.yaml", &two_waves("new"));
    world.run(10);
    ask(&mut world);
    world.run(10);
    world.push("one/all.yaml", &two_waves("old"));
    world.run(10);
    become_available(&mut world, 1);
    world.run(10);
    assert_eq!(world.objects[&key("ConfigMap", SHOP, "c")]["data"]["a"], "new");
    let status = &world.app("one")["status"];
    assert_eq!(status["operationState"]["phase"], "Succeeded", "{status:#}");
    assert_eq!(status["sync"]["status"], "OutOfSync", "{status:#}");
}

/// A commit elsewhere renders to the same objects, and says all the same that the branch goes on (P13).
#[test]
fn the_next_commit_after_a_rewriting_lets_the_prunes_go_whatever_it_changes() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |_| {});
    world.run(10);
    world.force("one/all.yaml", &config_maps(0..2));
    world.run(10);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    assert_eq!(world.conditions("one", "PruneHeldWarning").len(), 1);
    world.force("README.md", "Elsewhere.\n");
    world.run(10);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    world.push("README.md", "Elsewhere again.\n");
    world.run(10);
    assert_eq!(world.count("ConfigMap", SHOP), 2);
    assert_eq!(world.conditions("one", "PruneHeldWarning"), Vec::<String>::new());
}
