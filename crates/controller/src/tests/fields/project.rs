//! `spec` of an `AppProject`.

use super::objects::{map, namespace, namespace_key};
use super::{prove, prove_instead};
use crate::tests::world::{HOME, SHOP, URL, World, key};
use serde_json::{Value, json};
use trimtab_ports::git::Ancestry;

const PROJECT: &str = "AppProject";

fn synced(world: &mut World, files: &str) {
    world.push("one/all.yaml", files);
    world.application("one", |_| {});
    world.run(30);
}

#[test]
fn only_listed_repositories_are_sources() {
    prove(PROJECT, &["spec.sourceRepos"], |world| {
        world.project(|rules| rules["sourceRepos"] = json!([URL]));
        synced(world, &map("a"));
        assert!(world.has_map("a"));
    });
    let mut world = World::new();
    world.project(|rules| rules["sourceRepos"] = json!(["https://example.org/other.git"]));
    synced(&mut world, &map("a"));
    assert!(!world.has_map("a"));
    let said = format!("application repo {URL} is not permitted in project 'default'");
    assert!(world.says("InvalidSpecError", &said));
}

#[test]
fn only_listed_destinations_are_reached() {
    prove(PROJECT, &["spec.destinations[].server", "spec.destinations[].namespace"], |world| {
        let server = "https://kubernetes.default.svc";
        world.project(|rules| {
            rules["destinations"] = json!([{"server": server, "namespace": SHOP}]);
        });
        synced(world, &map("a"));
        assert!(world.has_map("a"));
    });
    prove(PROJECT, &["spec.destinations[].name"], |world| {
        world.project(|rules| {
            rules["destinations"] = json!([{"name": "in-cluster", "namespace": "*"}]);
        });
        synced(world, &map("a"));
        assert!(world.has_map("a"));
    });
}

fn team(world: &World) -> bool {
    world.objects.contains_key(&namespace_key("team"))
}

/// A rule that would hit namespaces, were it not for one field.
fn a_namespace_but(name: &str, other: &str) -> Value {
    let mut rule = json!({"group": "", "kind": "Namespace"});
    rule[name] = other.into();
    rule
}

/// What that field would say to hit them.
fn hit(name: &str) -> Value {
    if name == "kind" { json!("Namespace") } else { json!("") }
}

#[test]
fn kinds_of_the_whole_cluster_must_be_listed() {
    let listed = |world: &mut World, rule: &Value, there: bool| {
        world.project(|rules| rules["clusterResourceWhitelist"] = json!([rule]));
        synced(world, &namespace("team"));
        assert_eq!(team(world), there, "{:#}", world.status());
        let named = world.message().contains("is not permitted in project default");
        assert_eq!(named, !there, "{:#}", world.status());
    };
    for (field, name, other) in [
        ("spec.clusterResourceWhitelist[].group", "group", "apps"),
        ("spec.clusterResourceWhitelist[].kind", "kind", "Node"),
        ("spec.clusterResourceWhitelist[].name", "name", "other"),
    ] {
        let rule = a_namespace_but(name, other);
        prove_instead(PROJECT, field, hit(name), |world| listed(world, &rule, false));
    }
    listed(&mut World::new(), &json!({"group": "", "kind": "Namespace", "name": "te*"}), true);
}

#[test]
fn denied_kinds_of_the_whole_cluster_are_denied() {
    let denied = |world: &mut World, rule: &Value, there: bool| {
        world.project(|rules| rules["clusterResourceBlacklist"] = json!([rule]));
        synced(world, &namespace("team"));
        assert_eq!(team(world), there);
    };
    for (field, name, other) in [
        ("spec.clusterResourceBlacklist[].group", "group", "apps"),
        ("spec.clusterResourceBlacklist[].kind", "kind", "Node"),
        ("spec.clusterResourceBlacklist[].name", "name", "other"),
    ] {
        let rule = a_namespace_but(name, other);
        prove_instead(PROJECT, field, hit(name), |world| denied(world, &rule, true));
    }
    denied(&mut World::new(), &json!({"group": "", "kind": "Namespace"}), false);
}

