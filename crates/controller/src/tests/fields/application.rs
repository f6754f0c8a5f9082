//! `spec` of an Application, and what its metadata asks for.

use super::objects::{deployment, map, map_in_wave, namespace_key};
use super::{APP, prove, prove_instead};
use crate::tests::world::{HOME, SHOP, URL, World, key};
use serde_json::{Value, json};
use trimtab_ports::git::Ancestry;

#[test]
fn the_project_s_rules_hold() {
    prove(APP, &["spec.project"], |world| {
        world.put(json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": "locked", "namespace": HOME}, "spec": {},
        }));
        world.push("one/all.yaml", &map("a"));
        world.application("one", |app| app["spec"]["project"] = "locked".into());
        world.run(30);
        assert!(!world.has_map("a"));
        assert!(world.says("InvalidSpecError", "is not permitted in project 'locked'"));
    });
}

#[test]
fn objects_go_into_the_destination_s_namespace() {
    prove(APP, &["spec.destination.namespace"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.application("one", |_| {});
        world.run(30);
        assert!(world.has_map("a"));
    });
}

#[test]
fn nothing_is_written_for_another_cluster() {
    let here = json!("https://kubernetes.default.svc");
    prove_instead(APP, "spec.destination.server", here, |world| {
        world.push("one/all.yaml", &map("a"));
        world.application("one", |app| {
            app["spec"]["destination"]["server"] = "https://elsewhere".into();
        });
        world.run(30);
        assert!(!world.has_map("a"));
        assert!(world.says("NotSupportedError", "spec.destination.server"));
    });
    prove_instead(APP, "spec.destination.name", json!("in-cluster"), |world| {
        world.push("one/all.yaml", &map("a"));
        world.application("one", |app| {
            app["spec"]["destination"] = json!({"name": "elsewhere", "namespace": SHOP});
        });
        world.run(30);
        assert!(!world.has_map("a"));
        assert!(world.says("NotSupportedError", "spec.destination.name"));
    });
}

#[test]
fn the_repository_is_the_one_that_is_named() {
    prove_instead(APP, "spec.source.repoURL", json!(URL), |world| {
        world.push("one/all.yaml", &map("a"));
        world.application("one", |app| {
            app["spec"]["source"]["repoURL"] = "https://example.org/other.git".into();
        });
        world.run(30);
        assert!(!world.has_map("a"));
        assert!(world.says("ComparisonError", "https://example.org/other.git"));
    });
}

#[test]
fn the_path_is_the_directory() {
    prove_instead(APP, "spec.source.path", json!("."), |world| {
        world.push("one/all.yaml", &map("a"));
        world.push("two.yaml", &map("b"));
        world.application("one", |_| {});
        world.run(30);
        assert!(world.has_map("a") && !world.has_map("b"));
    });
}

#[test]
fn a_branch_a_tag_and_a_commit_are_kept_to() {
    for named in ["refs/heads/release", "refs/tags/v1", "commit"] {
        prove(APP, &["spec.source.targetRevision"], |world| {
            world.push("one/all.yaml", &map("a"));
            if named != "commit" {
                world.name(named);
            }
            let name = named.rsplit('/').next().expect("a name").to_owned();
            let revision = if named == "commit" { world.commit() } else { name };
            world.push("one/all.yaml", &map("b"));
            world.application("one", |app| {
                app["spec"]["source"]["targetRevision"] = revision.into();
            });
            world.run(30);
            assert!(world.has_map("a") && !world.has_map("b"));
            assert!(world.is_synced());
        });
    }
}

#[test]
fn several_sources_are_applied_together() {
    prove(APP, &["spec.sources"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.push("two/all.yaml", &map("b"));
        world.application("one", |app| {
            let source = app["spec"]["source"].clone();
            let mut other = source.clone();
            other["path"] = "two".into();
            app["spec"]["sources"] = json!([source, other]);
        });
        world.run(30);
        assert!(world.has_map("a") && world.has_map("b"));
    });
}

fn a_tree(world: &mut World, directory: &Value) {
    for (path, name) in [("one/a.yaml", "a"), ("one/b.yaml", "b"), ("one/deep/c.yaml", "c")] {
        world.push(path, &map(name));
    }
    world.application("one", |app| app["spec"]["source"]["directory"] = directory.clone());
    world.run(30);
}

