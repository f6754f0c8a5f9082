//! What Secrets of repositories mean to applications.

use super::World;
use super::world::{HOME, URL};
use crate::Event;
use serde_json::{Value, json};
use std::sync::Arc;
use trimtab_argoproj::Repositories;

/// A Secret of a repository, whose URL is given in Base64.
fn secret(name: &str, url: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": HOME,
            "labels": {"argocd.argoproj.io/secret-type": "repository"}},
        // git, secret
        "data": {"url": url, "username": "Z2l0", "password": "c2VjcmV0"},
    })
}

/// `https://example.org/other.git`
const OTHER: &str = "aHR0cHM6Ly9leGFtcGxlLm9yZy9vdGhlci5naXQ=";
/// [`URL`]
const OWN: &str = "aHR0cHM6Ly9leGFtcGxlLm9yZy9lbnYuZ2l0";

#[test]
fn a_secret_of_another_repository_costs_an_application_nothing() {
    let mut world = World::synced();
    let before = world.metrics.reconciles.get();
    let declare = |world: &mut World, secrets: &[Value]| {
        world.happens(Event::Repositories(Arc::new(Repositories::new(secrets, None))));
        world.run(5);
    };
    let other = secret("other", OTHER);
    declare(&mut world, std::slice::from_ref(&other));
    assert_eq!(world.metrics.reconciles.get(), before);
    // The repository asks for a credential from now on.
    world.credential = Some(format!("{HOME}/own"));
    declare(&mut world, &[other.clone(), secret("own", OWN)]);
    world.push("one/all.yaml", &super::config_maps(0..4));
    world.run(30);
    assert_eq!(world.count("ConfigMap", super::world::SHOP), 4, "{URL} is read with its Secret");
    declare(&mut world, &[other]);
    world.run(30);
    assert!(world.conditions("one", "ComparisonError")[0].contains("asks for a credential"));
}
