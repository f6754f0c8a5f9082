//! What an application costs the API server. Each line of the log is one request.

use super::fields::kustomization::of_directory;
use super::fields::objects::deployment;
use super::{World, config_maps};

/// How many lines begin so.
fn count(world: &World, begin: &str) -> usize {
    world.log.iter().filter(|line| line.starts_with(begin)).count()
}

#[test]
fn a_new_application_costs_two_status_writes_its_applies_and_one_event() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..4));
    world.application("one", |_| {});
    world.run(30);
    assert_eq!(world.log[0], "status Application one", "the record goes before the applies");
    let counts = ["status ", "apply ", "announce "].map(|begin| count(&world, begin));
    assert_eq!((counts, world.log.len()), ([2, 4, 1], 7), "{:#?}", world.log);
    world.log.clear();
    world.run(20_000);
    assert_eq!(world.log, [""; 0], "at rest nothing is written");
}

#[test]
fn a_change_of_health_costs_one_more_status_write() {
    let mut world = World::new();
    world.push("one/all.yaml", &deployment("web", None));
    world.application("one", |_| {});
    world.run(30);
    assert_eq!((count(&world, "status "), world.log.len()), (2, 4), "{:#?}", world.log);
    world.log.clear();
    world.heal("web");
    world.run(30);
    assert_eq!(world.log, ["status Application one"]);
}

#[test]
fn a_new_kustomization_costs_one_more_its_finalizer() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..4));
    of_directory(&mut world, |_| {});
    let counts = ["finalizer ", "status Kustomization", "apply ", "announce "];
    let counts = counts.map(|begin| count(&world, begin));
    assert_eq!(counts, [1, 2, 4, 1], "{:#?}", world.log);
    world.log.clear();
    world.run(500);
    assert_eq!(world.log, [""; 0], "at rest nothing is written");
}

#[test]
fn an_hour_without_a_server_costs_few_discoveries() {
    let mut world = World::new();
    world.away = true;
    world.run(3_600);
    assert!((100..130).contains(&world.discoveries.len()), "{:?}", world.discoveries);
    assert_eq!(world.discoveries[..4], [0, 5, 15, 35]);
    world.away = false;
    world.run(30);
    world.push("one/all.yaml", &config_maps(0..4));
    world.application("one", |_| {});
    world.run(30);
    assert_eq!(count(&world, "apply "), 4);
}

#[test]
fn what_is_absent_is_never_dry_run() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..4));
    world.application("one", |_| {});
    world.run(30);
    assert_eq!(count(&world, "dry-run"), 0);
}