#[test]
fn directory_options_choose_files() {
    prove(APP, &["spec.source.directory.recurse"], |world| {
        a_tree(world, &json!({"recurse": true}));
        assert!(world.has_map("a") && world.has_map("c"));
    });
    prove(APP, &["spec.source.directory.include"], |world| {
        a_tree(world, &json!({"include": "b.*"}));
        assert!(world.has_map("b") && !world.has_map("a"));
    });
    prove(APP, &["spec.source.directory.exclude"], |world| {
        a_tree(world, &json!({"exclude": "{b.*,c.*}"}));
        assert!(world.has_map("a") && !world.has_map("b"));
    });
}

#[test]
fn an_application_that_is_not_automated_waits_for_a_person() {
    prove(APP, &["spec.syncPolicy.automated.enabled"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.application("one", |app| {
            app["spec"]["syncPolicy"]["automated"]["enabled"] = false.into();
        });
        world.run(300);
        assert!(!world.has_map("a") && !world.is_synced());
        world.ask(json!({"sync": {}}));
        world.run(30);
        assert!(world.has_map("a") && world.is_synced());
    });
}

#[test]
fn what_git_no_longer_has_is_pruned_only_where_that_is_asked() {
    prove(APP, &["spec.syncPolicy.automated.prune"], |world| {
        world.push("one/all.yaml", &(map("a") + &map("b")));
        world.application("one", |_| {});
        world.run(30);
        world.push("one/all.yaml", &map("a"));
        world.run(30);
        assert!(world.has_map("a") && !world.has_map("b"));
    });
}

#[test]
fn a_drift_is_repaired_only_where_that_is_asked() {
    prove(APP, &["spec.syncPolicy.automated.selfHeal"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.application("one", |_| {});
        world.run(30);
        world.spoil("a");
        world.run(30);
        assert!(!world.is_spoilt("a"));
    });
}

#[test]
fn everything_goes_only_where_that_is_allowed() {
    prove(APP, &["spec.syncPolicy.automated.allowEmpty"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.application("one", |app| {
            app["spec"]["syncPolicy"]["automated"]["allowEmpty"] = true.into();
        });
        world.run(30);
        world.push("one/all.yaml", "# nothing\n");
        world.run(30);
        assert!(!world.has_map("a"));
    });
}

#[test]
fn options_hold_for_all_objects() {
    prove(APP, &["spec.syncPolicy.syncOptions"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.application("one", |app| {
            app["spec"]["destination"]["namespace"] = "fresh".into();
            app["spec"]["syncPolicy"]["syncOptions"] = json!(["CreateNamespace=true"]);
        });
        world.run(30);
        assert!(world.objects.contains_key(&namespace_key("fresh")));
    });
}

/// An application whose only object is refused, and which is tried again so.
fn retrying(world: &mut World, retry: &Value) {
    world.push("one/all.yaml", &map("a"));
    world.refuse("a");
    world.application("one", |app| app["spec"]["syncPolicy"]["retry"] = retry.clone());
    world.run(2_000);
}

fn pauses(world: &World) -> Vec<i64> {
    let tries = world.when("apply ConfigMap");
    tries.windows(2).map(|two| two[1] - two[0]).collect()
}

#[test]
fn a_failed_sync_is_tried_again_as_often_as_the_spec_says() {
    prove(APP, &["spec.syncPolicy.retry.limit"], |world| {
        retrying(world, &json!({"limit": 2}));
        assert_eq!(world.when("apply ConfigMap").len(), 3);
        assert_eq!(world.phase(), "Failed");
        assert!(world.message().ends_with("(retried 2 times)."), "{}", world.message());
    });
}

#[test]
fn pauses_begin_grow_and_end_as_the_spec_says() {
    let fields = [
        "spec.syncPolicy.retry.backoff.duration",
        "spec.syncPolicy.retry.backoff.factor",
        "spec.syncPolicy.retry.backoff.maxDuration",
    ];
    prove(APP, &fields, |world| {
        let backoff = json!({"duration": "7s", "factor": 3, "maxDuration": "1m"});
        retrying(world, &json!({"limit": 3, "backoff": backoff}));
        assert_eq!(pauses(world), [21, 60, 60]);
    });
}

fn ignoring(world: &mut World, rule: &Value) {
    world.push("one/all.yaml", &(map("a") + &map("b")));
    world.manual(|app| app["spec"]["ignoreDifferences"] = json!([rule]));
    world.run(30);
    world.ask(json!({"sync": {}}));
    world.run(30);
    assert!(world.is_synced());
}

