//! What a Kustomization asks for.

use crate::support::{
    kustomization, kustomizations, not_supported, read, repository, shown, source,
};
use serde_json::{Value, json};
use std::time::Duration;
use trimtab_fluxcd::{Settings, app, git_source, source_ref, with_ours, without_ours};
use trimtab_model::{
    App, DeletionPolicy, Directory, DuplicateKeys, FileSelection, HealthWait, Mark, Order,
    PruneLimit, Renderer, RevisionSpec, SelfHeal, SyncPolicy, Trigger, limit,
};

fn policy(spec: &Value) -> SyncPolicy {
    read(&json!({"spec": spec})).0.policy
}

fn directory(app: &App) -> &Directory {
    let Renderer::Directory(directory) = &app.sources[0].renderer;
    directory
}

#[test]
fn every_fixture_is_read_and_all_of_it_acts() {
    let source = git_source(&repository()).unwrap();
    for fixture in kustomizations() {
        let (app, record) = app(&fixture, Some(&source), &Settings::default()).unwrap();
        assert_eq!(app.not_supported, []);
        assert_eq!(app.sources.len(), 1);
        assert_eq!(record.inventory.len(), 4);
    }
}

#[test]
fn a_directory_of_the_source_is_applied() {
    let (app, _) = read(&json!({}));
    assert_eq!(&*app.sources[0].path, "apps/shop");
    assert_eq!(&*app.sources[0].remote.url, "https://git.example/env.git");
    assert_eq!(app.sources[0].revision, RevisionSpec::Branch("master".into()));
    let directory = directory(&app);
    assert!(directory.recurse);
    assert_eq!(directory.files, FileSelection::EveryYamlFile);
    assert_eq!(directory.duplicate_keys, DuplicateKeys::Refuse);
    let named = source_ref(&kustomization(&json!({}))).unwrap();
    assert_eq!((named.namespace.as_str(), named.name.as_str()), ("team", "env"));
}

#[test]
fn without_its_source_it_has_no_sources_and_can_still_go() {
    let resource =
        kustomization(&json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}));
    let (app, _) = app(&resource, None, &Settings::default()).unwrap();
    assert_eq!(app.sources, []);
    assert_eq!(app.policy.deletion, DeletionPolicy::Remove);
}

#[test]
fn a_path_stays_in_its_source() {
    let outside = kustomization(&json!({"spec": {"path": "../other"}}));
    let invalid = app(&outside, None, &Settings::default()).unwrap_err();
    assert_eq!(invalid.messages, ["spec.path must stay in its source: ../other"]);
}

#[test]
fn only_git_sources_act() {
    let kind = |kind: &str| not_supported(&json!({"sourceRef": {"kind": kind}}));
    assert_eq!(kind("GitRepository"), [""; 0]);
    assert_eq!(kind("OCIRepository"), ["spec.sourceRef.kind"]);
    let version = |version: &str| not_supported(&json!({"sourceRef": {"apiVersion": version}}));
    assert_eq!(version("source.toolkit.fluxcd.io/v1"), [""; 0]);
    assert_eq!(version("other.example/v1"), ["spec.sourceRef.apiVersion"]);
}

#[test]
fn a_source_in_another_namespace_is_read_unless_that_is_forbidden() {
    let resource = kustomization(&json!({"spec": {"sourceRef": {"namespace": "flux-system"}}}));
    assert_eq!(source_ref(&resource).unwrap().namespace.as_str(), "flux-system");
    let with = |cross_namespace_sources| {
        let settings = Settings { cross_namespace_sources, ..Settings::default() };
        shown(&app(&resource, None, &settings).unwrap().0.not_supported)
    };
    assert_eq!(with(true), [""; 0]);
    assert_eq!(with(false), ["spec.sourceRef.namespace"]);
}

#[test]
fn what_restrains_the_source_restrains_its_users() {
    let source = source(&json!({"spec": {"verify": {"secretRef": {"name": "keys"}}}}));
    let (app, _) = app(&kustomization(&json!({})), Some(&source), &Settings::default()).unwrap();
    assert_eq!(shown(&app.not_supported), ["GitRepository: spec.verify"]);
}

