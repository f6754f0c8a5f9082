//! Which application it is, and where it goes.

use crate::support::{not_supported, problems, read};
use serde_json::json;
use trimtab_model::{DeletionPolicy, FieldManager, Mark, Propagation};

#[test]
fn the_project_is_the_one_that_is_named_or_default() {
    assert_eq!(read(&json!({"spec": {"project": "shop"}})).0.project.as_str(), "shop");
    assert_eq!(read(&json!({"spec": {"project": ""}})).0.project.as_str(), "default");
}

#[test]
fn the_destination_is_the_cluster_we_run_in() {
    let (app, _) = read(&json!({}));
    assert_eq!(app.destination.cluster, None);
    assert_eq!(app.destination.namespace.unwrap().as_str(), "bench");
    let by_name = json!({"spec": {"destination": {"server": null, "name": "in-cluster"}}});
    assert_eq!(read(&by_name).0.destination.cluster, None);
    assert_eq!(not_supported(&by_name), [""; 0]);
}

#[test]
fn another_cluster_restrains() {
    let other = json!({"spec": {"destination": {"server": "https://10.0.0.1"}}});
    assert_eq!(not_supported(&other), ["spec.destination.server"]);
    assert_eq!(read(&other).0.destination.cluster.as_deref(), Some("https://10.0.0.1"));
    let named = json!({"spec": {"destination": {"server": null, "name": "far"}}});
    assert_eq!(not_supported(&named), ["spec.destination.name"]);
}

#[test]
fn a_destination_has_a_name_or_a_server() {
    assert_eq!(
        problems(&json!({"spec": {"destination": {"name": "far"}}})),
        ["application destination can't have both name and server defined: far \
          https://kubernetes.default.svc"]
    );
    assert_eq!(
        problems(&json!({"spec": {"destination": {"server": null}}})),
        ["Destination server missing from app spec"]
    );
}

#[test]
fn every_wrong_shape_is_named() {
    assert_eq!(
        problems(&json!({
            "spec": {"project": 3, "syncPolicy": {"automated": {"prune": "false"}}},
            "operation": [],
        })),
        [
            "spec.project must be a string",
            "spec.syncPolicy.automated.prune must be true or false",
            "operation must be an object",
        ]
    );
}

#[test]
fn objects_are_marked_with_the_name_and_outside_of_our_namespace_with_both() {
    let owner = |change| read(&change).0.tracking.claim.owner.to_string();
    assert_eq!(owner(json!({})), "shop");
    assert_eq!(owner(json!({"metadata": {"namespace": "team"}})), "team_shop");
    let tracking = read(&json!({})).0.tracking;
    assert_eq!(tracking.manager.as_str(), "argocd-controller");
    let predecessors: Vec<&str> = tracking.predecessors.iter().map(FieldManager::as_str).collect();
    assert_eq!(predecessors, ["argocd-controller", "kubectl-client-side-apply"]);
    let Mark::Annotation { name, unmarked, .. } = tracking.mark else { panic!() };
    assert_eq!(&*name, "argocd.argoproj.io/tracking-id");
    assert!(unmarked[0].is("apiextensions.k8s.io", "CustomResourceDefinition"));
}

#[test]
fn another_manager_can_be_migrated_from() {
    let other = json!({"metadata": {"annotations": {
        "argocd.argoproj.io/client-side-apply-migration-manager": "helm",
    }}});
    let tracking = read(&other).0.tracking;
    assert_eq!(tracking.predecessors[1].as_str(), "helm");
}

#[test]
fn skip_reconcile_is_read_as_go_reads_it() {
    let suspended = |value: &str| {
        let annotations = json!({"argocd.argoproj.io/skip-reconcile": value});
        read(&json!({"metadata": {"annotations": annotations}})).0.suspended
    };
    assert!(suspended("true") && suspended("1") && suspended("T"));
    assert!(!suspended("yes") && !suspended("false") && !suspended(""));
}