#[test]
fn kinds_in_namespaces_are_listed_or_denied() {
    let ruled = |world: &mut World, (list, rule): (&str, &Value), there: bool| {
        world.project(|rules| rules[list] = json!([rule]));
        synced(world, &map("a"));
        assert_eq!(world.has_map("a"), there);
    };
    let (allow, deny) = ("namespaceResourceWhitelist", "namespaceResourceBlacklist");
    for (field, list, name, other) in [
        ("spec.namespaceResourceWhitelist[].group", allow, "group", "apps"),
        ("spec.namespaceResourceWhitelist[].kind", allow, "kind", "Secret"),
        ("spec.namespaceResourceBlacklist[].group", deny, "group", "apps"),
        ("spec.namespaceResourceBlacklist[].kind", deny, "kind", "Secret"),
    ] {
        let mut rule = json!({"group": "", "kind": "ConfigMap"});
        let hit = rule[name].clone();
        rule[name] = other.into();
        prove_instead(PROJECT, field, hit, |world| ruled(world, (list, &rule), list == deny));
    }
    let rule = json!({"group": "", "kind": "ConfigMap"});
    for list in [allow, deny] {
        ruled(&mut World::new(), (list, &rule), list == allow);
    }
}

#[test]
fn a_project_with_clusters_of_its_own_reaches_no_other() {
    prove(PROJECT, &["spec.permitOnlyProjectScopedClusters"], |world| {
        world.project(|rules| rules["permitOnlyProjectScopedClusters"] = true.into());
        synced(world, &map("a"));
        assert!(!world.has_map("a"));
    });
}

/// The application wants to sync at midnight; the window is of this kind, with these fields.
fn windowed(world: &mut World, window: &Value) {
    let mut all = json!({"kind": "deny", "schedule": "0 0 * * *", "duration": "1h"});
    trimtab_crd::patch::apply(&mut all, window);
    world.project(|rules| rules["syncWindows"] = json!([all]));
    synced(world, &map("a"));
}

#[test]
fn a_window_is_open_when_it_says_so() {
    prove_instead(PROJECT, "spec.syncWindows[].kind", json!("allow"), |world| {
        windowed(world, &json!({"applications": ["*"]}));
        assert!(!world.has_map("a"));
    });
    prove_instead(PROJECT, "spec.syncWindows[].schedule", json!("0 0 * * *"), |world| {
        windowed(world, &json!({"applications": ["*"], "schedule": "0 3 * * *"}));
        assert!(world.has_map("a"));
    });
    prove_instead(PROJECT, "spec.syncWindows[].duration", json!("1h"), |world| {
        windowed(world, &json!({"applications": ["*"], "duration": "10m"}));
        assert!(!world.has_map("a"));
        world.run(700);
        assert!(world.has_map("a"), "it is over");
    });
    prove(PROJECT, &["spec.syncWindows[].timeZone"], |world| {
        windowed(world, &json!({"applications": ["*"], "timeZone": "Asia/Tokyo"}));
        assert!(world.has_map("a"));
    });
}

#[test]
fn a_window_is_about_the_applications_that_it_names() {
    let about = |field: &str, patterns: &[&str]| json!({field: patterns});
    prove(PROJECT, &["spec.syncWindows[].applications"], |world| {
        windowed(world, &about("applications", &["on*"]));
        assert!(!world.has_map("a"));
    });
    prove(PROJECT, &["spec.syncWindows[].namespaces"], |world| {
        windowed(world, &about("namespaces", &[SHOP]));
        assert!(!world.has_map("a"));
    });
    prove(PROJECT, &["spec.syncWindows[].clusters"], |world| {
        windowed(world, &about("clusters", &["https://kubernetes.*"]));
        assert!(!world.has_map("a"));
    });
    prove(PROJECT, &["spec.syncWindows[].andOperator"], |world| {
        let both = json!({"applications": ["one"], "namespaces": ["other"], "andOperator": true});
        windowed(world, &both);
        assert!(world.has_map("a"));
    });
}

#[test]
fn a_cluster_is_named_in_a_window_as_the_application_names_it() {
    let mut world = World::new();
    windowed(&mut world, &json!({"clusters": ["in-cluster"]}));
    assert!(world.has_map("a"), "the application names it by its URL");
    let mut world = World::new();
    world.push("one/all.yaml", &map("a"));
    world.project(|rules| {
        rules["syncWindows"] = json!([{"kind": "deny", "schedule": "0 0 * * *",
            "duration": "1h", "clusters": ["in-cluster"]}]);
    });
    world.application("one", |app| {
        app["spec"]["destination"] = json!({"name": "in-cluster", "namespace": SHOP});
    });
    world.run(30);
    assert!(!world.has_map("a"));
}

