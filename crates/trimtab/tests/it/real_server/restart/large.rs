//! One application of many objects, whose inventory stands in objects of its own.

use super::audit::Follower;
use super::free_lease;
use super::process::{PATIENCE, Process};
use crate::real_server::support::{ARGOPROJ, Place, Repository, config_map};
use serde_json::Value;
use std::collections::BTreeSet;
use trimtab_testkit::control_plane::Request;

/// What holds the parts of inventories.
const TRIMTAB: &str = "trimtab.dev/v1alpha1";
/// How many objects it has.
const OBJECTS: usize = 1_000;
/// How many of them leave Git.
const REMOVED: usize = 100;
/// After how many writes of the first sync the operator is killed.
const KILLED_AFTER: usize = 300;

#[test]
fn a_thousand_objects_outlast_a_kill_and_a_restart_and_lose_only_what_git_loses() {
    let place = Place::new();
    let env = Repository::new(place.folder(), "env");
    for number in 0..OBJECTS {
        env.write(&file(number), config_map(&name(number), "first"));
    }
    env.push();
    place.application("large", &env.file_url(), "app");
    let cache = place.folder().join("cache");
    let mut follower = Follower::of(&place);
    let process = Process::start(&place, &cache);
    follower.until_writes(KILLED_AFTER, PATIENCE);
    process.kill();
    free_lease(&place);
    let process = Process::start(&place, &cache);
    place.until_synced("large");
    assert_eq!(maps(&place), names(0..OBJECTS));
    let size = application(&place).to_string().len();
    assert!(size < 100_000, "the Application has {size} bytes");
    assert!(parts(&place).iter().all(|entries| (1..=1_000).contains(entries)));
    assert_eq!(parts(&place).iter().sum::<usize>(), OBJECTS);

    for number in 0..REMOVED {
        env.remove(&file(number));
    }
    env.push();
    let applications = place.at(ARGOPROJ, "applications");
    let commit = env.git(&["rev-parse", "HEAD"]);
    place.until(&applications, &place.app("large"), "synced at the commit", |app| {
        app["status"]["operationState"]["syncResult"]["revision"] == *commit
            && app["status"]["operationState"]["phase"] == "Succeeded"
            && app["status"]["sync"]["status"] == "Synced"
    });
    assert_eq!(maps(&place), names(REMOVED..OBJECTS));
    assert_eq!(parts(&place).iter().sum::<usize>(), OBJECTS - REMOVED);
    let is_map = |delete: &&Request| delete.resource == "configmaps";
    let deleted: Vec<String> =
        place.deletes().iter().filter(is_map).map(|delete| delete.name.clone()).collect();
    assert_eq!(deleted.len(), REMOVED, "each once");
    assert_eq!(deleted.into_iter().collect::<BTreeSet<_>>(), names(0..REMOVED));

    let (status, _, log) = process.terminate();
    assert!(status.success(), "{status}\n{log}");
    let before = place.server.audit_of(&place.user).expect("an audit log").len();
    let mut process = Process::start(&place, &cache);
    process.until_settled(1);
    env.write(&file(REMOVED), config_map(&name(REMOVED), "second")).push();
    place.until_value(&name(REMOVED), "second");
    let after = place.server.audit_of(&place.user).expect("an audit log").split_off(before);
    let is_other = |request: &&Request| {
        let is_own = matches!(&*request.resource, "applications" | "inventories" | "events");
        request.name != name(REMOVED) && !is_own && (request.is_write() || request.dry_run)
    };
    let others: Vec<&Request> = after.iter().filter(is_other).collect();
    assert!(others.is_empty(), "{others:#?}");
}

fn file(number: usize) -> String {
    format!("app/{number:04}.yaml")
}

fn name(number: usize) -> String {
    format!("map-{number:04}")
}

fn names(numbers: std::ops::Range<usize>) -> BTreeSet<String> {
    numbers.map(name).collect()
}

/// The application's objects that are there.
fn maps(place: &Place) -> BTreeSet<String> {
    let list = place.admin.read(&place.at("v1", "configmaps")).expect("a list");
    let items = list["items"].as_array().expect("items").iter();
    let names = items.filter_map(|map| map["metadata"]["name"].as_str());
    names.filter(|name| name.starts_with("map-")).map(str::to_owned).collect()
}

fn application(place: &Place) -> Value {
    place.read(&place.at(ARGOPROJ, "applications"), &place.app("large")).expect("it is there")
}

/// How many entries each part of the inventory has.
fn parts(place: &Place) -> Vec<usize> {
    let list = place.admin.read(&place.at(TRIMTAB, "inventories")).expect("a list");
    let items = list["items"].as_array().expect("items").iter();
    items.map(|part| part["spec"]["entries"].as_array().map_or(0, Vec::len)).collect()
}
