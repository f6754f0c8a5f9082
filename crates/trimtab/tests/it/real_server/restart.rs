//! What a restart costs, and what an end at any moment leaves.
//!
//! `TRIMTAB_RESTART_APPLICATIONS` is how many applications are restarted with, 60 by default:
//! `TRIMTAB_RESTART_APPLICATIONS=1000 cargo nextest run -p trimtab --no-capture a_restart` prints what
//! it costs with 1,000.

mod audit;
mod large;
mod many;
mod process;

use super::support::{ARGOPROJ, Place, Repository, config_map};
use audit::Follower;
use many::Many;
use process::{PATIENCE, Process};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long it may take to end after SIGTERM.
const END_MAX: Duration = Duration::from_secs(10);
/// Objects of the application that is interrupted, in three waves.
const OBJECTS: usize = 12;
/// How often it is interrupted.
const KILLS: usize = 20;

#[test]
fn a_restart_writes_nothing_and_asks_nothing_that_can_be_compared() {
    let many = Many::synced();
    let with = many.restart();
    std::fs::remove_dir_all(many.cache()).expect("the caches may be deleted at any time");
    let without = many.restart();
    for (how, cost) in [("with the store", &with), ("without the store", &without)] {
        eprintln!("{} applications, {how}: {} dry runs", many.count(), cost.dry_runs.len());
        assert!(cost.writes.is_empty(), "{how}: {:#?}", cost.writes);
    }
    assert!(with.dry_runs.is_empty(), "{:#?}", with.dry_runs);
    assert!(without.dry_runs.is_empty(), "{:#?}", without.dry_runs);
}

#[test]
fn an_operator_that_is_killed_at_any_moment_converges_after_it() {
    let waves = Waves::new();
    let foreign = waves.foreign();
    for round in 0..KILLS {
        waves.commit(round);
        let mut follower = Follower::of(&waves.place);
        let process = Process::start(&waves.place, &waves.place.folder().join("cache"));
        // Each commit changes every object, so each round has more writes than that.
        follower.until_writes(1 + round * 3 % (OBJECTS + 2), PATIENCE);
        process.kill();
        free_lease(&waves.place);
    }
    let process = Process::start(&waves.place, &waves.place.folder().join("cache"));
    waves.until_there(KILLS - 1);
    assert_eq!(waves.foreign(), foreign, "what is not ours was left alone");
    let ours = |name: &str| name.starts_with("map-");
    for delete in waves.place.deletes() {
        assert!(delete.resource == "configmaps" && ours(&delete.name), "{delete}");
    }
    // All that was ever applied is known: what leaves Git goes.
    for number in 2..OBJECTS {
        waves.env.remove(&format!("app/{number}.yaml"));
    }
    waves.env.push();
    waves.until_maps(&(0..2).map(|number| map_name(number, KILLS - 1)).collect());
    assert_eq!(waves.foreign(), foreign);
    drop(process);
}

#[test]
fn sigterm_ends_in_time_with_nothing_half_done() {
    let waves = Waves::new();
    let cache = waves.place.folder().join("cache");
    for round in 0..3 {
        waves.commit(round);
        let mut follower = Follower::of(&waves.place);
        let process = Process::start(&waves.place, &cache);
        follower.until_writes(2 + 4 * round, PATIENCE);
        let (status, took, log) = process.terminate();
        assert!(status.success() && took < END_MAX, "{status} after {took:?}\n{log}");
        assert!(log.contains("ending") && !log.contains("no answer yet"), "{log}");
        assert_eq!(waves.lease()["spec"]["holderIdentity"], Value::Null, "given back\n{log}");
        // Every write that the server has begun has its answer.
        let writes = waves.place.writes();
        let is_whole = |code: u16| (200..300).contains(&code) || code == 409;
        assert!(writes.iter().all(|write| is_whole(write.code)), "{writes:#?}");
    }
    let _process = Process::start(&waves.place, &cache);
    waves.until_there(2);
}