#[test]
fn a_person_may_sync_where_the_window_permits_it() {
    let asked = |world: &mut World, manual: bool| {
        windowed(world, &json!({"applications": ["*"], "manualSync": manual}));
        world.ask(json!({"sync": {}}));
        world.run(30);
    };
    prove(PROJECT, &["spec.syncWindows[].manualSync"], |world| {
        asked(world, true);
        assert!(world.has_map("a"));
    });
    let mut world = World::new();
    asked(&mut world, false);
    assert_eq!((world.phase(), world.has_map("a")), ("Running", false));
    assert_eq!(world.message(), "Sync operation blocked by sync window");
    world.run(3_600);
    assert_eq!((world.phase(), world.has_map("a")), ("Succeeded", true));
}

#[test]
fn a_sync_that_began_in_time_goes_on_where_the_window_permits_it() {
    let began = |world: &mut World, overrun: bool| {
        world.project(|rules| {
            rules["syncWindows"] = json!([{"kind": "deny", "schedule": "1 0 * * *",
                "duration": "1h", "applications": ["*"], "syncOverrun": overrun}]);
        });
        world.refuse("a");
        world.push("one/all.yaml", &map("a"));
        world.application("one", |app| {
            let backoff = json!({"duration": "1m", "factor": 1});
            app["spec"]["syncPolicy"]["retry"] = json!({"limit": 5, "backoff": backoff});
        });
        world.run(30);
        world.refused.clear();
        world.run(120);
    };
    prove(PROJECT, &["spec.syncWindows[].syncOverrun"], |world| {
        began(world, true);
        assert!(world.has_map("a"));
    });
    let mut world = World::new();
    began(&mut world, false);
    assert!(!world.has_map("a"));
}

/// The application of three objects, of which Git has only one after its branch was rewritten.
fn rewritten(world: &mut World, of_project: &str, of_application: Option<&str>) {
    world.edit(&key(PROJECT, HOME, "default"), |project| {
        project["metadata"]["annotations"] = json!({"trimtab.dev/rewritten-branch": of_project});
    });
    world.push("one/all.yaml", &(map("a") + &map("b") + &map("c")));
    world.application("one", |app| {
        if let Some(said) = of_application {
            app["metadata"]["annotations"]["trimtab.dev/rewritten-branch"] = said.into();
        }
    });
    world.run(30);
    world.ancestry = Ancestry::Rewritten;
    world.push("one/all.yaml", &map("a"));
    world.run(30);
}

#[test]
fn a_rewritten_branch_is_followed_where_the_project_says_so_and_the_application_does_not() {
    prove(PROJECT, &["metadata.annotations.trimtab.dev/rewritten-branch"], |world| {
        rewritten(world, "follow", None);
        assert!(!world.has_map("b") && !world.has_map("c"));
    });
    for (of_project, of_application, goes) in
        [("follow", Some("hold"), false), ("hold", Some("follow"), true), ("hold", None, false)]
    {
        let mut world = World::new();
        rewritten(&mut world, of_project, of_application);
        assert_eq!(world.has_map("b"), !goes, "{of_project} {of_application:?}");
    }
}

#[test]
fn an_annotation_of_ours_that_does_not_act_on_a_project_restrains() {
    for (name, value) in [("prune-budget", "5"), ("rewritten-branch", "what"), ("other", "x")] {
        let mut world = World::new();
        world.edit(&key(PROJECT, HOME, "default"), |project| {
            project["metadata"]["annotations"] = json!({format!("trimtab.dev/{name}"): value});
        });
        synced(&mut world, &map("a"));
        assert!(!world.has_map("a"), "{name}");
        assert!(world.says("NotSupportedError", &format!("trimtab.dev/{name}")), "{name}");
    }
}