#[test]
fn differences_at_a_pointer_are_ignored() {
    let rule = json!({"group": "", "kind": "ConfigMap", "jsonPointers": ["/data/a"]});
    prove(APP, &["spec.ignoreDifferences[].jsonPointers"], |world| {
        ignoring(world, &rule);
        world.spoil("a");
        world.run(30);
        assert!(world.is_synced());
    });
}

#[test]
fn a_rule_counts_for_the_objects_that_it_names() {
    let only = |field: &str, value: &str| {
        let mut rule = json!({"group": "", "kind": "ConfigMap", "jsonPointers": ["/data/a"]});
        rule[field] = value.into();
        rule
    };
    let spoilt = |world: &mut World, rule: &Value| {
        ignoring(world, rule);
        world.spoil("b");
        world.run(30);
        assert!(!world.is_synced());
    };
    prove_instead(APP, "spec.ignoreDifferences[].kind", json!("ConfigMap"), |world| {
        spoilt(world, &only("kind", "Secret"));
    });
    prove(APP, &["spec.ignoreDifferences[].name"], |world| spoilt(world, &only("name", "a")));
    prove(APP, &["spec.ignoreDifferences[].namespace"], |world| {
        spoilt(world, &only("namespace", "elsewhere"));
    });
    prove(APP, &["spec.ignoreDifferences[].group"], |world| {
        spoilt(world, &only("group", "apps"));
    });
}

#[test]
fn the_history_is_as_long_as_the_spec_says() {
    prove(APP, &["spec.revisionHistoryLimit"], |world| {
        world.application("one", |app| app["spec"]["revisionHistoryLimit"] = 2.into());
        for name in ["a", "b", "c"] {
            world.push("one/all.yaml", &map(name));
            world.run(30);
        }
        let history = world.status()["history"].as_array().expect("a history");
        let ids: Vec<_> = history.iter().map(|entry| entry["id"].clone()).collect();
        assert_eq!(ids, [json!(1), json!(2)]);
        assert_eq!(history[1]["revision"], world.commit());
    });
}

