//! What a change of a project costs, and whom.

use super::World;
use super::world::{HOME, SHOP, key};
use serde_json::json;

/// An application that is synced, and how often anything was looked at so far.
fn synced() -> (World, u64) {
    let mut world = World::synced();
    let looks = world.metrics.reconciles.get();
    world.run(30);
    assert_eq!(world.metrics.reconciles.get(), looks);
    (world, looks)
}

#[test]
fn another_project_costs_an_application_nothing() {
    let (mut world, looks) = synced();
    world.put(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
        "metadata": {"name": "other", "namespace": HOME}, "spec": {"sourceRepos": ["*"]},
    }));
    world.run(30);
    world.remove(&key("AppProject", HOME, "other"));
    world.run(30);
    assert_eq!(world.metrics.reconciles.get(), looks);
}

#[test]
fn a_project_that_says_the_same_costs_its_applications_nothing() {
    let (mut world, looks) = synced();
    world.edit(&key("AppProject", HOME, "default"), |project| {
        project["metadata"]["labels"] = json!({"team": "shop"});
    });
    world.run(30);
    assert_eq!(world.metrics.reconciles.get(), looks);
    world.edit(&key("AppProject", HOME, "default"), |project| {
        project["spec"]["destinations"] = json!([]);
    });
    world.run(30);
    assert!(world.metrics.reconciles.get() > looks);
    assert_eq!(world.conditions("one", "InvalidSpecError").len(), 1);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
}