#[test]
fn finalizers_say_what_becomes_of_the_objects() {
    let policy = |finalizers: &[&str]| {
        read(&json!({"metadata": {"finalizers": finalizers}})).0.policy.deletion
    };
    assert_eq!(policy(&[]), DeletionPolicy::Orphan);
    assert_eq!(policy(&["example.com/other"]), DeletionPolicy::Orphan);
    for foreground in ["", "/foreground"] {
        let finalizer = format!("resources-finalizer.argocd.argoproj.io{foreground}");
        assert_eq!(policy(&[&finalizer]), DeletionPolicy::Cascade(Propagation::Foreground));
    }
    assert_eq!(
        policy(&["resources-finalizer.argocd.argoproj.io/background"]),
        DeletionPolicy::Cascade(Propagation::Background)
    );
}

#[test]
fn hooks_before_a_deletion_restrain_and_hooks_after_it_are_left_out() {
    let finalizers = json!({"metadata": {"finalizers": [
        "pre-delete-finalizer.argocd.argoproj.io",
        "post-delete-finalizer.argocd.argoproj.io/cleanup",
    ]}});
    assert_eq!(
        not_supported(&finalizers),
        [
            "metadata.finalizers: pre-delete-finalizer.argocd.argoproj.io",
            "+metadata.finalizers: post-delete-finalizer.argocd.argoproj.io/cleanup",
        ]
    );
}

#[test]
fn our_finalizers_are_taken_off_and_others_stay() {
    let resource = crate::support::application(&json!({"metadata": {"finalizers": [
        "example.com/other",
        "resources-finalizer.argocd.argoproj.io/background",
        "post-delete-finalizer.argocd.argoproj.io",
    ]}}));
    assert_eq!(
        trimtab_argoproj::without_ours(&resource),
        Some(json!({"metadata": {
            "finalizers": ["example.com/other"], "resourceVersion": "7", "uid": "u1",
        }}))
    );
    let none = crate::support::application(&json!({}));
    assert_eq!(trimtab_argoproj::without_ours(&none), None);
}

#[test]
fn the_digest_moves_with_what_people_write_and_with_nothing_else() {
    let digest = |change| read(&change).0.digest;
    let before = digest(json!({}));
    for same in [
        json!({"status": {"health": {"status": "Healthy"}}}),
        json!({"metadata": {"resourceVersion": "8", "generation": 4, "labels": {"a": "b"}}}),
    ] {
        assert_eq!(digest(same.clone()), before, "{same}");
    }
    for other in [
        json!({"spec": {"project": "other"}}),
        json!({"operation": {"sync": {}}}),
        json!({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}),
        json!({"metadata": {"annotations": {"trimtab.dev/approve": "0123456789ab"}}}),
        json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}),
        json!({"status": {"operationState": {"phase": "Terminating"}}}),
    ] {
        assert_ne!(digest(other.clone()), before, "{other}");
    }
}

#[test]
fn a_text_that_no_status_could_repeat_is_refused_by_name() {
    let long = "r".repeat(600_000);
    for field in ["repoURL", "targetRevision", "path"] {
        let found = problems(&json!({"spec": {"source": {field: long}}}));
        let wrong = format!("spec.source.{field} has 600000 bytes, more than the 4096 it may have");
        assert_eq!(found, [wrong]);
    }
    let of_several = json!({"spec": {"source": null, "sources": [
        {"repoURL": "https://git.example/env.git", "path": "a", "directory": {"exclude": long}},
    ]}});
    let found = problems(&of_several);
    assert!(found[0].starts_with("spec.sources[0].directory.exclude has 600000"), "{found:?}");
    let asked = json!({"operation": {"sync": {"revision": long}}});
    let found = problems(&asked);
    assert!(found[0].starts_with("operation.sync.revision has 600000"), "{found:?}");
}