#[test]
fn a_second_operator_waits_and_takes_over() {
    let waves = Waves::new();
    let cache = waves.place.folder().join("cache");
    waves.commit(0);
    let mut first = Process::start(&waves.place, &cache);
    first.until_said("holding the Lease");
    first.until_said("keeping caches");
    let mut second = Process::start(&waves.place, &cache);
    second.until_said("waiting for the Lease");
    second.until_said("another process uses this cache");
    waves.until_there(0);
    waves.commit(1);
    waves.until_there(1);
    assert!(!second.has_said("holding the Lease"), "{}", second.log());
    let (status, took, log) = first.terminate();
    assert!(status.success() && took < END_MAX, "{status} after {took:?}\n{log}");
    second.until_said("holding the Lease");
    waves.commit(2);
    waves.until_there(2);
    // One that had no time to give it back is waited for.
    let mut third = Process::start(&waves.place, &cache);
    third.until_said("waiting for the Lease");
    second.kill();
    third.until_said("holding the Lease");
    waves.commit(3);
    waves.until_there(3);
}

/// An application of ConfigMaps in three waves, each commit of which changes all of them, takes one away
/// and brings one.
struct Waves {
    place: Place,
    env: Repository,
}

impl Waves {
    fn new() -> Self {
        let place = Place::new();
        let env = Repository::new(place.folder(), "env");
        env.write("app/README.md", "Maps.\n").push();
        for name in ["foreign", "kube"] {
            let body = json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": name, "labels": {"kept": "true"}}, "data": {"value": "kept"},
            });
            place.create("v1", "configmaps", &body);
        }
        place.application("shop", &env.file_url(), "app");
        Self { place, env }
    }

    fn commit(&self, round: usize) {
        for number in 0..OBJECTS {
            let name = map_name(number, round);
            let wave = format!(
                "metadata:\n  annotations: {{argocd.argoproj.io/sync-wave: \"{}\"}}\n",
                number % 3
            );
            let map = config_map(&name, &format!("round-{round}"));
            self.env.write(&format!("app/{number}.yaml"), map.replacen("metadata:\n", &wave, 1));
        }
        self.env.push();
    }

    fn until_there(&self, round: usize) {
        self.until_maps(&names_of(round));
        let value = format!("round-{round}");
        for number in 0..OBJECTS {
            self.place.until_value(&map_name(number, round), &value);
        }
        let commit = self.env.git(&["rev-parse", "HEAD"]);
        let applications = self.place.at(ARGOPROJ, "applications");
        self.place.until(&applications, &self.place.app("shop"), "synced at the commit", |app| {
            let status = &app["status"];
            let names = |resource: &Value| resource["name"].as_str().map(str::to_owned);
            let resources = status["resources"].as_array().into_iter().flatten();
            status["sync"]["status"] == "Synced"
                && status["sync"]["revision"] == *commit
                && status["operationState"]["phase"] == "Succeeded"
                && resources.filter_map(names).collect::<BTreeSet<_>>() == names_of(round)
        });
    }

    /// Waits until exactly these maps of the application are there.
    fn until_maps(&self, names: &BTreeSet<String>) {
        let maps = self.place.at("v1", "configmaps");
        let there = || -> BTreeSet<String> {
            let list = self.place.admin.read(&maps).expect("a list");
            let items = list["items"].as_array().expect("items").iter();
            let names = items.filter_map(|map| map["metadata"]["name"].as_str());
            names.filter(|name| name.starts_with("map-")).map(str::to_owned).collect()
        };
        for name in names {
            self.place.until(&maps, name, &format!("{name} is there"), |_| true);
        }
        for name in there().difference(names) {
            self.place.until_gone(&maps, name);
        }
        assert_eq!(there(), *names);
    }

    /// What is in the place and is not ours, as it is now.
    fn foreign(&self) -> Value {
        let maps = self.place.at("v1", "configmaps");
        let list = self.place.admin.read(&format!("{maps}?labelSelector=kept%3Dtrue"));
        list.expect("a list")["items"].clone()
    }

    fn lease(&self) -> Value {
        self.place.read(&self.place.at("coordination.k8s.io/v1", "leases"), "trimtab").expect("one")
    }
}

/// The holder is known to be dead: nobody has to wait until its time is over.
fn free_lease(place: &Place) {
    let leases = place.at("coordination.k8s.io/v1", "leases");
    // One that was killed early had none.
    if place.read(&leases, "trimtab").is_some() {
        place.admin.delete(&format!("{leases}/trimtab")).expect("deleted");
    }
}

/// The object of a file changes its name every four rounds, each at another round.
fn map_name(number: usize, round: usize) -> String {
    if number % 4 == round % 4 { format!("map-{number}-{round}") } else { format!("map-{number}") }
}

/// All that a commit has.
fn names_of(round: usize) -> BTreeSet<String> {
    (0..OBJECTS).map(|number| map_name(number, round)).collect()
}