#[test]
fn intervals_say_when_it_runs_again() {
    let (app, record) = read(&json!({}));
    let ten = Duration::from_mins(10);
    assert_eq!(app.policy.self_heal, SelfHeal::AtInterval(ten));
    assert_eq!(record.pauses, Some((ten, ten)));
    assert_eq!(app.policy.retry.limit, None);
    let own = json!({"spec": {"retryInterval": "30s"}});
    let (app, record) = read(&own);
    assert_eq!(record.pauses, Some((Duration::from_secs(30), ten)));
    assert_eq!(app.policy.retry.backoff.pause(7), Duration::from_secs(30));
    let hot = json!({"spec": {"interval": "1ms", "retryInterval": "0s"}});
    let (app, record) = read(&hot);
    let least = Duration::from_secs(limit::INTERVAL_SECONDS_MIN);
    assert_eq!(record.pauses, Some((least, least)));
    assert_eq!(app.policy.self_heal, SelfHeal::AtInterval(least));
    assert_eq!(app.policy.retry.backoff.pause(7), least);
    let at_once = json!({"metadata": {"annotations": {"trimtab.dev/self-heal": "immediate"}}});
    assert_eq!(read(&at_once).0.policy.self_heal, SelfHeal::Immediate);
}

#[test]
fn wait_waits_for_all_objects_within_the_timeout() {
    assert_eq!(policy(&json!({})).health, HealthWait::Between);
    let wait = |spec: Value| policy(&spec).health;
    let minutes = |count| HealthWait::All(Duration::from_mins(count));
    assert_eq!(wait(json!({"wait": true, "timeout": "5m"})), minutes(5));
    // Without a timeout the interval without half a minute, and not less than that.
    let usual = HealthWait::All(Duration::from_secs(570));
    assert_eq!(wait(json!({"wait": true})), usual);
    let least = HealthWait::All(Duration::from_secs(30));
    assert_eq!(wait(json!({"wait": true, "interval": "40s"})), least);
}

#[test]
fn prune_and_deletion_policy_say_what_is_removed() {
    let deletion = |spec: Value| policy(&spec).deletion;
    assert!(policy(&json!({})).prune && !policy(&json!({"prune": false})).prune);
    assert_eq!(deletion(json!({})), DeletionPolicy::Remove);
    assert_eq!(deletion(json!({"prune": false})), DeletionPolicy::Orphan);
    assert_eq!(
        deletion(json!({"deletionPolicy": "MirrorPrune", "prune": false})),
        DeletionPolicy::Orphan
    );
    assert_eq!(
        deletion(json!({"deletionPolicy": "Delete", "prune": false})),
        DeletionPolicy::Remove
    );
    assert_eq!(deletion(json!({"deletionPolicy": "Orphan"})), DeletionPolicy::Orphan);
    assert_eq!(
        deletion(json!({"deletionPolicy": "WaitForTermination", "timeout": "2m"})),
        DeletionPolicy::RemoveAndWait(Duration::from_mins(2))
    );
}

#[test]
fn a_suspended_one_is_left_alone() {
    let (app, _) = read(&json!({"spec": {"suspend": true}}));
    assert!(app.suspended);
    // Deleted, it goes without its objects.
    let (app, _) = read(&json!({
        "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "spec": {"suspend": true},
    }));
    assert!(!app.suspended);
    assert_eq!(app.policy.deletion, DeletionPolicy::Orphan);
}

#[test]
fn metadata_and_namespace_reach_every_object() {
    let spec = json!({
        "targetNamespace": "shop",
        "commonMetadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}},
    });
    let (app, _) = read(&json!({"spec": spec}));
    assert_eq!(app.not_supported, []);
    let directory = directory(&app);
    assert_eq!(directory.namespace_override.as_ref().unwrap().as_str(), "shop");
    assert_eq!(directory.common_labels["a"], "b");
    assert_eq!(directory.common_annotations["c"], "d");
}

#[test]
fn it_has_the_family_s_order_and_marks() {
    let (app, _) = read(&json!({}));
    assert_eq!((app.policy.order, app.policy.trigger), (Order::Stages, Trigger::Automatic));
    assert!(app.policy.allow_empty && app.policy.options.only_out_of_sync);
    assert_eq!(app.policy.prune_limit, PruneLimit::Budget { objects: 20, percent: 50 });
    assert_eq!(app.tracking.manager.as_str(), "kustomize-controller");
    assert_eq!(&*app.tracking.claim.owner, "team/shop");
    assert!(matches!(&app.tracking.mark, Mark::Labels { name, namespace }
        if &**name == "kustomize.toolkit.fluxcd.io/name"
        && &**namespace == "kustomize.toolkit.fluxcd.io/namespace"));
    assert_eq!((app.destination.cluster, app.destination.namespace), (None, None));
}