#[test]
fn what_restrains_a_project_restrains_its_applications_and_what_is_left_out_is_said() {
    let mut world = World::new();
    world.project(|rules| rules["signatureKeys"] = json!([{"keyID": "4AEE18F83AFDEB23"}]));
    synced(&mut world, &map("a"));
    assert!(!world.has_map("a"));
    assert!(world.says("NotSupportedError", "spec.signatureKeys[0]"));
    let mut world = World::new();
    world.project(|rules| rules["orphanedResources"] = json!({"warn": true}));
    synced(&mut world, &map("a"));
    assert!(world.has_map("a"));
    assert!(world.says("NotSupportedWarning", "spec.orphanedResources"));
}

/// An application that has a newer commit when the window stops syncs.
fn due(window: &Value) -> World {
    let mut world = World::new();
    world.push("one/all.yaml", &map("a"));
    world.application("one", |_| {});
    world.run(30);
    windowed(&mut world, window);
    world.push("one/all.yaml", &(map("a") + &map("b")));
    world.run(30);
    world
}

#[test]
fn a_sync_that_waits_for_a_window_is_told_and_one_that_is_not_due_is_not() {
    let mut world = due(&json!({"applications": ["*"]}));
    assert!(!world.has_map("b"));
    let said = "Sync prevented by sync window: a sync is due and waits; the next one of project \
                default opens or closes at 2026-01-01T01:00:00Z";
    assert_eq!(world.conditions("one", "SyncWindowWarning"), [said]);
    world.run(3_600);
    assert!(world.has_map("b"));
    assert!(world.conditions("one", "SyncWindowWarning").is_empty(), "{:#}", world.status());
    let mut world = World::new();
    world.push("one/all.yaml", &map("a"));
    world.application("one", |_| {});
    world.run(30);
    windowed(&mut world, &json!({"applications": ["*"]}));
    world.run(30);
    assert!(world.conditions("one", "SyncWindowWarning").is_empty(), "nothing is due");
}

#[test]
fn a_window_that_cannot_be_read_stops_its_applications_and_is_named() {
    for (window, named) in [
        (json!({"applications": ["*"], "schedule": "0 0 * *"}), "cannot parse schedule '0 0 * *'"),
        (json!({"applications": ["*"], "duration": "1x"}), "cannot parse duration '1x'"),
        (json!({"applications": ["on["]}), "`on[` is not a pattern"),
        (json!({"namespaces": ["sh[", "other"]}), "`sh[` is not a pattern"),
    ] {
        let mut world = due(&window);
        assert!(!world.has_map("b"), "{window}");
        assert!(world.says("SyncError", &format!("invalid sync windows: {named}")), "{window}");
        assert!(world.conditions("one", "SyncWindowWarning").is_empty(), "it is said once");
        world.ask(json!({"sync": {}}));
        world.run(7_200);
        assert!(!world.has_map("b"), "{window}");
        let said = "Sync operation blocked by sync window: invalid sync windows: ";
        assert!(world.message().starts_with(said), "{}", world.message());
    }
}

#[test]
fn a_time_zone_that_nobody_knows_is_utc_and_is_named() {
    let world = due(&json!({"applications": ["other", "one"], "timeZone": "Mars/Olympus"}));
    assert!(!world.has_map("b"), "it is midnight by UTC");
    assert!(world.says("SyncWindowWarning", "the time zone Mars/Olympus, which nobody knows"));
}

#[test]
fn a_rule_that_would_deny_and_cannot_be_read_stops_all_writes_and_is_named() {
    for (list, entry, named) in [
        ("sourceRepos", json!("!https://example.org/["), "spec.sourceRepos[1]: "),
        ("destinations", json!({"server": "*", "namespace": "!["}), "spec.destinations[1]: "),
        (
            "clusterResourceBlacklist",
            json!({"group": "[", "kind": "*"}),
            "spec.clusterResourceBlacklist[0]: ",
        ),
        (
            "namespaceResourceBlacklist",
            json!({"group": "", "kind": "["}),
            "spec.namespaceResourceBlacklist[0]: ",
        ),
    ] {
        let mut world = World::new();
        world.project(|rules| {
            let mut all = rules[list].as_array().cloned().unwrap_or_default();
            all.push(entry.clone());
            rules[list] = all.into();
        });
        synced(&mut world, &map("a"));
        assert!(!world.has_map("a"), "{list}");
        assert!(world.says("NotSupportedError", named), "{list}: {:#}", world.status());
    }
}
