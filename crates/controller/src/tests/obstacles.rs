//! What stands in the way of a resource is told once: as an event, and as a line of the log.

use super::listener::{Listener, heard};
use super::world::{HOME, SHOP, key};
use super::{World, config_maps};
use serde_json::json;

const BROKEN: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [\n";

/// The two families, each with one of three ConfigMaps that is synced.
fn synced() -> [(&'static str, World); 2] {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.kustomization("one");
    world.run(30);
    [("Application", World::synced()), ("Kustomization", world)]
}

/// The warnings that people get while the world goes on: of events, and of the log.
fn told(world: &mut World, seconds: i64) -> (Vec<String>, Vec<String>) {
    let ended = ["announce OperationCompleted", "announce ReconciliationSucceeded"];
    world.log.clear();
    let listener = Listener::default();
    heard(listener.clone(), || world.run(seconds));
    let news = |line: &&String| {
        line.starts_with("announce ") && !ended.iter().any(|end| line.starts_with(end))
    };
    let lines = listener.take().into_iter().filter(|line| line.starts_with("held up "));
    (world.log.iter().filter(news).cloned().collect(), lines.collect())
}

/// The one event, for which there is one line of the log.
fn told_once(world: &mut World, seconds: i64) -> String {
    let (events, lines) = told(world, seconds);
    assert_eq!((events.len(), lines.len()), (1, 1), "{events:#?} {lines:#?}");
    let (reason, why) = events[0]["announce ".len()..].split_once(": ").expect("a reason");
    for part in [format!("reason={reason:?}"), format!("why={why:?}"), "argocd/one".to_owned()] {
        assert!(lines[0].contains(&part), "{part}: {lines:?}");
    }
    events[0].clone()
}

fn nothing_told(world: &mut World, seconds: i64) {
    assert_eq!(told(world, seconds), (Vec::new(), Vec::new()));
}

#[test]
fn a_broken_file_is_told_once_and_again_when_it_is_broken_otherwise() {
    for (family, mut world) in synced() {
        let reason = if family == "Application" { "ComparisonError" } else { "BuildFailed" };
        let begin = format!("announce {reason}: one/all.yaml:4:");
        world.push("one/all.yaml", BROKEN);
        let event = told_once(&mut world, 60);
        assert!(event.starts_with(&begin), "{event}");
        nothing_told(&mut world, 8_000);
        world.push("elsewhere.yaml", "");
        nothing_told(&mut world, 60);
        world.restart(false);
        nothing_told(&mut world, 8_000);
        world.push("one/all.yaml", &format!("{}---\n{BROKEN}", config_maps(0..3)));
        let event = told_once(&mut world, 60);
        assert!(!event.starts_with(&begin), "{event}");
        world.push("one/all.yaml", &config_maps(0..3));
        nothing_told(&mut world, 60);
        world.push("one/all.yaml", BROKEN);
        assert!(told_once(&mut world, 60).starts_with(&begin), "it is news again");
    }
}

#[test]
fn many_mistakes_are_one_event_that_counts_them() {
    let mut world = World::synced();
    world.push_quietly("one/b.yaml", BROKEN);
    world.push_quietly("one/c.yaml", BROKEN);
    world.push("one/d.yaml", BROKEN);
    let event = told_once(&mut world, 60);
    assert!(event.starts_with("announce ComparisonError: one/b.yaml:4:"), "{event}");
    assert!(event.ends_with("; and 2 more"), "{event}");
}

#[test]
fn a_repository_that_cannot_be_read_is_told_of_who_reads_it() {
    for (family, mut world) in synced() {
        world.credential = Some("another".to_owned());
        let (events, lines) = told(&mut world, 4_000);
        let why = "https://example.org/env.git asks for a credential";
        let expected = match family {
            "Application" => vec![format!("announce ComparisonError: {why}")],
            _ => vec![
                format!("announce AuthenticationFailed: {why}"),
                format!("announce ArtifactFailed: {why}"),
            ],
        };
        assert_eq!((&events, lines.len()), (&expected, expected.len()), "{lines:#?}");
        world.restart(false);
        nothing_told(&mut world, 4_000);
    }
}

#[test]
fn held_prunes_are_told() {
    for (family, mut world) in synced() {
        world.force("one/all.yaml", &config_maps(1..4));
        let begin = match family {
            "Application" => "announce PruneHeldWarning: the branch was rewritten",
            _ => "announce PruneHeld: the branch was rewritten",
        };
        let event = told_once(&mut world, 60);
        assert!(event.starts_with(begin), "{event}");
        assert!(world.has("ConfigMap", SHOP, "c0") && world.has("ConfigMap", SHOP, "c3"));
        world.restart(false);
        nothing_told(&mut world, 8_000);
        assert!(world.has("ConfigMap", SHOP, "c0"));
    }
}

#[test]
fn what_may_not_be_written_or_cannot_be_read_is_told() {
    type Change = fn(&mut serde_json::Value);
    let cases: [(&str, usize, Change); 5] = [
        ("NotSupportedError", 0, |app| {
            app["spec"]["syncPolicy"]["syncOptions"] = json!(["RespectIgnoreDifferences=true"]);
        }),
        ("InvalidSpecError", 0, |app| app["spec"]["project"] = "nowhere".into()),
        ("InvalidSpecError", 0, |app| app["spec"]["destination"] = json!({"name": 7})),
        ("NotSupportedError", 1, |app| app["spec"]["serviceAccountName"] = "deployer".into()),
        ("InvalidSpec", 1, |app| app["spec"]["interval"] = "often".into()),
    ];
    for (reason, which, change) in cases {
        let (family, mut world) = synced().into_iter().nth(which).expect("two families");
        world.edit(&key(family, HOME, "one"), change);
        let event = told_once(&mut world, 60);
        assert!(event.starts_with(&format!("announce {reason}: ")), "{event}");
        nothing_told(&mut world, 8_000);
        world.restart(false);
        nothing_told(&mut world, 8_000);
    }
}

#[test]
fn what_a_status_cannot_be_made_to_say_is_told_once_all_the_same() {
    for (family, mut world) in synced() {
        let one = key(family, HOME, "one");
        world.refused.insert(one.clone(), "not today".to_owned());
        world.push("one/all.yaml", BROKEN);
        told_once(&mut world, 2_000);
        let tries = world.log.iter().filter(|line| line.starts_with("status ")).count();
        assert!(tries > 3, "{:#?}", world.log);
        world.refused.remove(&one);
        nothing_told(&mut world, 2_000);
    }
}

#[test]
fn what_a_sync_says_when_it_ends_is_not_told_twice() {
    for (_, mut world) in synced() {
        world.refused.insert(key("ConfigMap", SHOP, "c3"), "not today".to_owned());
        world.push("one/all.yaml", &config_maps(0..4));
        let (events, lines) = told(&mut world, 1_000);
        assert_eq!(lines, [""; 0]);
        let others = events.iter().filter(|line| !line.contains("ReconciliationFailed"));
        assert_eq!(others.collect::<Vec<_>>(), [""; 0]);
        world.restart(false);
        assert_eq!(told(&mut world, 1_000).1, [""; 0]);
    }
}