#[test]
fn what_makes_other_objects_or_waits_restrains() {
    let spec = json!({
        "components": ["c"],
        "patches": [{"patch": "x"}],
        "images": [{"name": "a", "newTag": "b"}],
        "namePrefix": "a-",
        "nameSuffix": "-b",
        "postBuild": {"substitute": {"a": "b"}},
        "decryption": {"provider": "sops"},
        "dependsOn": [{"name": "base"}],
        "healthChecks": [{"kind": "Deployment", "name": "a"}],
        "ignore": [{"paths": ["/spec/replicas"]}],
        "kubeConfig": {"secretRef": {"name": "far"}},
        "serviceAccountName": "deployer",
        "newThing": true,
        "force": true,
        "buildMetadata": ["originAnnotations"],
    });
    assert_eq!(
        not_supported(&spec),
        [
            "+spec.buildMetadata",
            "spec.components",
            "spec.decryption",
            "spec.dependsOn",
            "+spec.force",
            "spec.healthChecks",
            "spec.ignore",
            "spec.images",
            "spec.kubeConfig",
            "spec.namePrefix",
            "spec.nameSuffix",
            "spec.newThing",
            "spec.patches",
            "spec.postBuild.substitute",
            "spec.serviceAccountName",
        ]
    );
}

#[test]
fn what_says_nothing_counts_as_not_set() {
    let spec = json!({
        "force": false,
        "components": [],
        "ignoreMissingComponents": true,
        "postBuild": {"substitute": {}, "substituteStrategy": "WithVariables"},
        "dependsOn": [],
    });
    assert_eq!(not_supported(&spec), [""; 0]);
}

#[test]
fn health_checks_restrain_only_where_they_are_asked() {
    let checks = json!({"healthChecks": [{"kind": "Deployment", "name": "a"}], "wait": true});
    assert_eq!(not_supported(&checks), [""; 0]);
    let rules = json!([{"apiVersion": "a/v1", "current": "true"}]);
    assert_eq!(not_supported(&json!({"healthCheckExprs": rules})), [""; 0]);
    let waiting = json!({"healthCheckExprs": rules, "wait": true});
    assert_eq!(not_supported(&waiting), ["spec.healthCheckExprs"]);
}

#[test]
fn the_finalizer_is_put_on_and_taken_off() {
    let with = kustomization(&json!({"metadata": {"finalizers": ["x", "finalizers.fluxcd.io"]}}));
    assert_eq!(with_ours(&with), None);
    assert_eq!(
        without_ours(&with),
        Some(json!({"metadata": {"finalizers": ["x"], "resourceVersion": "9", "uid": "u1"}}))
    );
    let without = kustomization(&json!({"metadata": {"finalizers": ["x"]}}));
    assert_eq!(without_ours(&without), None);
    assert_eq!(
        with_ours(&without).unwrap()["metadata"]["finalizers"],
        json!(["x", "finalizers.fluxcd.io"])
    );
}

#[test]
fn every_wrong_shape_is_named() {
    let wrong = kustomization(&json!({"spec": {"prune": "yes", "interval": "often", "wait": 1}}));
    let invalid = app(&wrong, None, &Settings::default()).unwrap_err();
    assert_eq!(
        invalid.messages,
        [
            "spec.prune must be true or false",
            "spec.wait must be true or false",
            "spec.interval must be a duration: often",
        ]
    );
}

#[test]
fn the_digest_moves_with_what_people_write_and_with_nothing_else() {
    let digest = |change| read(&change).0.digest;
    let before = digest(json!({}));
    for same in [
        json!({"status": {"observedGeneration": 2}}),
        json!({"metadata": {"resourceVersion": "10", "finalizers": []}}),
    ] {
        assert_eq!(digest(same.clone()), before, "{same}");
    }
    for other in [
        json!({"spec": {"prune": false}}),
        json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "1"}}}),
        json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}),
    ] {
        assert_ne!(digest(other.clone()), before, "{other}");
    }
    let other = source(&json!({"spec": {"ref": {"branch": "next"}}}));
    let (app, _) = app(&kustomization(&json!({})), Some(&other), &Settings::default()).unwrap();
    assert_ne!(app.digest, before);
}