#[test]
fn a_refresh_looks_at_once_and_is_taken_off() {
    for value in ["normal", "hard"] {
        prove(APP, &["metadata.annotations.argocd.argoproj.io/refresh"], |world| {
            world.push("one/all.yaml", &map("a"));
            world.application("one", |_| {});
            world.run(10);
            world.push_quietly("one/all.yaml", &map("b"));
            world.run(10);
            assert!(!world.has_map("b"), "nobody has told of it");
            world.edit_app(|app| {
                app["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = value.into();
            });
            world.run(10);
            assert!(world.has_map("b"));
            let annotations = &world.app("one")["metadata"]["annotations"];
            assert!(annotations.get("argocd.argoproj.io/refresh").is_none());
        });
    }
}

#[test]
fn an_application_that_is_skipped_is_left_alone() {
    prove(APP, &["metadata.annotations.argocd.argoproj.io/skip-reconcile"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.application("one", |app| {
            app["metadata"]["annotations"]["argocd.argoproj.io/skip-reconcile"] = "true".into();
        });
        world.run(300);
        assert!(!world.has_map("a"));
        assert_eq!(world.log, [""; 0], "not even a status is written");
    });
}

#[test]
fn what_another_manager_applied_is_taken_over_where_that_is_asked() {
    let name = "metadata.annotations.argocd.argoproj.io/client-side-apply-migration-manager";
    prove(APP, &[name], |world| {
        world.made_by("deployer", "a");
        world.push("one/all.yaml", &map("a"));
        world.application("one", |app| {
            app["metadata"]["annotations"]["argocd.argoproj.io/client-side-apply-migration-manager"] =
                "deployer".into();
        });
        world.run(30);
        assert!(!world.keeps_the_old_key("a"));
    });
}

/// An application of three objects of which Git has only one any more, with these annotations.
fn shrunk(world: &mut World, ancestry: Ancestry, annotations: &Value) {
    world.push("one/all.yaml", &(map("a") + &map("b") + &map("c")));
    world.application("one", |app| app["metadata"]["annotations"] = annotations.clone());
    world.run(30);
    world.ancestry = ancestry;
    world.push("one/all.yaml", &map("a"));
    world.run(30);
}

#[test]
fn more_prunes_than_the_budget_wait_for_a_yes_to_exactly_that_set() {
    prove(APP, &["metadata.annotations.trimtab.dev/prune-budget"], |world| {
        shrunk(world, Ancestry::Descendant, &json!({"trimtab.dev/prune-budget": "1"}));
        assert!(world.has_map("b") && world.has_map("c"));
        assert!(world.says("PruneHeldWarning", "2 of 3 objects would be pruned"));
    });
    prove(APP, &["metadata.annotations.trimtab.dev/approve"], |world| {
        shrunk(world, Ancestry::Descendant, &json!({"trimtab.dev/prune-budget": "1"}));
        let said = world.conditions("one", "PruneHeldWarning");
        let (set, _) = trimtab_sync::held_set(&said[0]).expect("a set");
        world.annotate("trimtab.dev/approve", "0123456789ab");
        world.run(30);
        assert!(world.has_map("b"), "that is another set");
        world.annotate("trimtab.dev/approve", set);
        world.run(30);
        assert!(!world.has_map("b") && !world.has_map("c"));
    });
}

#[test]
fn prunes_wait_after_a_rewritten_branch_unless_it_is_followed() {
    prove(APP, &["metadata.annotations.trimtab.dev/rewritten-branch"], |world| {
        shrunk(world, Ancestry::Rewritten, &json!({"trimtab.dev/rewritten-branch": "follow"}));
        assert!(!world.has_map("b") && !world.has_map("c"));
    });
    let mut world = World::new();
    shrunk(&mut world, Ancestry::Rewritten, &json!({}));
    assert!(world.has_map("b") && world.has_map("c"));
    assert!(world.says("PruneHeldWarning", "the branch was rewritten"));
}

#[test]
fn an_application_that_another_controller_writes_is_ours_when_that_is_said() {
    let written_by_another = |time: &str| {
        json!([{
            "manager": "argocd-application-controller", "operation": "Update", "time": time,
            "apiVersion": "argoproj.io/v1alpha1", "fieldsType": "FieldsV1",
            "fieldsV1": {"f:status": {"f:health": {}}},
        }])
    };
    prove(APP, &["metadata.annotations.trimtab.dev/owner"], |world| {
        world.push("one/all.yaml", &map("a"));
        let old = written_by_another("2025-12-31T00:00:00Z");
        world.application("one", |app| app["metadata"]["managedFields"] = old);
        world.run(30);
        let new = written_by_another("2026-01-01T00:00:20Z");
        world.edit_app(|app| app["metadata"]["managedFields"] = new);
        world.push("one/all.yaml", &map("b"));
        world.run(200);
        assert!(world.has_map("a") && !world.has_map("b"), "it is the other's");
        world.annotate("trimtab.dev/owner", "trimtab");
        world.run(30);
        assert!(world.has_map("b"));
    });
}

fn deleted(world: &mut World, finalizer: &str) {
    world.push("one/all.yaml", &(map_in_wave("a", 0) + &map_in_wave("b", 1)));
    world.application("one", |app| {
        let all = if finalizer.is_empty() { json!([]) } else { json!([finalizer]) };
        app["metadata"]["finalizers"] = all;
    });
    world.run(30);
    assert!(world.has_map("b"));
    world.log.clear();
    world.edit_app(|app| {
        app["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z".into();
    });
    world.run(60);
    assert!(!world.has("Application", HOME, "one"));
}

#[test]
fn each_finalizer_removes_the_objects_the_last_wave_first() {
    for variant in ["", "/foreground", "/background"] {
        prove(APP, &["metadata.finalizers"], |world| {
            deleted(world, &format!("resources-finalizer.argocd.argoproj.io{variant}"));
            let order: Vec<_> = world.log.iter().filter(|line| line.contains("delete")).collect();
            assert_eq!(order, ["delete ConfigMap b", "delete ConfigMap a"]);
            let how = if variant == "/background" { "Background" } else { "Foreground" };
            assert!(world.propagations.iter().all(|told| format!("{told:?}") == how));
        });
    }
}

#[test]
fn without_a_finalizer_the_objects_stay() {
    let mut world = World::new();
    deleted(&mut world, "");
    assert!(world.has_map("a") && world.has_map("b"));
}

#[test]
fn an_object_that_says_delete_false_or_prune_false_stays() {
    let kept = |option: &str| {
        map("a").replace(
            "{name: a}",
            &format!("{{name: a, annotations: {{argocd.argoproj.io/sync-options: {option}}}}}"),
        )
    };
    let mut world = World::new();
    world.push("one/all.yaml", &(kept("Delete=false") + &map("b")));
    world.application("one", |_| {});
    world.run(30);
    world.edit_app(|app| {
        app["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z".into();
    });
    world.run(60);
    assert!(world.has_map("a") && !world.has_map("b"));

    let mut world = World::new();
    world.push("one/all.yaml", &(kept("Prune=false") + &map("b") + &map("c")));
    world.application("one", |_| {});
    world.run(30);
    world.push("one/all.yaml", &map("c"));
    world.run(30);
    assert!(world.has_map("a") && !world.has_map("b"));
    assert!(!world.is_synced(), "it is extra all the same");
}

#[test]
fn a_wave_waits_until_the_one_before_is_healthy() {
    let mut world = World::new();
    world.push("one/all.yaml", &(map_in_wave("late", 1) + &deployment("web", None)));
    world.application("one", |_| {});
    world.run(60);
    assert!(world.has("Deployment", SHOP, "web") && !world.has_map("late"));
    assert_eq!(world.message(), "waiting for healthy state of apps/Deployment/web");
    world.heal("web");
    world.run(10);
    assert!(world.has_map("late"));
    assert_eq!(world.phase(), "Succeeded");
    assert_eq!(world.message(), "successfully synced (all tasks run)");
}

#[test]
fn a_definition_goes_before_its_resources() {
    let mut world = World::new();
    let definition = "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
        metadata: {name: things.example.org}\nspec:\n  group: example.org\n  scope: Namespaced\n  \
        names: {kind: Thing, plural: things}\n  versions:\n  - {name: v1, served: true, storage: \
        true, schema: {openAPIV3Schema: {type: object}}}\n";
    let thing = "---\napiVersion: example.org/v1\nkind: Thing\nmetadata: {name: a}\n";
    world.push("one/all.yaml", &(thing.to_owned() + definition));
    world.application("one", |_| {});
    world.run(30);
    let lines = world.log.iter().filter(|line| line.starts_with("apply"));
    let order: Vec<_> = lines.map(String::as_str).collect();
    let both = ["apply CustomResourceDefinition things.example.org", "apply Thing a"];
    assert_eq!(order, both, "{:#}", world.status());
}

#[test]
fn the_status_says_what_was_compared_and_when() {
    let mut world = World::new();
    world.push("one/all.yaml", &deployment("web", None));
    world.application("one", |app| {
        app["spec"]["ignoreDifferences"] =
            json!([{"kind": "ConfigMap", "jsonPointers": ["/data"]}]);
    });
    world.run(30);
    let (app, status) = (world.app("one"), world.status());
    for part in ["source", "destination", "ignoreDifferences"] {
        assert_eq!(status["sync"]["comparedTo"][part], app["spec"][part], "{part}");
    }
    assert_eq!(status["sync"]["revision"], world.commit());
    assert_eq!(status["summary"]["images"], json!(["x"]));
    assert!(status["reconciledAt"].as_str().is_some_and(|at| at.starts_with("2026-01-01T00:00")));
    assert_eq!(status["sourceType"], "Directory");
    assert_eq!(status["controllerNamespace"], HOME);
}

#[test]
fn links_are_listed() {
    prove(APP, &["metadata.annotations.link.argocd.argoproj.io/docs"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.application("one", |app| {
            app["metadata"]["annotations"]["link.argocd.argoproj.io/docs"] =
                "https://example.org/docs".into();
        });
        world.run(30);
        let urls = &world.status()["summary"]["externalURLs"];
        assert_eq!(*urls, json!(["https://example.org/docs"]));
    });
}

#[test]
fn the_default_project_is_made_where_it_is_absent_and_never_while_observing() {
    let without = |observe: bool| {
        let mut world = World::new();
        world.objects.remove(&key("AppProject", HOME, "default"));
        world.restart(observe);
        world
    };
    let mut world = without(false);
    world.run(10);
    assert!(world.has("AppProject", HOME, "default"));

    // Who leads only later makes it then.
    let mut world = without(true);
    world.restart(false);
    world.lead(false);
    world.run(10);
    assert!(!world.has("AppProject", HOME, "default"));
    world.lead(true);
    world.run(10);
    assert!(world.has("AppProject", HOME, "default"));

    let mut world = without(true);
    world.run(60);
    assert!(!world.has("AppProject", HOME, "default"));
}
